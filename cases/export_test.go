package cases

// UnloadAll lets the entries of all cases go from memory, as those of cases that were closed long ago.
func (c *Cases) UnloadAll() {
	c.log.View(func(s *state) {
		for _, k := range s.cases {
			k.unload()
		}
	})
}
