// Package callback sends callbacks as planned, with the faults of the plan. It never
// retries (reference: STK callback, transport).
package callback

import (
	"cmp"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of a Sender.
const (
	DefaultConcurrency = 256
	DefaultTimeout     = 10 * time.Second
	MaxWaiting         = 200_000 // callbacks planned and held, and copies due, together
)

// Recorder keeps the record of each attempt.
type Recorder interface {
	Add(journal.Record) (seq uint64)
}

// Config makes a Sender. Clock, Record and Log must be set.
type Config struct {
	Clock       simulator.Clock // times what is planned. While it says that it is frozen, attempts go one by one.
	Record      Recorder
	Log         *slog.Logger
	Answered    func(simulator.Callback, simulator.Answer) // gets the answer to each attempt that a product waits for; may be nil
	Concurrency int                                        // attempts at once; 0 is DefaultConcurrency. With 1 they go one by one, in the order in which they fall due.
	Open        bool                                       // the simulator listens on all addresses, as it does in a container: then a callback URL of loopback that nothing answers is explained
	Timeout     time.Duration                              // of an attempt, in real time whatever the Clock; 0 is DefaultTimeout
}

// Sender delivers callbacks. It implements simulator.CallbackSink.
type Sender struct {
	config   Config
	frozen   func() bool
	pool     *pool
	noAnswer error // the cause when Timeout is over

	mu         sync.Mutex
	changed    *sync.Cond // open or sleeping of a generation; of mu
	latest     latest
	planned    map[*delivery]struct{} // not yet due
	reorder    reorderBuffer
	holding    bool
	held       []*attempt   // due, until Release
	queue      [][]*attempt // due, not yet started; each list is sent in its order
	workers    int          // goroutines that work on the queue
	ended      sync.WaitGroup
	generation *generation
	stopped    bool
}

var _ simulator.CallbackSink = (*Sender)(nil)

// delivery is a callback and its state. Sender.mu guards it.
type delivery struct {
	simulator.Callback
	generation *generation

	status    Status
	dueAt     time.Time
	stop      func() bool // of the clock, while it is planned
	copies    int         // planned copies that fell due
	resent    int         // copies that were asked for by hand
	reordered string      // the fault that reordering made
	ended     int         // attempts that have ended
	code      int         // HTTP status of the latest one
	fault     string      // of the latest one
}

// attempt is one copy of a delivery.
type attempt struct {
	*delivery
	copy   int
	at     time.Time // when it fell due
	resent bool      // by hand, without the faults of the plan
	behind int       // attempts of its list that go after it
}

// New returns a sender that delivers until Stop.
func New(c Config) *Sender {
	c.Concurrency = cmp.Or(max(c.Concurrency, 0), DefaultConcurrency)
	c.Timeout = cmp.Or(max(c.Timeout, 0), DefaultTimeout)
	s := &Sender{
		config: c, frozen: func() bool { return false }, pool: newPool(), noAnswer: fmt.Errorf("no answer within %s", c.Timeout),
		latest: newLatest(), planned: make(map[*delivery]struct{}), generation: newGeneration(),
	}
	s.changed = sync.NewCond(&s.mu)
	if clock, ok := c.Clock.(interface{ Frozen() bool }); ok {
		s.frozen = clock.Frozen
	}
	return s
}

// Deliver implements simulator.CallbackSink. It only plans.
func (s *Sender) Deliver(c simulator.Callback) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	c.Plan.Copies = max(1, c.Plan.Copies)
	now := s.config.Clock.Now()
	d := &delivery{Callback: c, generation: s.generation, status: Planned, dueAt: now.Add(c.Plan.Delay)}
	s.latest.add(d)
	switch {
	case c.Plan.Drop:
		d.status = Dropped
		s.write(&attempt{delivery: d, copy: 1, at: now}, journal.Record{Dropped: true})
	case s.waiting() >= MaxWaiting:
		d.status, d.fault = Failed, "too many callbacks are waiting already"
		s.write(&attempt{delivery: d, copy: 1, at: now}, journal.Record{Error: d.fault})
	case c.Plan.Delay > 0:
		s.plan(d, c.Plan.Delay)
	default:
		s.ready(d)
	}
}

// waiting counts what has not started, and attempts that wait for the clock. The caller
// holds mu.
func (s *Sender) waiting() int {
	return len(s.planned) + len(s.reorder.all) + len(s.held) + s.generation.open
}

// plan makes the next copy of d fall due later. The caller holds mu.
func (s *Sender) plan(d *delivery, wait time.Duration) {
	d.status, d.dueAt = Planned, s.config.Clock.Now().Add(wait)
	s.planned[d] = struct{}{}
	d.stop = s.config.Clock.AfterFunc(wait, d.ID, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, ok := s.planned[d]; !ok {
			return // cancelled while the clock was about to call
		}
		delete(s.planned, d)
		if d.copies == 0 {
			s.ready(d)
			return
		}
		s.dispatch(s.due(d))
	})
}

// due makes the attempts of d that fall due now, and plans the one after them. The
// caller holds mu.
func (s *Sender) due(d *delivery) []*attempt {
	now := s.config.Clock.Now()
	d.status, d.dueAt = Sending, now
	var all []*attempt
	for {
		d.copies++
		all = append(all, &attempt{delivery: d, copy: d.copies, at: now})
		if d.copies >= d.Plan.Copies {
			return all
		}
		if d.Plan.Gap > 0 {
			s.plan(d, d.Plan.Gap)
			return all
		}
	}
}

// dispatch queues attempts to be sent at the same time, or keeps them until Release. The
// caller holds mu.
func (s *Sender) dispatch(all []*attempt) {
	for _, a := range all {
		if s.holding {
			a.status = Held
			s.held = append(s.held, a)
			continue
		}
		s.enqueue(a)
	}
}

// enqueue queues attempts that are sent one after another. The caller holds mu.
func (s *Sender) enqueue(all ...*attempt) {
	for i, a := range all {
		a.behind = len(all) - 1 - i
		a.generation.open++
		if a.status == Held {
			a.status = Sending
		}
	}
	s.queue = append(s.queue, all)
	s.startWorker()
}

// startWorker starts a goroutine if there is work for one more. It ends when the queue is
// empty; Stop waits for it. The caller holds mu.
func (s *Sender) startWorker() {
	limit := s.config.Concurrency
	if s.frozen() {
		limit = 1
	}
	if len(s.queue) > 0 && s.workers < limit {
		s.workers++
		s.ended.Go(s.work)
	}
}

// work sends what is in the queue.
func (s *Sender) work() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) > 0 {
		all := s.queue[0]
		s.queue[0] = nil
		s.queue = s.queue[1:]
		s.mu.Unlock()
		for _, a := range all {
			s.send(a)
		}
		s.mu.Lock()
	}
	s.queue = nil // frees the array
	s.workers--
}
