package sqlite

import (
	"context"
	"fmt"

	"github.com/darajabox/darajabox/gateway"
)

// pool is the sessions that read.
type pool struct {
	size int
	idle chan *session
}

func newPool(name string, size int) *pool {
	p := &pool{size: size, idle: make(chan *session, size)}
	for range size {
		p.idle <- &session{name: name}
	}
	return p
}

// close waits for the views that run. Nobody may take a session after it.
func (p *pool) close() {
	for range p.size {
		(<-p.idle).drop()
	}
}

// View implements gateway.Store. It waits for its turn no longer than ctx, and
// look-ups fail once ctx has ended. The snapshot is that of the first look-up. A
// panic in f is returned as an error.
func (s *Store) View(ctx context.Context, f func(gateway.Tx) error) error {
	select {
	case <-s.closing:
		return gateway.ErrClosed
	default:
	}
	select {
	case <-s.closing:
		return gateway.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case session := <-s.readers.idle:
		defer func() { s.readers.idle <- session }()
		err := view(ctx, session, f)
		if corrupt := s.files.saw(err); corrupt != nil {
			return corrupt
		}
		return err
	}
}

func view(ctx context.Context, session *session, f func(gateway.Tx) error) error {
	t := &tx{ctx: ctx, session: session, memory: &memory{}}
	defer func() {
		if t.broken != nil {
			session.drop()
		} else if _, e := session.exec("ROLLBACK"); e != nil { // there is nothing to commit
			session.drop()
		}
		t.end()
	}()
	if _, err := session.exec("BEGIN"); err != nil {
		t.broken = fmt.Errorf("beginning a snapshot: %w", err)
		return t.broken
	}
	return call(f, t)
}
