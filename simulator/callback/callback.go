// Package callback sends callbacks as planned, with the faults of the plan. It never
// retries (reference: transport).
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
	MaxWaiting         = 200_000 // callbacks planned and held, and copies due or being sent, together
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
	Answered    func(simulator.Callback, simulator.MerchantAnswer) // gets the answer to each attempt that a product waits for; may be nil
	Concurrency int                                                // attempts at once; 0 is DefaultConcurrency. With 1 they go one by one, in the order in which they fall due.
	Open        bool                                               // the simulator listens on all addresses, as it does in a container: then a callback URL of loopback that nothing answers is explained
	Routes      []Route                                            // the first that fits a callback URL counts
	Timeout     time.Duration                                      // of an attempt, in real time whatever the Clock; 0 is DefaultTimeout
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
