//go:build !windows

package app

import (
	"fmt"
	"os"
)

// othersMayRead reports whether more than its owner can read a file.
func othersMayRead(info os.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// syncFolder makes the names of new files in dir durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("opening the folder: %w", err)
	}
	defer func() { _ = f.Close() }()
	return f.Sync()
}
