//go:build !linux

package main

import "syscall"

// dieWithParent puts the child in a group of its own, so that an interrupt at the terminal reaches it through us alone.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
