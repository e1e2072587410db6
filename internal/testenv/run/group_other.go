//go:build !linux

package main

import "syscall"

// groupOfItsOwn puts the command into a process group. Here the command goes on
// if this program is killed with no chance to clear up.
func groupOfItsOwn() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
