package evaluator

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/renameio/v2"
)

// Why a meter does not let something be evaluated.
var (
	// ErrBudget: the member has spent its day's budget.
	ErrBudget = errors.New("the day's budget is spent")
	// ErrClock: this node's clock went back behind a day on which it has counted.
	ErrClock = errors.New("the clock went back: it shows a day before the one last counted")
	// ErrShut: the meter was made after a loss and counts from the next day on.
	ErrShut = errors.New("the meter is new, so what was spent today is not known: it opens tomorrow")
	// ErrLost: there is no meter, or a part of it is gone.
	ErrLost = errors.New("the meter is lost")
	// ErrBroken: what was spent could not be written, so nothing is evaluated until a restart finds the disk well.
	ErrBroken = errors.New("the meter cannot be written")
)

// Spent is one line of the meter: who had how much evaluated for what. It is also the evaluator's log of look-ups.
type Spent struct {
	Sequence int64     `json:"sequence"`
	Time     time.Time `json:"time"`
	Member   string    `json:"member"`
	Epoch    uint32    `json:"epoch"`
	Purpose  string    `json:"purpose"`
	Claim    string    `json:"claim"`   // the member's salted commitment to it
	Request  string    `json:"request"` // SHA-256 of the blinded points
	Count    int       `json:"count"`
	Used     int       `json:"used"`     // by the member on that day, this included
	Previous string    `json:"previous"` // SHA-256 of the line before
}

// Meter counts what each member has spent on a day of UTC. What it lets through is on disk first. Safe for concurrent
// use.
type Meter struct {
	dir string
	now func() time.Time

	writing sync.Mutex // taken before mu
	file    *os.File

	mu      sync.Mutex
	state   meterState
	used    map[string]int
	recent  map[string]*window
	last    Spent
	sum     [sha256.Size]byte // of the last line
	pending []byte
	batch   *written
	broken  error
}

// meterState is in a file of its own, replaced when a day begins.
type meterState struct {
	ID       string `json:"id"`       // of this meter: another after a loss
	Opens    string `json:"opens"`    // the first day on which it counts
	Day      string `json:"day"`      // whose file must be there
	Sequence int64  `json:"sequence"` // of the last line before that day
	Previous string `json:"previous"` // its digest
}

// written is a group of lines that reach the disk together.
type written struct {
	done chan struct{}
	err  error // after done
}

const meterFile = "meter.json"

// CreateMeter makes a meter in a directory that has none. It opens at the day given: on the day on which its share was
// dealt it may open at once, later only the day after, since what was spent before is not known.
func CreateMeter(dir string, opens time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the meter: %w", err)
	}
	path := filepath.Join(dir, meterFile)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("making the meter: there is one in %s (%w)", dir, fs.ErrExist)
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails
	day := opens.UTC().Format(time.DateOnly)
	state := meterState{ID: hex.EncodeToString(id), Opens: day, Day: day,
		Previous: hex.EncodeToString(make([]byte, sha256.Size))}
	// A crash between the two leaves a day's file without a state, which the next attempt takes as it is: it is empty.
	if err := makeDay(dir, day); err != nil {
		return err
	}
	return state.write(dir)
}

func (s meterState) write(dir string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("writing the meter's state: %w", err)
	}
	if err := renameio.WriteFile(filepath.Join(dir, meterFile), append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the meter's state: %w", err)
	}
	return syncDir(dir)
}

