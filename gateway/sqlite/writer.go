package sqlite

import (
	"context"
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
// nothing, and commits it together. One that fails leaves its neighbours alone: when it
// has written something, the transaction is rolled back and what those before it did is
// done again. Savepoints would do that too, and cost every update what now only those
// cost that fail, which hardly any does after it has begun to write.
type writer struct {
	session   *session
	batch     int // most updates in a commit
	files     *files
	requests  chan *request
	ids       gateway.IDs
	recall    *recall        // told of each commit, before committed
	committed func([]change) // called after each commit, before it is answered
	stopped   chan struct{}

	// Of the goroutine alone.
	memory  memory
	pending []*request // taken from requests, not answered
	ran     int        // how many of pending are in the open transaction
	done    []deed     // what they wrote

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

func startWriter(name string, batch int, files *files, ids gateway.IDs, recall *recall, committed func([]change)) *writer {
	w := &writer{
		session: &session{name: name}, batch: batch, files: files, requests: make(chan *request, batch),
		ids: ids, recall: recall, committed: committed, stopped: make(chan struct{}),
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

// begin takes the right to write at once.
const begin = "BEGIN IMMEDIATE"

// transaction runs pending requests in one commit and answers them. When SQLite
// gives the transaction up in the middle, those that were not run yet stay pending.
func (w *writer) transaction() {
	w.files.turn.Lock()
	defer w.files.turn.Unlock()
	err := w.begin()
	if err != nil {
		w.ran = len(w.pending)
	}
	for err == nil && w.ran < len(w.pending) {
		r := w.pending[w.ran]
		w.ran++
		if r.taken.CompareAndSwap(false, true) {
			err = w.run(r)
		}
	}
	if err == nil {
		err = w.commit()
	}
	if corrupt := w.files.saw(err); corrupt != nil {
		err = corrupt
	}
	w.finish(err)
}

func (w *writer) begin() error {
	if err := w.files.usable(); err != nil {
		return err
	}
	if _, err := w.session.exec(begin); err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	return w.files.alone(w.session)
}

// commit returns nil when what was done is in the database that the next start will
// open: the files are looked at after the commit, and before it is acknowledged. They are
// looked at before it too, since writing makes a file that was cut off long again.
func (w *writer) commit() error {
	if err := w.files.check(); err != nil {
		return err
	}
	if _, err := w.session.exec("COMMIT"); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return w.files.check()
}

// run runs one request. It returns an error only when the whole transaction is lost.
func (w *writer) run(r *request) error {
	t := &tx{ctx: context.Background(), session: w.session, writes: true, ids: w.ids, memory: &w.memory}
	defer t.end()
	r.err = errGone
	r.err = call(r.f, t)
	if err := w.files.saw(t.broken); err != nil {
		r.err = err
		return err
	}
	if r.err == nil {
		r.err = t.broken // f went on after an error that it must not survive
	}
	if r.err != nil {
		return w.undo(t)
	}
	r.changes = t.changes
	w.done = append(w.done, t.done...)
	return nil
}

// undo takes back what an update wrote, if it got as far.
func (w *writer) undo(t *tx) error {
	if !t.wrote && t.broken == nil {
		return nil
	}
	w.memory.forget()
	if err := w.redo(); err != nil {
		return fmt.Errorf("the transaction was lost: %w", errors.Join(t.broken, err))
	}
	return nil
}

// redo rolls the transaction back and does again what is to stay of it. Nobody else
// writes, so each statement finds what it found before. SQLite rolls everything back by
// itself when the disk is full or broken; it is left at that then.
func (w *writer) redo() error {
	for _, q := range []string{"ROLLBACK", begin} {
		if _, err := w.session.exec(q); err != nil {
			return err
		}
	}
	for _, d := range w.done {
		res, err := w.session.exec(d.query, d.args...)
		if err != nil {
			return fmt.Errorf("writing again: %w", err)
		}
		if id, err := res.LastInsertId(); err != nil || d.id != 0 && id != d.id {
			return errors.Join(fmt.Errorf("written again, row %d became %d", d.id, id), err)
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
		w.files.seen.Store(0) // it is counted by connection
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
	clear(w.done)
	w.done = w.done[:0]
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
