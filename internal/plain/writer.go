package plain

import (
	"io"
	"io/fs"
	"os"
	"sync"
	"unicode/utf8"
)

// Writer passes text on as [Text] shows it. It may be used concurrently.
type Writer struct {
	to io.Writer

	mu   sync.Mutex
	rest []byte // the beginning of a character whose end is not written yet
}

// NewWriter returns a Writer to a terminal, or to whatever stands in its place.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.rest, p...)
	whole := len(text)
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				whole -= n
			}
			break
		}
	}
	w.rest = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(w.to, Text(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush writes what is left of a character that never ended.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := io.WriteString(w.to, Text(string(w.rest)))
	w.rest = nil
	return err
}

// Data is where to write what another program reads, such as a proof bundle: behind a [Writer] the file or pipe itself,
// so that no byte changes; the Writer if there is a terminal. Any other writer is returned as it is.
func Data(w io.Writer) io.Writer {
	plain, ok := w.(*Writer)
	if !ok {
		return w
	}
	if f, ok := plain.to.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&fs.ModeCharDevice != 0 {
			return plain
		}
	}
	return plain.to
}

// Raw is what stands behind a [Writer], for what is no text of strangers and draws on a terminal, such as a progress
// bar.
func Raw(w io.Writer) io.Writer {
	if plain, ok := w.(*Writer); ok {
		return plain.to
	}
	return w
}
