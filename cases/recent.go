package cases

import "slices"

// keptCommands is how many commands are known again when they come once more.
const keptCommands = 100_000

// recent remembers the answers of the last commands.
type recent struct {
	answers map[string]Answer
	order   []string
	next    int
}

func newRecent(n int) *recent {
	return &recent{answers: map[string]Answer{}, order: make([]string, 0, n)}
}

func (r *recent) add(id string, a Answer) {
	if old, ok := r.answers[id]; ok {
		// A command of two entries answers with the last; the case that it was for is that of the first.
		a.Case = old.Case
		r.answers[id] = a
		return
	}
	r.answers[id] = a
	if len(r.order) < cap(r.order) {
		r.order = append(r.order, id)
		return
	}
	delete(r.answers, r.order[r.next])
	r.order[r.next] = id
	r.next = (r.next + 1) % len(r.order)
}

// inOrder are the ids, oldest first.
func (r *recent) inOrder() []string {
	if len(r.order) < cap(r.order) {
		return r.order
	}
	return slices.Concat(r.order[r.next:], r.order[:r.next])
}

func (r *recent) get(id string) (Answer, bool) {
	a, ok := r.answers[id]
	return a, ok
}
