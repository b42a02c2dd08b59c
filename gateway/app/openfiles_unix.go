//go:build unix

package app

import "syscall"

// openFiles is how many files this process may have open, 0 when that is not known.
func openFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return uint64(limit.Cur) //nolint:unconvert // it is an int64 on some systems
}
