package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/darajabox/darajabox/gateway"
)

// Updates that come at the same time share a transaction, a group: their look-ups
// are one statement for each kind, and so is what they write. A statement costs the
// server nearly as much for one row as for twenty, so this is where the speed is.
//
// Each f runs in the goroutine of its caller. A look-up waits until all others of
// the group wait too or have ended; then one round trip serves them all. Nothing is
// written before the last has ended, so that one that fails has nothing to undo.
//
// A group never waits for a row that somebody else has locked. An update that needs a
// row of another member waits for the next group. One that needs any other such row,
// or asks for something that is not served in groups, goes on alone, in a transaction
// of its own; one that has something in the group already begins again there, and so
// does one whose key or receipt another replica was faster to take.

const (
	// mostMembers bounds a group.
	mostMembers = 256

	// groupWaits bounds how long a group waits for what it can't skip: an insert of the
	// same key by another replica, the end of the chain.
	groupWaits = "2s"
)

// errAlone ends an update's part in a group; it runs again alone.
var errAlone = errors.New("the update has to run alone")

// groups gathers updates, or views.
type groups struct {
	store *Store
	pool  *pgxpool.Pool
	begin string
	wake  chan struct{}
	stop  chan struct{}
	ended sync.WaitGroup

	mu      sync.Mutex
	waiting []*ticket
}

// ticket is an update that waits to be taken into a group.
type ticket struct {
	tx    *tx
	taken chan error // nil: tx has become a member
}

func startGroups(s *Store, pool *pgxpool.Pool, begin string) *groups {
	g := &groups{store: s, pool: pool, begin: begin, wake: make(chan struct{}, 1), stop: make(chan struct{})}
	g.ended.Go(g.lane)
	return g
}

// close ends the lanes. Nobody may wait by then.
func (g *groups) close() {
	close(g.stop)
	g.ended.Wait()
}

// join waits until t is a member of a group, no longer than ctx and acquireWithin.
func (g *groups) join(ctx context.Context, t *tx) error {
	k := &ticket{tx: t, taken: make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, k)
	g.mu.Unlock()
	g.ring()
	within, cancel := context.WithTimeout(ctx, acquireWithin)
	defer cancel()
	select {
	case err := <-k.taken:
		return err
	case <-within.Done():
	}
	switch {
	case !g.withdraw(k):
		return <-k.taken
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return errNoConnection
	}
}

func (g *groups) ring() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

func (g *groups) withdraw(k *ticket) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, k)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// take takes whoever waits.
func (g *groups) take() []*ticket {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), mostMembers)
	taken := append([]*ticket(nil), g.waiting[:n]...)
	g.waiting = append(g.waiting[:0], g.waiting[n:]...)
	if len(g.waiting) > 0 {
		g.ring()
	}
	return taken
}

// lane runs one group after the other.
func (g *groups) lane() {
	for {
		select {
		case <-g.wake:
		case <-g.stop:
			return
		}
		if taken := g.take(); len(taken) > 0 {
			g.run(taken)
		}
	}
}

func (g *groups) run(taken []*ticket) {
	session, err := startSession(context.Background(), g.pool, g.begin)
	if err != nil {
		for _, k := range taken {
			k.taken <- err
		}
		return
	}
	defer session.close()
	in := newGroup(g.store, session, len(taken), g.begin == beginUpdate)
	for _, k := range taken {
		k.tx.member = &member{tx: k.tx, group: in, served: make(chan bool, 1), outcome: make(chan error, 1)}
	}
	for _, k := range taken {
		k.taken <- nil
	}
	in.run()
}

// group is one transaction that updates share. Its own goroutine alone uses the
// session.
type group struct {
	store   *Store
	session *session
	writes  bool
	idle    chan struct{} // rung when none is active

	mu     sync.Mutex
	active int // members whose f runs
	asks   []*ask
	done   []*member // members whose f has ended well

	held     [kinds]map[int64]bool // rows that members have
	phones   map[string]*member    // who has which phone's lock
	receipts map[string]bool       // that members claim
	prompts  map[string]*member    // who has which prompt's lock
	head     gateway.Callback      // the end of the chain, once it is locked
	broken   bool                  // all have to run alone
}

