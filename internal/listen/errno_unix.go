//go:build !windows

package listen

import "syscall"

const (
	errInUse    = syscall.EADDRINUSE
	errDenied   = syscall.EACCES
	errNotLocal = syscall.EADDRNOTAVAIL
)
