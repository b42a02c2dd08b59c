// Package callback sends what Daraja sends to merchants: when it was planned, as
// often as it was planned, and never again (reference: STK callback, transport).
package callback

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of a Sender.
const (
	DefaultConcurrency = 256
	DefaultTimeout     = 10 * time.Second
	MaxWaiting         = 200_000 // callbacks planned and copies due, together
)

// Recorder keeps what became of each attempt.
type Recorder interface {
	AddCallback(journal.Callback) (seq uint64)
}

// Config makes a Sender. Clock, Record and Log must be set.
type Config struct {
	Clock       simulator.Clock // times what is planned
	Record      Recorder
	Log         *slog.Logger
	Concurrency int           // attempts at once; 0 is DefaultConcurrency. With 1 they go one by one, in the order in which they fall due.
	Timeout     time.Duration // of an attempt, in real time whatever the Clock; 0 is DefaultTimeout
}

// Sender delivers callbacks. It implements simulator.CallbackSink.
type Sender struct {
	clock  simulator.Clock
	record Recorder
	log    *slog.Logger
	client *http.Client
	limit  int
	wait   time.Duration // for an answer

	mu      sync.Mutex
	planned map[*delivery]func() bool // not yet due, each with its clock's stop
	queue   []attempt                 // due, not yet begun
	workers int                       // goroutines that work on the queue
	ended   sync.WaitGroup            // of the same goroutines
	era     *era
	stopped bool
}

var _ simulator.CallbackSink = (*Sender)(nil)

// delivery is a callback on its way; begun counts the copies that fell due.
type delivery struct {
	simulator.Callback
	begun int
}

// attempt is one copy of a delivery.
type attempt struct {
	simulator.Callback
	copy int
	at   time.Time // when it fell due
	era  *era
}

// New returns a sender that delivers until Stop.
func New(c Config) *Sender {
	if c.Concurrency < 1 {
		c.Concurrency = DefaultConcurrency
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	return &Sender{
		clock: c.Clock, record: c.Record, log: c.Log, client: newClient(), limit: c.Concurrency, wait: c.Timeout,
		planned: make(map[*delivery]func() bool), era: newEra(),
	}
}

// Deliver implements simulator.CallbackSink. It only plans.
func (s *Sender) Deliver(c simulator.Callback) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	switch {
	case c.Plan.Drop:
		s.note(attempt{Callback: c, copy: 1, at: s.clock.Now(), era: s.era}, journal.Callback{Dropped: true, Body: journal.Body(c.Body)})
		return
	case len(s.planned)+len(s.queue) >= MaxWaiting:
		s.note(attempt{Callback: c, copy: 1, at: s.clock.Now(), era: s.era}, journal.Callback{Error: "too many callbacks are waiting already"})
		return
	}
	d := &delivery{Callback: c}
	if c.Plan.Delay > 0 {
		s.plan(d, c.Plan)
		return
	}
	s.due(d)
}

// plan has the next copy of d fall due later. The caller holds mu.
func (s *Sender) plan(d *delivery, p simulator.CallbackPlan) {
	wait := p.Gap
	if d.begun == 0 {
		wait = p.Delay
	}
	s.planned[d] = s.clock.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, ok := s.planned[d]; !ok {
			return // cancelled while the clock was about to call
		}
		delete(s.planned, d)
		s.due(d)
	})
}

// due queues the next copy of d, and the ones after it as the plan says. The
// caller holds mu.
func (s *Sender) due(d *delivery) {
	for {
		d.begun++
		s.enqueue(attempt{Callback: d.Callback, copy: d.begun, at: s.clock.Now(), era: s.era})
		if d.begun >= d.Plan.Copies {
			return
		}
		if d.Plan.Gap > 0 {
			s.plan(d, d.Plan)
			return
		}
	}
}

// enqueue hands a to a goroutine, a new one while there may be more. The caller
// holds mu. The goroutines end when the queue is empty; Stop waits for them.
func (s *Sender) enqueue(a attempt) {
	s.queue = append(s.queue, a)
	a.era.due++
	if s.workers < s.limit {
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
		s.send(a)
		s.mu.Lock()
		a.era.done(1)
		s.mu.Unlock()
	}
}

// next takes an attempt from the queue; without one the goroutine ends.
func (s *Sender) next() (attempt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.queue = nil // lets go of the array
		s.workers--
		return attempt{}, false
	}
	a := s.queue[0]
	s.queue[0] = attempt{}
	s.queue = s.queue[1:]
	return a, true
}