func makeDay(dir, day string) error {
	file, err := os.OpenFile(filepath.Join(dir, day+".jsonl"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("beginning a day of the meter: %w", err)
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("beginning a day of the meter: %w", err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("making %s durable: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("making %s durable: %w", dir, err)
	}
	return nil
}

// OpenMeter takes over the meter in a directory. A loss or damage is an error: an evaluator that does not know what was
// spent must not evaluate.
func OpenMeter(dir string, now func() time.Time) (*Meter, error) {
	text, err := os.ReadFile(filepath.Join(dir, meterFile))
	if err != nil {
		return nil, fmt.Errorf("%w: %w; `tallystick evaluator renew-meter` makes one that opens tomorrow", ErrLost, err)
	}
	m := &Meter{dir: dir, now: now, used: map[string]int{}, recent: map[string]*window{}, batch: newWritten()}
	if err := json.Unmarshal(text, &m.state, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("reading the meter's state: %w", err)
	}
	previous, err := hex.DecodeString(m.state.Previous)
	if err != nil || len(previous) != sha256.Size {
		return nil, errors.New("reading the meter's state: it is damaged")
	}
	m.sum = [sha256.Size]byte(previous)
	m.last.Sequence = m.state.Sequence
	if err := m.readDay(); err != nil {
		return nil, err
	}
	return m, nil
}

// readDay counts the lines of the day at which the meter stands, and opens its file for more.
func (m *Meter) readDay() error {
	path := filepath.Join(m.dir, m.state.Day+".jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: the file of %s: %w; `tallystick evaluator renew-meter` makes one that opens tomorrow",
			ErrLost, m.state.Day, err)
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	for number, line := range bytes.SplitAfter(text[:whole], []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var s Spent
		if err := json.Unmarshal(line, &s, json.RejectUnknownMembers(true)); err != nil {
			return fmt.Errorf("%w: %s, line %d: %w", ErrLost, path, number+1, err)
		}
		if s.Sequence != m.last.Sequence+1 || s.Previous != hex.EncodeToString(m.sum[:]) {
			return fmt.Errorf("%w: %s, line %d does not follow the line before", ErrLost, path, number+1)
		}
		m.last, m.sum = s, sha256.Sum256(line)
		m.used[s.Member] = s.Used
	}
	if m.file, err = os.OpenFile(path, os.O_WRONLY, 0o600); err != nil {
		return fmt.Errorf("opening the meter: %w", err)
	}
	// A line without its end was being written at a crash, and its answer did not go out.
	if err := m.file.Truncate(int64(whole)); err != nil {
		return fmt.Errorf("opening the meter: %w", err)
	}
	if _, err := m.file.Seek(int64(whole), 0); err != nil {
		return fmt.Errorf("opening the meter: %w", err)
	}
	return nil
}

func newWritten() *written { return &written{done: make(chan struct{})} }

// Close closes the file of the day.
func (m *Meter) Close() error {
	m.writing.Lock()
	defer m.writing.Unlock()
	return m.file.Close()
}

// ID names this meter: another after a loss.
func (m *Meter) ID() string { return m.state.ID }

// Spend counts what a member wants to have evaluated and returns once it is on disk. s says Member, Epoch, Purpose,
// Claim, Request and Count.
func (m *Meter) Spend(s Spent, budget int) (Spent, error) {
	for {
		entry, batch, err := m.count(s, budget)
		if errors.Is(err, errNextDay) {
			if err := m.nextDay(); err != nil {
				return Spent{}, err
			}
			continue
		}
		if err != nil {
			return Spent{}, err
		}
		m.flush()
		<-batch.done
		return entry, batch.err
	}
}

var errNextDay = errors.New("a day has begun")

func (m *Meter) count(s Spent, budget int) (Spent, *written, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now().UTC()
	day := now.Format(time.DateOnly)
	switch {
	case m.broken != nil:
		return s, nil, m.broken
	case day < m.state.Opens:
		return s, nil, fmt.Errorf("%w, on %s", ErrShut, m.state.Opens)
	case day < m.state.Day:
		return s, nil, fmt.Errorf("%w (%s, counted on %s)", ErrClock, day, m.state.Day)
	case day > m.state.Day:
		return s, nil, errNextDay
	case s.Count < 1 || s.Count > budget-m.used[s.Member]:
		return s, nil, fmt.Errorf("%w: %d of %d used on %s, %d more are wanted; it begins anew at midnight UTC",
			ErrBudget, m.used[s.Member], budget, day, s.Count)
	}
	s.Sequence, s.Time = m.last.Sequence+1, now.Truncate(time.Millisecond)
	s.Used = m.used[s.Member] + s.Count
	s.Previous = hex.EncodeToString(m.sum[:])
	line, err := json.Marshal(s)
	if err != nil {
		return s, nil, fmt.Errorf("writing the meter: %w", err)
	}
	line = append(line, '\n')
	m.pending = append(m.pending, line...)
	m.last, m.sum, m.used[s.Member] = s, sha256.Sum256(line), s.Used
	m.window(s.Member).add(now, s.Count)
	return s, m.batch, nil
}

// flush writes what is pending, of all who wait: one of them does it, with one sync.
func (m *Meter) flush() {
	m.writing.Lock()
	defer m.writing.Unlock()
	m.flushLocked()
}

func (m *Meter) flushLocked() {
	m.mu.Lock()
	lines, batch := m.pending, m.batch
	m.pending, m.batch = nil, newWritten()
	m.mu.Unlock()
	if len(lines) > 0 {
		_, err := m.file.Write(lines)
		if err == nil {
			err = m.file.Sync()
		}
		if err != nil {
			// The lines may be there or not. Nobody gets an answer, and nothing more is evaluated.
			batch.err = fmt.Errorf("%w: %w", ErrBroken, err)
			m.mu.Lock()
			m.broken = batch.err
			m.mu.Unlock()
		}
	}
	close(batch.done)
}

// nextDay begins the file of the day that the clock shows. A crash after the file is made and before the state names it
// leaves the old day in force, and the next start comes here again.
func (m *Meter) nextDay() error {
	m.writing.Lock()
	defer m.writing.Unlock()
	m.flushLocked()
	m.mu.Lock()
	defer m.mu.Unlock()
	day := m.now().UTC().Format(time.DateOnly)
	if day <= m.state.Day || m.broken != nil {
		return m.broken
	}
	next := m.state
	next.Day, next.Sequence, next.Previous = day, m.last.Sequence, hex.EncodeToString(m.sum[:])
	if err := makeDay(m.dir, day); err != nil {
		return err
	}
	if err := next.write(m.dir); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(m.dir, day+".jsonl"), os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("beginning a day of the meter: %w", err)
	}
	_ = m.file.Close() // synced already
	m.file, m.state, m.used = file, next, map[string]int{}
	return nil
}

// Used returns what a member has spent today.
func (m *Meter) Used(member string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().UTC().Format(time.DateOnly) != m.state.Day {
		return 0
	}
	return m.used[member]
}

// SetBack stops the meter for good: somebody has a receipt of a line that it does not hold.
func (m *Meter) SetBack(sequence int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if sequence <= m.last.Sequence {
		return nil
	}
	m.broken = fmt.Errorf("%w: a receipt of line %d exists and the meter ends at %d, so its disk was set back; "+
		"`tallystick evaluator renew-meter` makes one that opens tomorrow", ErrLost, sequence, m.last.Sequence)
	return m.broken
}

// window counts what was spent in the last ten minutes.
type window struct {
	minutes [10]int
	at      int64 // the minute of the newest
}

func (m *Meter) window(member string) *window {
	w := m.recent[member]
	if w == nil {
		w = new(window)
		m.recent[member] = w
	}
	return w
}

func (w *window) add(now time.Time, n int) {
	minute := now.Unix() / 60
	for ; w.at < minute; w.at++ {
		if minute-w.at > int64(len(w.minutes)) {
			w.minutes, w.at = [10]int{}, minute-1
		}
		w.minutes[(w.at+1)%10] = 0
	}
	w.minutes[minute%10] += n
}

func (w *window) sum() (n int) {
	for _, m := range w.minutes {
		n += m
	}
	return n
}

// Alarm says why what a member does looks like going through a list of identifiers; "" if it does not.
func (m *Meter) Alarm(member string, budget int) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch used, recent := m.used[member], m.window(member).sum(); {
	case recent > budget/4 && recent > 100:
		return fmt.Sprintf("%d identifiers in ten minutes, over a quarter of the day's budget", recent)
	case used > budget-budget/5 && used > 100:
		return fmt.Sprintf("%d identifiers today, over four fifths of the budget", used)
	default:
		return ""
	}
}