func newGroup(s *Store, session *session, members int, writes bool) *group {
	return &group{store: s, session: session, writes: writes, idle: make(chan struct{}, 1), active: members,
		held: [kinds]map[int64]bool{{}, {}}, phones: make(map[string]*member), receipts: make(map[string]bool),
		prompts: make(map[string]*member)}
}

// run serves look-ups until every f has ended, and commits.
func (g *group) run() {
	for {
		<-g.idle
		g.mu.Lock()
		asks := g.asks
		g.asks = nil
		g.mu.Unlock()
		if len(asks) == 0 {
			break
		}
		g.serve(asks)
	}
	g.finish()
}

// pause counts out a member that waits for a look-up.
func (g *group) pause(a *ask) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asks = append(g.asks, a)
	g.out()
}

// end counts out a member whose f has ended well.
func (g *group) end(m *member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done = append(g.done, m)
	g.out()
}

// leave counts out a member that has nothing to write here.
func (g *group) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.out()
}

// out is told that one member less is active. The caller holds mu.
func (g *group) out() {
	if g.active--; g.active == 0 {
		g.idle <- struct{}{}
	}
}

// member is an update in a group.
type member struct {
	tx      *tx
	group   *group
	served  chan bool  // whether the look-up that it waits for was served
	outcome chan error // of the group; errAlone when it has to run alone

	tied bool                // it has something that it can't take along
	keys map[partnerKey]bool // nobody had them when it looked
	writes
}

type partnerKey struct{ partner, key string }

// writes is what a member writes in the end.
type writes struct {
	payments   []inserted[gateway.Payment]
	receipts   []claim
	pushes     []gateway.Push
	saved      map[string]gateway.Push
	deliveries []inserted[gateway.Delivery]
	attempts   []gateway.Attempt
	endpoints  []gateway.Endpoint
}

// inserted is a new row.
type inserted[T any] struct {
	row  T
	when when
}

type claim struct {
	receipt string
	payment int64
	at      time.Time
}

// Update implements gateway.Store. When ctx ends before f has begun, f never runs
// and the error is ctx's. Once it has begun the caller waits for the commit, because
// "don't know" is no answer about money; only when the connection is lost in the
// middle of it the error says just that. A panic in f is returned as an error. f may
// run a second time when what it did the first time has come to nothing.
func (s *Store) Update(ctx context.Context, f func(gateway.Tx) error) error {
	done, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	err = s.updates.together(ctx, s.newUpdate(ctx), f)
	if errors.Is(err, errAlone) {
		return s.updateAlone(ctx, f)
	}
	return err
}

// together runs f in a group. It returns errAlone when nothing has come of it.
func (g *groups) together(ctx context.Context, t *tx, f func(gateway.Tx) error) error {
	if err := g.join(ctx, t); err != nil {
		return err
	}
	ended := false
	defer t.end()
	defer t.close()
	defer func() {
		if !ended && t.member != nil { // f has ended its goroutine
			t.member.group.leave()
		}
	}()
	err := call(f, t)
	ended = true
	m := t.member
	switch {
	case m == nil: // it has gone alone on its way
		return t.finish(err)
	case errors.Is(t.broken, errAlone):
		m.group.leave()
		return errAlone
	case err != nil || !t.writes:
		m.group.leave()
		return err
	}
	m.group.end(m)
	return <-m.outcome
}

// alone makes t a transaction of its own, if nothing ties it to its group yet.
func (t *tx) alone(what string) error {
	m := t.member
	if m == nil {
		return nil
	}
	if m.tied {
		t.broken = errAlone
		return errAlone
	}
	t.member = nil
	m.group.leave()
	begin := beginView
	if t.writes {
		begin = beginUpdate
	}
	session, err := startSession(t.ctx, t.store.db, begin)
	if err != nil {
		t.broken = err
		return fmt.Errorf("%s: %w", what, err)
	}
	t.session = session
	return nil
}
