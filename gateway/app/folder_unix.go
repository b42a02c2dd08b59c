//go:build !windows

package app

import (
	"fmt"
	"os"
)

// rightsOf says who besides its owner has rights on a file.
func rightsOf(info os.FileInfo) rights {
	switch mode := info.Mode().Perm(); {
	case mode&0o007 != 0:
		return everybody
	case mode&0o070 != 0:
		return groupToo
	default:
		return ownerOnly
	}
}

// syncFolder makes the names of new files in dir durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("opening the folder: %w", err)
	}
	defer func() { _ = f.Close() }()
	return f.Sync()
}
