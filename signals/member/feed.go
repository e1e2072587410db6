package member

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
	"golang.org/x/mod/sumdb/note"

	"tallystick/signals"
)

// feed is one publisher's batches in a directory, one file each, named by number.
type feed struct {
	dir       string
	publisher string
	batches   int64
	digest    string // of the last
	day       string // of UTC, of the last
	raised    int    // signals raised on that day
}

// openFeed reads what is there and gives each batch to each. A batch whose signals were all dropped is there as its
// digest.
func openFeed(dir string, publisher note.Verifier, each func(*signals.Batch) error) (*feed, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the batches of %s: %w", publisher.Name(), err)
	}
	f := &feed{dir: dir, publisher: publisher.Name(), digest: signals.NoBatch}
	for {
		msg, err := os.ReadFile(f.path(f.batches + 1))
		if errors.Is(err, fs.ErrNotExist) {
			return f, nil
		}
		if err != nil {
			return nil, fmt.Errorf("opening the batches of %s: %w", f.publisher, err)
		}
		if digest, ok := dropped(msg); ok {
			f.batches, f.digest = f.batches+1, digest
			continue
		}
		b, err := signals.OpenBatch(msg, publisher)
		if err == nil {
			err = f.follows(b)
		}
		if err == nil {
			err = each(b)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w; move it and those after it away, and they are fetched again",
				f.path(f.batches+1), err)
		}
		f.took(b, msg)
	}
}

func (f *feed) path(number int64) string {
	return filepath.Join(f.dir, fmt.Sprintf("%010d.txt", number))
}

// follows checks that a batch is the next one.
func (f *feed) follows(b *signals.Batch) error {
	if b.Number != f.batches+1 {
		return fmt.Errorf("batch %d of %s where %d comes next", b.Number, f.publisher, f.batches+1)
	}
	if b.Previous != f.digest {
		return fmt.Errorf("batch %d of %s does not follow the batch before: the publisher has signed two histories",
			b.Number, f.publisher)
	}
	return nil
}

func (f *feed) took(b *signals.Batch, msg []byte) {
	f.batches, f.digest = b.Number, signals.Digest(msg)
	f.day, f.raised = f.counted(b)
}

// counted returns the day of a batch and how many signals were raised on it, this batch included.
func (f *feed) counted(b *signals.Batch) (day string, raised int) {
	day = b.Made.UTC().Format(time.DateOnly)
	if day == f.day {
		raised = f.raised
	}
	for i := range b.Entries {
		if b.Entries[i].Action == signals.Raise {
			raised++
		}
	}
	return day, raised
}

// keep writes a batch, which is durable when it returns. A crash before leaves nothing, and the batch is made or
// fetched again.
func (f *feed) keep(b *signals.Batch, msg []byte) error {
	if err := writeDurably(f.path(b.Number), msg); err != nil {
		return fmt.Errorf("keeping batch %d of %s: %w", b.Number, f.publisher, err)
	}
	return nil
}

// read returns a batch as it was signed.
func (f *feed) read(number int64) ([]byte, error) { return os.ReadFile(f.path(number)) }

const droppedMark = "dropped "

// dropped returns the digest of a batch that is there no more.
func dropped(msg []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(msg, []byte(droppedMark))
	return string(bytes.TrimSpace(rest)), ok && len(bytes.TrimSpace(rest)) == len(signals.NoBatch)
}

// drop puts the digest in the place of each batch that says only what is over.
func (f *feed) drop(publisher note.Verifier, over func(epoch uint32) bool) error {
	for number := int64(1); number <= f.batches; number++ {
		msg, err := f.read(number)
		if err != nil {
			return fmt.Errorf("dropping batches of %s: %w", f.publisher, err)
		}
		if _, done := dropped(msg); done {
			continue
		}
		b, err := signals.OpenBatch(msg, publisher)
		if err != nil {
			return fmt.Errorf("dropping batches of %s: %w", f.publisher, err)
		}
		keep := false
		for i := range b.Entries {
			keep = keep || !over(b.Entries[i].Epoch)
		}
		if keep {
			return nil // batches are in the order of time
		}
		if err := writeDurably(f.path(number), []byte(droppedMark+signals.Digest(msg)+"\n")); err != nil {
			return fmt.Errorf("dropping batches of %s: %w", f.publisher, err)
		}
	}
	return nil
}

// writeDurably replaces a file: the old content or the new is there after a crash, and the new once it returns.
func writeDurably(path string, data []byte) error {
	if err := renameio.WriteFile(path, data, 0o600); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
