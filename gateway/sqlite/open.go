// Package sqlite is the gateway's embedded store: one file, one process, no server.
//
// One goroutine writes. It commits whatever waits as one transaction, so that a
// durable commit is shared by all who wait for it. Readers have their own
// connections and a snapshot each. What is due is kept in memory, fed after each
// commit, and rebuilt from the tables at Open.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/pressly/goose/v3"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/logthrottle"
	"github.com/darajabox/darajabox/internal/schema"
)

// ErrInUse says that another process has the data folder open.
var ErrInUse = errors.New("another process is using it")

// DefaultWorkers is how many payments are worked on at once unless Config says
// otherwise.
const DefaultWorkers = 64

// maxBatch is how many updates may share a commit. More would not be faster, and
// the first would wait longer.
const maxBatch = 256

// readers is how many views run at once; others wait for their turn.
const readers = 4

// Config says where a store is and what it runs by.
type Config struct {
	Dir     string        // folder of gateway.db; made, for its owner only, when missing
	Clock   gateway.Clock // says what is due
	Log     *slog.Logger  // nil discards
	Workers int           // payments worked on at once, and eight times as many deliveries; 0 is DefaultWorkers
	IDs     gateway.IDs   // of payments and deliveries that are inserted

	// MayBegin is asked before tables are made where there are none; found says what is
	// there instead. Its error ends Open, which has made no database then. nil allows it.
	MayBegin func(found string) error
}

// Store is a gateway.Store in a SQLite file.
type Store struct {
	clock gateway.Clock
	log   *slog.Logger

	throttled *slog.Logger // log, for what repeats itself

	path    string // of gateway.db
	lock    io.Closer
	files   *files
	db      *sql.DB // what the writer does before it begins and after it has ended
	writer  *writer
	readers *pool
	due     *queue
	recall  recall
	ids     gateway.IDs
	wake    chan struct{} // tells Work that the queue has changed
	working atomic.Bool   // whether Work runs

	closing   chan struct{}
	closeOnce sync.Once
	closeErr  error
}

var (
	_ gateway.Store    = (*Store)(nil)
	_ gateway.Recaller = (*Store)(nil)
	_ gateway.Purger   = (*Store)(nil)
)

// Open opens the store in cfg.Dir, making or migrating it as needed. The error is
// ErrInUse when another process has it open.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	return open(ctx, cfg, maxBatch)
}

func open(ctx context.Context, cfg Config, batch int) (*Store, error) {
	if cfg.Clock == nil {
		return nil, errors.New("opening the database: it needs a clock")
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the database in %s: %w", cfg.Dir, err)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Workers <= 0 {
		cfg.Workers = DefaultWorkers
	}
	s := &Store{
		clock: cfg.Clock, log: cfg.Log, throttled: logthrottle.New(cfg.Log), due: newQueue(cfg.Workers), ids: cfg.IDs,
		wake: make(chan struct{}, 1), closing: make(chan struct{}),
	}
	if err := s.start(ctx, cfg, dir, batch); err != nil {
		_ = s.release() // the first failure is the one that matters
		return nil, fmt.Errorf("opening the database in %s: %w", dir, err)
	}
	return s, nil
}

// start opens everything; what it opened before an error is left to release.
func (s *Store) start(ctx context.Context, cfg Config, dir string, batch int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	var err error
	if s.lock, err = lockFile(filepath.Join(dir, "gateway.lock")); err != nil {
		return err
	}
	path := filepath.Join(dir, "gateway.db")
	s.path = path
	if err := s.makeTables(ctx, cfg, path); err != nil {
		return err
	}
	if err := syncFolder(dir); err != nil {
		return err
	}
	s.readers = newPool(name(path, reading), readers)
	if s.files, err = watchFiles(dir, s.log); err != nil {
		return err
	}
	if err := s.loadDue(ctx); err != nil {
		return err
	}
	s.writer = startWriter(name(path, writing), batch, s.files, s.ids, &s.recall, s.committed)
	return nil
}

// makeTables makes the database at path, or brings it up to date.
func (s *Store) makeTables(ctx context.Context, cfg Config, path string) (err error) {
	if err := cfg.mayBegin(path); err != nil {
		return err
	}
	if err := touch(path); err != nil {
		return err
	}
	if err := checkWhole(ctx, path, cfg.Clock, cfg.Log); err != nil {
		return err
	}
	if s.db, err = openDB(path, writing); err != nil {
		return err
	}
	if err := checkSQLite(ctx, s.db); err != nil {
		return err
	}
	if err := cfg.mayMigrate(ctx, path, s.db); err != nil {
		return err
	}
	return schema.Migrate(ctx, goose.DialectSQLite3, s.db, migrations)
}

// touch makes the database file for its owner only; SQLite gives the files beside
// it the same permissions.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("making the database file: %w", err)
	}
	return f.Close()
}

// Close ends Work, lets the updates and views that were taken end, and gives the
// folder free. It may be called more than once.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		close(s.closing)
		s.writer.stop()
		s.closeErr = s.release()
	})
	return s.closeErr
}

// release closes what is open, the lock last.
func (s *Store) release() error {
	var errs []error
	if s.readers != nil {
		s.readers.close()
	}
	if s.db != nil {
		if s.writer != nil {
			errs = append(errs, truncateLog(s.db))
		}
		errs = append(errs, s.db.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the store: %w", err)
	}
	return nil
}
