package main

// sizes returns the sizes at which the site is measured: 10,000, 30,000, 100,000 and so on, and the last one.
func sizes(to int) []int {
	var list []int
	for decade := 10_000; decade < to; decade *= 10 {
		list = append(list, decade)
		if 3*decade < to {
			list = append(list, 3*decade)
		}
	}
	return append(list, to)
}

// lastPart is how many claims before a size count for its speed: the figure is for the size and not for the way there,
// but sinks write thousands of entries at once, so few claims would say little.
func lastPart(grown int) int {
	if grown < 100_000 {
		return grown
	}
	return min(grown/2, 200_000)
}
