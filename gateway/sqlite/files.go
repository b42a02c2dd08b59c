package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
)

// ErrMoved says that the database's files were removed or replaced while the store has
// them open. What is committed then is not there after the next start. It is final: the
// store has to be opened again.
var ErrMoved = errors.New("the database's files were removed or replaced while the gateway runs; nothing is written any more until it is started again")

// files are those that hold what is committed, and the lock, as they were when the
// store was opened.
type files struct {
	log   *slog.Logger
	known []os.FileInfo
	paths []string
	size  atomic.Int64 // of the database, which only ever grows
	moved atomic.Bool  // one of them was not in its place, so nothing may be written
}

// watchFiles notes the files in dir, which have to be open. On Windows there are none to
// note: a file that is open can't be removed there.
func watchFiles(dir string, log *slog.Logger) (*files, error) {
	f := &files{log: log}
	for _, name := range watchedFiles() {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("looking at the database's files: %w", err)
		}
		f.known, f.paths = append(f.known, info), append(f.paths, path)
		if len(f.paths) == 1 {
			f.size.Store(info.Size())
		}
	}
	return f, nil
}

// check returns ErrMoved when one of the files is not in its place, and has moved say so
// for good. Any other error says that this cannot be told. Several may check at a time.
func (f *files) check() error {
	known := f.size.Load() // before Stat: another check may note a later size meanwhile
	for i, path := range f.paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return f.lost(path, "it is not there")
		case err != nil:
			return fmt.Errorf("looking at the database's files: %w", err)
		case !os.SameFile(info, f.known[i]):
			return f.lost(path, "another file is in its place")
		case i == 0 && info.Size() < known:
			return f.lost(path, "it was cut off or overwritten")
		case i == 0:
			f.raise(known, info.Size())
		}
	}
	return nil
}

// raise notes the size of the database unless another check has noted a later one.
func (f *files) raise(known, size int64) {
	for size > known && !f.size.CompareAndSwap(known, size) {
		known = f.size.Load()
	}
}

// lost logs the first loss.
func (f *files) lost(path, what string) error {
	if f.moved.CompareAndSwap(false, true) {
		f.log.Error("the gateway's database was removed or replaced while it runs: every order and callback is answered with an error from now on. "+
			"Copy the data folder, stop the gateway, put the right database in place, and start it again; docs/gateway.md has the steps",
			"file", path, "reason", what)
	}
	return ErrMoved
}
