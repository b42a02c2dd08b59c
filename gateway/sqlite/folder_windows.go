package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// errSharingViolation is ERROR_SHARING_VIOLATION.
const errSharingViolation syscall.Errno = 32

// watchedFiles are none: a file that a process has open can neither be removed nor
// replaced here.
func watchedFiles() []string { return nil }

// lockFile takes the lock at path until it is closed or the process ends, however
// it ends: the file is opened so that nobody else may open it. It returns ErrInUse
// when somebody else has it.
func lockFile(path string) (io.Closer, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case err == nil:
		return os.NewFile(uintptr(h), path), nil
	case errors.Is(err, errSharingViolation):
		return nil, ErrInUse
	default:
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
}

// syncFolder has nothing to do: NTFS journals names, and a folder can't be synced.
func syncFolder(string) error { return nil }
