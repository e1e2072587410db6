package durabletest

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// ErrInjected is what a [FaultFS] fails with.
var ErrInjected = errors.New("injected fault")

// Fault says how a step of a [FaultFS] fails.
type Fault int

// The faults.
const (
	NotDone  Fault = iota // the step has no effect and reports an error
	DoneFail              // the step takes effect and reports an error
)

// FaultFS is a file system in memory. It can fail its
// nth changing step, and PowerLoss forgets everything that was not made durable. Steps after a fault fail too, as after
// a crash, until Restart.
type FaultFS struct {
	mu      sync.Mutex
	now     map[string]entry // what readers see
	durable map[string]entry // what a power loss leaves; an entry counts if all its parents do
	steps   int
	failAt  int // 0: never
	fault   Fault
	down    bool
	corrupt string // files whose name holds this are written with a wrong byte; empty: none
}

type entry struct {
	dir  bool
	data []byte
}

// NewFaultFS returns a file system that holds one durable directory, root.
func NewFaultFS(root string) *FaultFS {
	top := map[string]entry{filepath.Clean(root): {dir: true}}
	return &FaultFS{now: top, durable: maps.Clone(top)}
}

// FailAt makes the nth changing step from now on (from 1) fail.
func (f *FaultFS) FailAt(n int, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps, f.failAt, f.fault = 0, n, fault
}

// Corrupt makes the disk write a wrong last byte, and report success, to each file whose name holds part.
func (f *FaultFS) Corrupt(part string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.corrupt = part
}

// Steps returns how many changing steps were taken since FailAt.
func (f *FaultFS) Steps() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.steps
}

// Restart ends a crash: later steps work.
func (f *FaultFS) Restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failAt, f.down = 0, false
}

// PowerLoss forgets what was not durable, and restarts.
func (f *FaultFS) PowerLoss() {
	f.Restart()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = map[string]entry{}
	for _, name := range slices.Sorted(maps.Keys(f.durable)) {
		_, hasParent := f.now[filepath.Dir(name)]
		if hasParent || len(f.now) == 0 { // sorted, so that the root comes first
			f.now[name] = f.durable[name]
		}
	}
	f.durable = maps.Clone(f.now)
}

// Files returns what readers see, without directories.
func (f *FaultFS) Files() map[string][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	files := map[string][]byte{}
	for name, e := range f.now {
		if !e.dir {
			files[name] = e.data
		}
	}
	return files
}

// Put changes a file beneath the running program, durably, as damage would.
func (f *FaultFS) Put(name string, data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now[name] = entry{data: data}
	f.durable[name] = entry{data: data}
}

// Delete removes a file beneath the running program.
func (f *FaultFS) Delete(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.now, name)
	delete(f.durable, name)
}

func (f *FaultFS) step(effect func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return ErrInjected
	}
	f.steps++
	if f.failAt == 0 || f.steps != f.failAt {
		return effect()
	}
	f.down = true
	if f.fault == NotDone {
		return ErrInjected
	}
	return errors.Join(ErrInjected, effect())
}

// ReadFile implements durable.FS.
func (f *FaultFS) ReadFile(name string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, ok := f.now[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return bytes.Clone(e.data), nil
}

// Mkdir implements durable.FS.
func (f *FaultFS) Mkdir(name string) error {
	return f.step(func() error {
		if _, ok := f.now[name]; !ok {
			f.now[name] = entry{dir: true}
		}
		return nil
	})
}

// WriteSync implements durable.FS.
func (f *FaultFS) WriteSync(name string, data []byte) error {
	return f.step(func() error {
		if parent, ok := f.now[filepath.Dir(name)]; !ok || !parent.dir {
			return &fs.PathError{Op: "create", Path: name, Err: fs.ErrNotExist}
		}
		data = bytes.Clone(data)
		if f.corrupt != "" && strings.Contains(name, f.corrupt) {
			data[len(data)-1] ^= 1
		}
		f.now[name] = entry{data: data}
		return nil
	})
}

// Rename implements durable.FS.
func (f *FaultFS) Rename(oldName, newName string) error {
	return f.step(func() error {
		e, ok := f.now[oldName]
		if !ok {
			return &fs.PathError{Op: "rename", Path: oldName, Err: fs.ErrNotExist}
		}
		delete(f.now, oldName)
		f.now[newName] = e
		return nil
	})
}

// SyncDir implements durable.FS.
func (f *FaultFS) SyncDir(name string) error {
	return f.step(func() error {
		for path := range f.durable {
			if _, ok := f.now[path]; !ok && filepath.Dir(path) == name {
				delete(f.durable, path)
			}
		}
		for path, e := range f.now {
			if filepath.Dir(path) == name {
				f.durable[path] = e
			}
		}
		return nil
	})
}
