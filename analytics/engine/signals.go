package engine

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"
)

// signalGuard puts Go's signal handlers back after a call into libchdb.
//
// libchdb sets the handlers of fatal signals to the default while it connects
// and when it is told not to install its own. Go needs them: with the default
// handler a nil pointer ends the process instead of being a panic.
type signalGuard struct {
	sigaction func(signal int32, act, old unsafe.Pointer) int32
}

// guarded are the signals that libchdb resets and that Go turns into panics.
var guarded = []syscall.Signal{
	syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGABRT, syscall.SIGSYS, syscall.SIGTRAP,
	syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGURG, syscall.SIGPIPE,
}

// sizeofSigaction is above the size of struct sigaction on every platform: 152
// bytes on Linux, 16 on macOS. The contents are opaque here.
const sizeofSigaction = 256

func newSignalGuard() (*signalGuard, error) {
	addr, err := symbol(ownSymbols, "sigaction")
	if err != nil {
		return nil, fmt.Errorf("finding sigaction: %w", err)
	}
	g := &signalGuard{}
	bind(&g.sigaction, addr)
	if g.sigaction == nil {
		return nil, errors.New("finding sigaction: nil")
	}
	return g, nil
}

// keep runs f and then restores the handlers that were there before.
func (g *signalGuard) keep(f func()) {
	saved := make([][sizeofSigaction]byte, len(guarded))
	ok := make([]bool, len(guarded))
	for i, s := range guarded {
		ok[i] = g.sigaction(int32(s), nil, unsafe.Pointer(&saved[i])) == 0
	}
	defer func() {
		for i, s := range guarded {
			if ok[i] {
				g.sigaction(int32(s), unsafe.Pointer(&saved[i]), nil)
			}
		}
	}()
	f()
}
