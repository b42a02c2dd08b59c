// Package postgres is the gateway's store for several replicas: everything that one
// of them knows is in PostgreSQL, so that any other can go on.
//
// Updates that come at the same time share a transaction, see group.go. A look-up in
// an update locks what it returns, so that updates of the same payment come one after
// the other on all replicas; statements that nobody waits for are sent together with
// the commit. What is due at once becomes a job of River's in the same transaction,
// what is due later is a column that every replica's sweeper watches; see work.go.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/logthrottle"
)

// DefaultWorkers is how many payments, and how many deliveries, a replica works on
// at once unless Config says otherwise.
const DefaultWorkers = 64

// deliveryShare is how many deliveries are worked on for each payment: most of their
// time is a partner's.
const deliveryShare = 8

// Config says where a store is and what it runs by.
type Config struct {
	URL     string        // postgres://…; the password stays out of logs and errors
	Clock   gateway.Clock // says what is due
	Log     *slog.Logger  // nil discards
	Workers int           // payments worked on at once, and eight times as many deliveries; 0 is DefaultWorkers

	IDs gateway.IDs // of payments and deliveries that are inserted

	// JobWithin is how long a call may take before its context ends; 0 is
	// DefaultJobWithin. After twice that its job counts as its replica's last, and
	// River gives it to another.
	JobWithin time.Duration

	// MayBegin is asked before tables are made where there are none; found says what is
	// there instead. Its error ends Open, which has made nothing then. nil allows it.
	MayBegin func(found string) error
}

// Store is a gateway.Store in a PostgreSQL database.
type Store struct {
	cfg     Config
	clock   gateway.Clock
	log     *slog.Logger
	seldom  *slog.Logger  // for what repeats itself while the database is away
	db      *pgxpool.Pool // updates and views
	jobsDB  *pgxpool.Pool // River's
	flushDB *pgxpool.Pool // the flusher's, so that it never waits for its turn
	river   *river.Client[pgx.Tx]
	sweeper *sweeper
	calls   *calls
	flusher *batcher[struct{}, struct{}]
	groupDB *pgxpool.Pool // the groups'
	updates *groups
	views   *groups
	ids     gateway.IDs

	stopFlusher func()
	mu          sync.Mutex
	working     bool
	closed      bool
	running     sync.WaitGroup // updates, views and Work
	closing     chan struct{}
	closeOnce   sync.Once
}

var (
	_ gateway.Store  = (*Store)(nil)
	_ gateway.Purger = (*Store)(nil)
)

// Open connects to a database and brings its tables up to date. Any number of
// replicas may do so at once.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s, err := open(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", plain(err))
	}
	return s, nil
}

func open(ctx context.Context, cfg Config) (s *Store, err error) {
	if cfg.Clock == nil {
		return nil, errors.New("it needs a clock")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Workers <= 0 {
		cfg.Workers = DefaultWorkers
	}
	if cfg.JobWithin <= 0 {
		cfg.JobWithin = DefaultJobWithin
	}
	parsed, err := parse(cfg.URL)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, parsed, cfg); err != nil {
		return nil, err
	}
	s = &Store{cfg: cfg, clock: cfg.Clock, log: cfg.Log, seldom: logthrottle.New(cfg.Log), ids: cfg.IDs, calls: newCalls(), sweeper: newSweeper(), closing: make(chan struct{})}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	base := context.WithoutCancel(ctx)
	if s.db, err = connect(base, serving(parsed), parsed.MaxConns); err != nil {
		return nil, err
	}
	if s.flushDB, err = connect(base, serving(parsed), 1); err != nil {
		return nil, err
	}
	s.startFlusher()
	if s.jobsDB, err = connect(base, serving(parsed), riverConns); err != nil {
		return nil, err
	}
	if s.river, err = inserter(cfg.Log); err != nil {
		return nil, err
	}
	if s.groupDB, err = connect(base, grouping(serving(parsed)), groupConns); err != nil {
		return nil, err
	}
	s.updates = startGroups(s, s.groupDB, beginUpdate)
	s.views = startGroups(s, s.groupDB, beginView)
	return s, nil
}

// prepare migrates the database, by connections that may take their time.
func prepare(ctx context.Context, parsed *pgxpool.Config, cfg Config) error {
	pool, err := connect(ctx, parsed, migrationConns)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := checkServer(ctx, pool, cfg.Log); err != nil {
		return err
	}
	if err := cfg.mayBegin(ctx, pool); err != nil {
		return err
	}
	return migrate(ctx, pool)
}

// oldest is the first PostgreSQL that the statements are tested with.
const oldest = 150000

// checkServer refuses a server that would lose what it has acknowledged.
func checkServer(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	var version int
	var durable, fsync string
	err := pool.QueryRow(ctx, `SELECT current_setting('server_version_num')::int,
		current_setting('synchronous_commit'), current_setting('fsync')`).Scan(&version, &durable, &fsync)
	switch {
	case err != nil:
		return fmt.Errorf("asking the server for its settings: %w", err)
	case version < oldest:
		return fmt.Errorf("the server has version %d; PostgreSQL 15 or later is needed", version/10000)
	case durable == "off":
		return errors.New("synchronous_commit is off: the server would acknowledge what a crash takes away")
	case fsync == "off":
		log.Warn("fsync is off: the database does not survive the crash of its machine")
	}
	return nil
}

// begin counts a call in, unless the store is closed; done counts it out.
func (s *Store) begin() (done func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, gateway.ErrClosed
	}
	s.running.Add(1)
	return s.running.Done, nil
}

// enter is begin for a call whose ctx may have ended.
func (s *Store) enter(ctx context.Context) (done func(), err error) {
	if done, err = s.begin(); err == nil && ctx.Err() != nil {
		done()
		return nil, ctx.Err()
	}
	return done, err
}

// Exclusive implements gateway.Store: there may be other replicas.
func (s *Store) Exclusive() bool { return false }

// Close ends Work and lets the updates and views that were taken end. It may be
// called more than once.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		s.closed = true
		close(s.closing)
		s.mu.Unlock()
		s.running.Wait()
		s.release()
	})
	return nil
}

func (s *Store) release() {
	for _, g := range []*groups{s.updates, s.views} {
		if g != nil {
			g.close()
		}
	}
	if s.flusher != nil {
		s.stopFlusher()
	}
	for _, pool := range []*pgxpool.Pool{s.db, s.jobsDB, s.flushDB, s.groupDB} {
		if pool != nil {
			pool.Close()
		}
	}
}
