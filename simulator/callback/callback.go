// Package callback sends what Daraja sends to merchants: when it was planned, as
// often as it was planned, and never again (reference: STK callback, transport).
package callback

import (
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

// Recorder keeps what became of each attempt.
type Recorder interface {
	Add(journal.Record) (seq uint64)
}

// Config makes a Sender. Clock, Record and Log must be set.
type Config struct {
	Clock       simulator.Clock // times what is planned. While it says that it is frozen, attempts go one by one.
	Record      Recorder
	Log         *slog.Logger
	Concurrency int           // attempts at once; 0 is DefaultConcurrency. With 1 they go one by one, in the order in which they fall due.
	Open        bool          // the simulator listens on all addresses, as it does in a container: then a callback URL of loopback that nothing answers is explained
	Timeout     time.Duration // of an attempt, in real time whatever the Clock; 0 is DefaultTimeout
}

// Sender delivers callbacks. It implements simulator.CallbackSink.
type Sender struct {
	clock  simulator.Clock
	frozen func() bool
	record Recorder
	log    *slog.Logger
	pool   *pool
	limit  int
	wait   time.Duration // for an answer
	open   bool          // Config.Open

	mu       sync.Mutex
	kept     kept                   // the latest, whatever became of them
	planned  map[*delivery]struct{} // not yet due
	shuffled shuffled               // ready, held back for later ones
	holding  bool
	held     []*attempt // due, until Release
	queue    []*attempt // due, not yet begun; each with those that go after it
	workers  int        // goroutines that work on the queue
	ended    sync.WaitGroup
	era      *era
	stopped  bool
}

var _ simulator.CallbackSink = (*Sender)(nil)

// delivery is a callback and what became of it. Sender.mu guards it.
type delivery struct {
	simulator.Callback
	era *era

	status  Status
	dueAt   time.Time
	stop    func() bool // of the clock, while it is planned
	begun   int         // planned copies that fell due
	resent  int         // copies that were asked for by hand
	shuffle string      // what reordering did to it
	ended   int         // attempts that have ended; what the latest came to:
	code    int
	fault   string
}

// attempt is one copy of a delivery.
type attempt struct {
	*delivery
	copy   int
	at     time.Time // when it fell due
	resent bool      // by hand, without the faults of the plan
	then   *attempt  // goes after this one has ended
}

// New returns a sender that delivers until Stop.
func New(c Config) *Sender {
	if c.Concurrency < 1 {
		c.Concurrency = DefaultConcurrency
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	s := &Sender{
		clock: c.Clock, frozen: func() bool { return false }, record: c.Record, log: c.Log,
		pool: newPool(), limit: c.Concurrency, wait: c.Timeout, open: c.Open,
		kept: newKept(), planned: make(map[*delivery]struct{}), era: newEra(),
	}
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
	d := &delivery{Callback: c, era: s.era, status: Planned, dueAt: s.clock.Now().Add(c.Plan.Delay)}
	s.kept.add(d)
	switch {
	case c.Plan.Drop:
		d.status = Dropped
		s.note(&attempt{delivery: d, copy: 1, at: s.clock.Now()}, journal.Record{Dropped: true, Request: journal.Raw(c.Body)})
	case s.waiting() >= MaxWaiting:
		d.status, d.fault = Failed, "too many callbacks are waiting already"
		s.note(&attempt{delivery: d, copy: 1, at: s.clock.Now()}, journal.Record{Error: d.fault, Request: journal.Raw(c.Body)})
	case c.Plan.Delay > 0:
		s.plan(d, c.Plan.Delay)
	default:
		s.ready(d)
	}
}

// waiting counts what has not begun, and attempts that wait for the clock. The caller
// holds mu.
func (s *Sender) waiting() int {
	return len(s.planned) + len(s.shuffled.all) + len(s.held) + s.era.open
}

// plan has the next copy of d fall due later. The caller holds mu.
func (s *Sender) plan(d *delivery, wait time.Duration) {
	d.status, d.dueAt = Planned, s.clock.Now().Add(wait)
	s.planned[d] = struct{}{}
	d.stop = s.clock.AfterFunc(wait, d.ID, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, ok := s.planned[d]; !ok {
			return // cancelled while the clock was about to call
		}
		delete(s.planned, d)
		if d.begun == 0 {
			s.ready(d)
			return
		}
		s.enqueue(s.due(d))
	})
}

// due makes the attempts of d that fall due now, and plans the one after them. The
// caller holds mu.
func (s *Sender) due(d *delivery) []*attempt {
	now := s.clock.Now()
	d.status, d.dueAt = Sending, now
	var all []*attempt
	for {
		d.begun++
		all = append(all, &attempt{delivery: d, copy: d.begun, at: now})
		if d.begun >= d.Plan.Copies {
			return all
		}
		if d.Plan.Gap > 0 {
			s.plan(d, d.Plan.Gap)
			return all
		}
	}
}

// enqueue has attempts sent at the same time, or keeps them until Release. The caller
// holds mu.
func (s *Sender) enqueue(all []*attempt) {
	for _, a := range all {
		if s.holding {
			a.status = Held
			s.held = append(s.held, a)
			continue
		}
		s.begin(a)
	}
}

// begin hands a, and what goes after it, to a goroutine, a new one while there may be
// more. The caller holds mu. The goroutines end when the queue is empty; Stop waits
// for them.
func (s *Sender) begin(a *attempt) {
	for one := a; one != nil; one = one.then {
		one.era.open++
		if one.status == Held {
			one.status = Sending
		}
	}
	s.queue = append(s.queue, a)
	s.employ()
}

// employ starts a goroutine if there is work for one more. The caller holds mu.
func (s *Sender) employ() {
	limit := s.limit
	if s.frozen() {
		limit = 1
	}
	if len(s.queue) > 0 && s.workers < limit {
		s.workers++
		s.ended.Go(s.work)
	}
}

func (s *Sender) work() {
	for {
		a, ok := s.next()
		if !ok {
			return
		}
		for ; a != nil; a = a.then {
			s.send(a)
		}
	}
}

// next takes an attempt from the queue; without one the goroutine ends.
func (s *Sender) next() (*attempt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.queue = nil // lets go of the array
		s.workers--
		return nil, false
	}
	a := s.queue[0]
	s.queue[0] = nil
	s.queue = s.queue[1:]
	return a, true
}

// link makes each attempt go after the one before it.
func link(all []*attempt) *attempt {
	for i := range len(all) - 1 {
		all[i].then = all[i+1]
	}
	return all[0]
}
