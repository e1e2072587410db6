package main

import (
	"context"
	"time"

	"tallystick/benchmarks/site"
)

// mark is how far the pipeline was at a moment.
type mark struct {
	site.Mark
	cpuAll site.Usage
}

// watch samples until n source records are decided and every sink has their entries.
func watch(ctx context.Context, p *site.Instance, n float64) ([]mark, error) {
	var marks []mark
	for {
		select {
		case <-p.Exited:
			return nil, p.Failure()
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		at, err := p.Mark(ctx)
		if err != nil {
			continue // not listening yet
		}
		m := mark{Mark: at}
		if m.Decided == 0 || m.Slowest >= n { // it takes too long to be done every time
			m.cpuAll = site.CPUOfAll()
		}
		marks = append(marks, m)
		if m.Slowest >= n {
			return marks, nil
		}
	}
}
