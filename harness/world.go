package harness

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// suite is one run of features against a stack.
type suite struct {
	stack   Stack
	at      Addresses
	client  *client
	control *controlclient.Client
	partner partner
	timeout time.Duration
	output  io.Writer

	name      string // tells this run from others at the same stack
	phones    uint32 // the next ordinary phone number
	worlds    int
	orders    []*order // of all scenarios
	firstHook int      // webhooks up to this one were there before the run
	result    Result
}

func newSuite(ctx context.Context, stack Stack, o Options) (*suite, error) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	c, at := newClient(), stack.Addresses()
	s := &suite{
		stack: stack, at: at, client: c, timeout: o.Timeout, output: o.Output,
		control: controlclient.New(at.Control, c.http),
		partner: partner{client: c, gateway: at.Gateway, inbox: at.Inbox},
		name:    hex.EncodeToString(random[:4]),
		phones:  binary.BigEndian.Uint32(random[4:]) % 90_000_000,
	}
	err := try(func() {
		if before := s.partner.received(ctx, ""); len(before) > 0 {
			s.firstHook = before[len(before)-1].Seq
		}
	})
	return s, err
}

// newPhone is a number that no scenario of this run has had, and no magic one.
func (s *suite) newPhone() string {
	s.phones = (s.phones + 1) % 100_000_000
	return fmt.Sprintf("2541%08d", s.phones)
}

// world is what one scenario knows.
type world struct {
	*suite
	name string // also of its webhook address, its references and keys

	at      Addresses // the suite's, or those with the gateway of another merchant
	partner partner   // at that gateway

	since  uint64 // records of the simulator's journal up to this one were there before
	passed uint64 // and up to this one before the scenario let time pass

	phone  string // the customer's
	file   scenarioFile
	loaded bool // a scenario file is, this one or another

	orders []*order
	last   *order  // the one that the steps speak of
	said   verdict // the gateway's latest answer

	duplicates chan verdict // answers to copies of an order
	waiting    int          // how many of those have not been looked at
	release    func(context.Context) error
	down       bool // the partner's system, for good
	hasty      bool // the partner does not order again after a Retry-After
	unanswered int  // orders that had no answer from M-PESA, of the latest series
	leftOut    bool // this scenario, since the stack cannot do what it asks for

	daraja    answer // M-PESA's latest answer to a developer
	fileErr   error  // the simulator's latest answer to a scenario file
	actionErr error  // and to an action of a product
	pushed    string // prompt that a developer made
	sent      []byte // the callback that a step found last
	callback  answer // the gateway's latest answer to a callback
}

// order is something that a partner asked for, once or several times.
type order struct {
	gateway   string // its address
	apiKey    string
	key       string // idempotency key, "" for none
	phone     string // as the partner wrote it
	amount    int64
	reference string
	path      string // of its webhook
	id        int64  // the gateway's; 0 until there is a payment on record
	refused   bool   // by M-PESA, as the answer to the order said
	down      bool   // the partner's system is, for good, so that webhooks need not arrive
}

func (s *suite) newWorld() *world {
	s.worlds++
	w := &world{suite: s, name: fmt.Sprintf("%s-%d", s.name, s.worlds), at: s.at, partner: s.partner}
	w.file.Name = w.name
	return w
}

// begin prepares the stack for the scenario.
func (w *world) begin(ctx context.Context) {
	w.stack.Mark()
	w.since = w.latest(ctx)
}

// end cleans up after the scenario and, when its steps passed, compares the records.
func (w *world) end(ctx context.Context, compare bool) error {
	var errs []error
	if w.release != nil {
		errs = append(errs, w.release(ctx))
	}
	errs = append(errs, try(func() { w.collect(ctx) }))
	if compare && len(w.orders) > 0 {
		errs = append(errs, try(func() { w.inspect(ctx) }))
	}
	if w.loaded {
		errs = append(errs, w.control.UnloadScenario(ctx))
	}
	return errors.Join(errs...)
}

// collect waits for the orders that are still on their way.
func (w *world) collect(ctx context.Context) {
	for w.waiting > 0 {
		w.next(ctx)
	}
}

// path is where the scenario's webhooks go.
func (w *world) path() string { return "/webhook/" + w.name }

// key is the scenario's own idempotency key behind a name in its text.
func (w *world) key(name string) string { return name + "-" + w.name }

// eventually waits for something that must happen: until look does not fail.
func (w *world) eventually(ctx context.Context, look func(context.Context)) {
	tried := func(ctx context.Context) error { return try(func() { look(ctx) }) }
	if t, ok := w.stack.(Stepper); ok {
		check(eventuallyIn(ctx, t, tried))
	} else {
		check(eventually(ctx, w.timeout, tried))
	}
}

// current is the order that a step speaks of.
func (w *world) current() *order {
	failIf(w.last == nil || w.last.id == 0, "there is no payment on record; the gateway's answer was %s", w.said)
	return w.last
}
