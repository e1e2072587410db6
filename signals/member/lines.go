package member

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/go-json-experiment/json"
)

// lines is a file of JSON lines that only grows. A line is on disk when append returns. Safe for concurrent use.
type lines struct {
	mu   sync.Mutex
	file *os.File
	end  int64
	n    int64 // lines
}

// openLines opens a file of lines and gives each of them to each. A line without its end was being written at a crash,
// and what it would have said did not happen: it is cut off.
func openLines(path string, each func(number int64, line []byte) error) (*lines, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	l := &lines{end: int64(whole)}
	for line := range bytes.Lines(text[:whole]) {
		if err := each(l.n, line); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, l.n+1, err)
		}
		l.n++
	}
	if l.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	if err := l.file.Truncate(l.end); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), l.file.Close())
	}
	return l, nil
}

// append writes a line durably and returns its number, from 0.
func (l *lines) append(value any) (int64, error) {
	line, err := json.Marshal(value)
	if err != nil {
		return 0, fmt.Errorf("writing a line: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.file.WriteAt(append(line, '\n'), l.end); err != nil {
		return 0, fmt.Errorf("writing %s: %w", l.file.Name(), err) // the next append writes over what is there of it
	}
	if err := l.file.Sync(); err != nil {
		return 0, fmt.Errorf("writing %s: %w", l.file.Name(), err)
	}
	l.end += int64(len(line)) + 1
	l.n++
	return l.n - 1, nil
}

// next returns the number that the next line will have.
func (l *lines) next() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

func (l *lines) close() error { return l.file.Close() }
