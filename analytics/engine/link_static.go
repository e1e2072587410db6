//go:build static

package engine

import "errors"

// Loading a library needs the system's dynamic linker, which makes the whole binary depend on it and on libc, even
// without cgo. A static binary therefore has no engine; it is for installs, which have a ClickHouse server.

var errStatic = errors.New("this is the static build, which has no ClickHouse engine: use a ClickHouse server, or build with `make build`")

const ownSymbols uintptr = 0

func openShared(string) (uintptr, error) { return 0, errStatic }

func symbol(uintptr, string) (uintptr, error) { return 0, errStatic }

func bind(any, uintptr) {}
