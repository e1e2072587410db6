package anchor

import "time"

// elapsed returns the nanoseconds that f takes.
func elapsed(f func()) int64 {
	started := time.Now()
	f()
	return time.Since(started).Nanoseconds()
}
