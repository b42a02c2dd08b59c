package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// ErrMoved says that the database's files were removed or replaced while the store has
// them open. What is committed then is not there after the next start. It is final: the
// store has to be opened again.
var ErrMoved = errors.New("the database's files were removed, replaced or changed while the gateway runs; nothing is written any more until it is started again")

// files are those that hold what is committed, and the lock, as they were when the
// store was opened.
type files struct {
	log   *slog.Logger
	known []os.FileInfo
	paths []string
	size  [2]atomic.Int64       // of the database, which only ever grows, and of its log; see leastLog
	turn  sync.Mutex            // held by a transaction, and by a purge while it cuts the log
	seen  atomic.Int64          // data_version on the writer's connection; 0 when it is not known
	lost  atomic.Pointer[error] // why nothing may be written: ErrMoved or ErrCorrupt
}

// leastLog is the size below which SQLite never cuts the log but in a purge and at Close:
// when it begins the log again, it cuts what is longer to journal_size_limit.
const leastLog = 64 << 20

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
		if n := len(f.paths) - 1; n < len(f.size) {
			f.raise(n, info.Size())
		}
	}
	return f, nil
}

// usable returns ErrMoved or ErrCorrupt when one of them was found before.
func (f *files) usable() error {
	if err := f.lost.Load(); err != nil {
		return *err
	}
	return nil
}

// saw looks whether an error of SQLite says that the database is corrupt. It returns
// ErrCorrupt then, and usable does from now on.
func (f *files) saw(err error) error {
	if !isCorrupt(err) {
		return nil
	}
	if f.give(ErrCorrupt) {
		f.log.Error("the gateway's database is corrupt: every order and callback is answered with an error from now on. To mend it: "+restoring, "error", err)
	}
	return ErrCorrupt
}

// give makes err the reason why nothing may be written, and reports whether it is the first.
func (f *files) give(err error) bool { return f.lost.CompareAndSwap(nil, &err) }

// check returns ErrMoved when one of the files is not in its place, and usable does from
// now on. Any other error says that this cannot be told. Several may check at a time.
func (f *files) check() error {
	for i, path := range f.paths {
		known := int64(0) // before Stat: another check may note a later size meanwhile
		if i < len(f.size) {
			known = f.size[i].Load()
		}
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return f.moved(path, "it is not there")
		case err != nil:
			return fmt.Errorf("looking at the database's files: %w", err)
		case !os.SameFile(info, f.known[i]):
			return f.moved(path, "another file is in its place")
		case info.Size() < known:
			return f.moved(path, "it was cut off or overwritten")
		case i < len(f.size):
			f.raise(i, info.Size())
		}
	}
	return nil
}

// raise notes the size of a file unless another check has noted a later one.
func (f *files) raise(i int, size int64) {
	if i == 1 {
		size = min(size, leastLog)
	}
	for known := f.size[i].Load(); size > known && !f.size[i].CompareAndSwap(known, size); {
		known = f.size[i].Load()
	}
}

// cut runs what cuts the log to nothing, between two transactions.
func (f *files) cut(truncate func() error) error {
	f.turn.Lock()
	defer f.turn.Unlock()
	if err := f.check(); err != nil { // or a loss would be forgotten with the size
		return err
	}
	f.size[1].Store(0)
	f.seen.Store(0)
	return truncate()
}

// alone returns ErrMoved when another connection has written since the last call. It is
// asked inside a transaction of the writer.
func (f *files) alone(s *session) error {
	var version int64
	err := s.query(func(r row) error { return r.Scan(&version) }, "PRAGMA data_version")
	if err != nil {
		return fmt.Errorf("asking who else has written: %w", err)
	}
	if known := f.seen.Swap(version); known != 0 && known != version && len(f.paths) > 0 {
		return f.moved(f.paths[0], "another program has written into it")
	}
	return nil
}

// moved logs the first loss.
func (f *files) moved(path, what string) error {
	if f.give(ErrMoved) {
		f.log.Error("the gateway's database was removed, replaced or changed while it runs: every order and callback is answered with an error from now on. "+
			"Copy the data folder, stop the gateway, put the right database in place, and start it again; docs/gateway.md has the steps",
			"file", path, "reason", what)
	}
	return ErrMoved
}
