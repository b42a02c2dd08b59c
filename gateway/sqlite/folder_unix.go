//go:build !windows

package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// watchedFiles are those that must stay in their place while the store is open, the
// database first.
func watchedFiles() []string {
	return []string{"gateway.db", "gateway.db-wal", "gateway.db-shm", "gateway.lock"}
}

// lockFile takes the lock at path until it is closed or the process ends, however
// it ends. It returns ErrInUse when somebody else has it.
func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock file: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrInUse
	}
	return nil, fmt.Errorf("locking %s: %w", path, err)
}

// syncFolder makes the names of new files in dir durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("opening the folder: %w", err)
	}
	defer func() { _ = f.Close() }()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("syncing the folder: %w", err)
	}
	return nil
}
