package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/darajabox/darajabox/gateway"
)

// errGone is what f gets that ends its goroutine, as testing's FailNow does.
var errGone = errors.New("the update ended its goroutine")

// writer is the one goroutine that writes. It takes whatever waits, lingering for
// nothing, and commits it together; each update that writes has a savepoint, so that
// one that fails leaves its neighbours alone.
type writer struct {
	session   *session
	batch     int // most updates in a commit
	requests  chan *request
	recall    *recall        // told of each commit, before committed
	committed func([]change) // called after each commit, before it is answered
	stopped   chan struct{}

	// Of the goroutine alone.
	memory  memory
	pending []*request // taken from requests, not answered
	ran     int        // how many of pending are in the open transaction

	mu     sync.RWMutex // held for reading while something is put into requests
	closed bool
}

// request is one update and, in the end, its outcome.
type request struct {
	f       func(gateway.Tx) error
	taken   atomic.Bool // by the writer to run it, or by a caller that won't wait
	err     error
	changes []change
	answer  chan error
}

func startWriter(db *sql.DB, batch int, recall *recall, committed func([]change)) *writer {
	w := &writer{
		session: &session{db: db}, batch: batch, requests: make(chan *request, batch),
		recall: recall, committed: committed, stopped: make(chan struct{}),
	}
	go w.loop()
	return w
}

// Update implements gateway.Store. When ctx ends before f has begun, f never runs
// and the error is ctx's. Once it has begun the caller waits for the commit, which
// takes milliseconds, because "don't know" is no answer about money. A panic in f
// is returned as an error.
func (s *Store) Update(ctx context.Context, f func(gateway.Tx) error) error {
	r := &request{f: f, answer: make(chan error, 1)}
	if err := s.writer.send(ctx, r); err != nil {
		return err
	}
	select {
	case err := <-r.answer:
		return err
	case <-ctx.Done():
		if r.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		return <-r.answer
	}
}

func (w *writer) send(ctx context.Context, r *request) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return gateway.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case w.requests <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop refuses new updates and waits for those that were sent.
func (w *writer) stop() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.requests)
	}
	w.mu.Unlock()
	<-w.stopped
}

func (w *writer) loop() {
	done := false
	defer func() {
		if !done { // f has ended this goroutine; carry on in another
			w.finish(errGone)
			go w.loop()
		}
	}()
	for w.collect() {
		w.transaction()
	}
	done = true
	w.session.drop()
	close(w.stopped)
}

// collect waits for a request and takes those that wait with it. It returns false
// when there will be no more.
func (w *writer) collect() bool {
	if len(w.pending) > 0 {
		return true
	}
	r, ok := <-w.requests
	if !ok {
		return false
	}
	w.pending = append(w.pending, r)
	runtime.Gosched() // who is about to send gets to it: when there is much to do, commits are half as many
	for len(w.pending) < w.batch {
		select {
		case r, ok := <-w.requests:
			if !ok {
				return true
			}
			w.pending = append(w.pending, r)
		default:
			return true
		}
	}
	return true
}

// transaction runs pending requests in one commit and answers them. When SQLite
// gives the transaction up in the middle, those that were not run yet stay pending.
func (w *writer) transaction() {
	_, err := w.session.exec("BEGIN IMMEDIATE")
	if err != nil {
		w.ran = len(w.pending)
		err = fmt.Errorf("beginning a transaction: %w", err)
	}
	for err == nil && w.ran < len(w.pending) {
		r := w.pending[w.ran]
		w.ran++
		if r.taken.CompareAndSwap(false, true) {
			err = w.run(r)
		}
	}
	if err == nil {
		if _, err = w.session.exec("COMMIT"); err != nil {
			err = fmt.Errorf("committing: %w", err)
		}
	}
	w.finish(err)
}

// run runs one request between a savepoint and its release. It returns an error
// only when the whole transaction is lost.
func (w *writer) run(r *request) error {
	t := &tx{ctx: context.Background(), session: w.session, writes: true, memory: &w.memory}
	defer t.end()
	r.err = errGone
	r.err = call(r.f, t)
	if r.err == nil {
		r.err = t.broken // f went on after an error that it must not survive
	}
	if r.err == nil {
		r.changes = t.changes
	} else if err := w.undo(t); err != nil {
		return err
	}
	if !t.saved {
		return nil
	}
	if _, err := w.session.exec("RELEASE one"); err != nil {
		return fmt.Errorf("releasing a savepoint: %w", err)
	}
	return nil
}

// undo rolls back what an update wrote, if it got as far. SQLite rolls everything back
// by itself when the disk is full or broken; then the whole transaction is lost.
func (w *writer) undo(t *tx) error {
	switch {
	case t.saved:
		w.memory.forget()
		if _, err := w.session.exec("ROLLBACK TO one"); err != nil {
			return fmt.Errorf("the transaction was lost: %w", errors.Join(t.broken, err))
		}
	case t.broken != nil:
		if _, err := w.session.exec("BEGIN"); err == nil { // it is refused inside a transaction
			return fmt.Errorf("the transaction was lost: %w", t.broken)
		}
	}
	return nil
}

// finish answers the requests of a transaction that was committed, or with err
// lost. What is lost is rolled back by closing its connection, which leaves no
// doubt about the state of the next one.
func (w *writer) finish(err error) {
	if err != nil {
		w.session.drop()
		w.memory.forget()
	} else {
		var changes []change
		for _, r := range w.pending[:w.ran] {
			changes = append(changes, r.changes...)
		}
		w.recall.apply(changes, &w.memory)
		w.committed(changes)
	}
	for _, r := range w.pending[:w.ran] {
		if r.err == nil {
			r.err = err
		}
		r.answer <- r.err
	}
	rest := copy(w.pending, w.pending[w.ran:])
	clear(w.pending[rest:])
	w.pending, w.ran = w.pending[:rest], 0
}

// call runs f and turns a panic into an error.
func call(f func(gateway.Tx) error, t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v", p)
		}
	}()
	return f(t)
}
