package main

import "syscall"

// dieWithParent puts the child in a group of its own, so that an interrupt at the terminal reaches it through us alone,
// and has the kernel end it when we die without a word.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
