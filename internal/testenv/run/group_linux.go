package main

import "syscall"

// groupOfItsOwn puts the command into a process group, and has the kernel end
// it when the thread that started it is gone: when this program was killed.
func groupOfItsOwn() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
