package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// fileWriter puts a new text into a file. Its fields are those of package os, unless a
// test has them fail.
type fileWriter struct {
	createTemp func(dir, pattern string) (*os.File, error)
	rename     func(from, to string) error
	chown      func(f *os.File, uid, gid int) error
}

func newFileWriter() fileWriter {
	return fileWriter{createTemp: os.CreateTemp, rename: os.Rename, chown: (*os.File).Chown}
}

// write puts text into the file name. A program that reads the file meanwhile sees all of
// the old text or all of the new one. Where no file can take the place of another, or it
// would lose its owner or its other names, the text is written into the file itself: then
// it may see a part.
func (w fileWriter) write(name string, text []byte, mode fs.FileMode) error {
	if old, err := os.Lstat(name); err == nil && hasOtherNames(old) {
		return overwriteFile(name, text)
	}
	err := w.replace(name, text, mode)
	if isFixed(err) {
		err = overwriteFile(name, text)
	}
	return err
}

// replace puts a new file into the place of an old one.
func (w fileWriter) replace(name string, text []byte, mode fs.FileMode) (err error) {
	draft, err := w.createTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(draft.Name()) // the error is told already
		}
	}()
	if err := w.keepOwner(name, draft); err != nil {
		return errors.Join(err, draft.Close())
	}
	_, err = draft.Write(text)
	if err = errors.Join(err, draft.Chmod(mode), draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return w.rename(draft.Name(), name)
}

// errOwner says that a new file cannot have the owner of the old one.
var errOwner = errors.New("the owner cannot be kept")

// keepOwner gives draft the owner and the group of the file name, if that is there.
func (w fileWriter) keepOwner(name string, draft *os.File) error {
	old, err := os.Lstat(name)
	if err != nil {
		return nil //nolint:nilerr // a new file has no owner yet; renaming tells the rest
	}
	made, err := draft.Stat()
	if err != nil {
		return err
	}
	uid, gid := ownerOf(old)
	if u, g := ownerOf(made); u == uid && g == gid {
		return nil
	}
	if err := w.chown(draft, uid, gid); err != nil {
		return fmt.Errorf("%w: %w", errOwner, err)
	}
	return nil
}

// isFixed reports whether err says that no file can take the place of another: this user
// may not write in the folder or not give the new file its owner, or the file is mounted
// alone, as into a container.
func isFixed(err error) bool {
	return errors.Is(err, errOwner) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV)
}

// overwriteFile writes text into a file that is there.
func overwriteFile(name string, text []byte) error {
	before, err := readFile(name)
	if err != nil {
		return err
	}
	f, err := openOrdinary(name, os.O_WRONLY)
	if err != nil {
		return err
	}
	return errors.Join(rewrite(f, before, text), f.Close())
}

// rewritable is an open file.
type rewritable interface {
	io.WriterAt
	Truncate(size int64) error
	Sync() error
}

// rewrite puts text into f, or before again when it cannot, as on a full disk.
func rewrite(f rewritable, before, text []byte) error {
	fill := func(text []byte) error {
		if _, err := f.WriteAt(text, 0); err != nil {
			return err
		}
		return errors.Join(f.Truncate(int64(len(text))), f.Sync())
	}
	err := fill(text)
	if err == nil {
		return nil
	}
	if fill(before) != nil {
		return fmt.Errorf("%w, and the file has only a part of its text now", cause(err))
	}
	return err
}

// cause is what the system said of a file, without the file's name.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	default:
		return err
	}
}
