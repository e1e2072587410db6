package engine

import (
	"fmt"
	"io"
	"os"
)

// spool is a file that the data of an insert pass through on their way to the engine.
type spool struct {
	*os.File
	path   string
	buffer []byte
}

// spools keeps files for the next inserts: the kernel need not find and clear memory for their pages again.
type spools chan *spool

// keptSpool bounds what a file that is kept may hold.
const keptSpool = 64 << 20

func (s spools) take(dir string) (*spool, error) {
	select {
	case f := <-s:
		return f, nil
	default:
	}
	f, path, err := newSpool(dir)
	if err != nil {
		return nil, err
	}
	return &spool{File: f, path: path, buffer: make([]byte, 1<<20)}, nil
}

// give keeps the file or, when it has grown large or enough are kept, drops it.
func (s spools) give(f *spool) {
	if info, err := f.Stat(); err == nil && info.Size() <= keptSpool {
		select {
		case s <- f:
			return
		default:
		}
	}
	_ = dropSpool(f.File) // its data are in the table or were refused
}

// fill makes data all that the file holds. It is written over, not emptied first: see spools.
func (f *spool) fill(data io.Reader) (n int64, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, fmt.Errorf("going to the start of the file: %w", err)
	}
	// Without a ReadFrom, which would bring a small buffer of its own.
	n, err = io.CopyBuffer(struct{ io.Writer }{f}, data, f.buffer)
	if err != nil {
		return n, err
	}
	return n, f.Truncate(n)
}
