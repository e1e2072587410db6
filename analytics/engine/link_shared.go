//go:build !static

package engine

import "github.com/ebitengine/purego"

// ownSymbols stands for everything that is loaded into the process already.
const ownSymbols uintptr = purego.RTLD_DEFAULT

func openShared(path string) (uintptr, error) {
	return purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
}

func symbol(handle uintptr, name string) (uintptr, error) { return purego.Dlsym(handle, name) }

// bind makes the function that fn points to call the one at addr.
func bind(fn any, addr uintptr) { purego.RegisterFunc(fn, addr) }
