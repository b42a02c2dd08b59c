package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/cucumber/godog"
)

// Stack is a running simulator, gateway and partner's inbox. What it can do beside that is
// in the interfaces below.
type Stack interface {
	// Name is how the stack is called in reports: "embedded", "containers".
	Name() string

	// Addresses says where its services are.
	Addresses() Addresses

	// Mark begins a new part of the services' logs, and Logs returns what they
	// have written since.
	Mark()
	Logs() string

	// Close ends the services and removes all that was made for them.
	Close(ctx context.Context) error
}

// Holder is a Stack that can keep M-PESA from answering the gateway.
type Holder interface {
	// Hold makes M-PESA silent until release is called.
	Hold(ctx context.Context) (release func(context.Context) error, err error)
}

// Limited is a Stack whose gateway bounds the prompts of one phone.
type Limited interface {
	// PromptsAMinute is how many a phone may have in a minute.
	PromptsAMinute() int
}

// Merchants is a Stack that can start gateways for other shortcodes of the simulator.
type Merchants interface {
	// GatewayFor returns the addresses with a gateway that collects for a till of a store,
	// or for a paybill when till is "". The first call starts it; it ends with the stack.
	GatewayFor(ctx context.Context, shortcode, till string) (Addresses, error)
}

// Administered is a Stack whose gateway is administered by the tests, and sends webhooks
// of reviews to its other partner.
type Administered interface {
	// Administration is where the administration API is, and its token.
	Administration() (baseURL, token string)
}

// can returns the stack as one that can do what a step needs, or leaves the scenario out.
func can[T any](w *world) T {
	stack, ok := w.stack.(T)
	if !ok {
		w.leftOut = true
		check(godog.ErrSkip)
	}
	return stack
}

// Addresses are base URLs, without a slash at the end, and the keys of two
// partners that the gateway knows.
type Addresses struct {
	Simulator string // Daraja's API
	Control   string // the simulator's control API
	Gateway   string // the partner API
	Inbox     string // the partner's webhooks, from the tests

	InboxForGateway  string // the inbox as the gateway reaches it
	GatewayForDaraja string // the gateway as M-PESA reaches it: the base of callback URLs

	PartnerKey      string // API key of a partner
	OtherPartnerKey string // API key of another partner
}

// Secrets of a stack made here.
const (
	partnerKey      = "dbx_test_local"
	otherPartnerKey = "dbx_test_other"
	adminToken      = "dbx_admin_of_a_stack"
)

// merchant is what a gateway collects for.
type merchant struct {
	shortcode string // the paybill, or the till's store number
	till      string // "" for a paybill
}

// services is what the stacks that are made here have in common.
type services struct {
	logbook
	name      string
	addresses Addresses
	others    map[merchant]Addresses
	admin     string                        // base URL of the gateway's administration
	closers   []func(context.Context) error // in the order of start

	// startGateway starts a gateway and returns its base URLs for tests and for M-PESA.
	startGateway func(context.Context, merchant) (url, forDaraja string, err error)
}

// Name implements Stack.
func (s *services) Name() string { return s.name }

// Addresses implements Stack.
func (s *services) Addresses() Addresses { return s.addresses }

// Administration implements Administered.
func (s *services) Administration() (baseURL, token string) { return s.admin, adminToken }

// GatewayFor implements Merchants.
func (s *services) GatewayFor(ctx context.Context, shortcode, till string) (Addresses, error) {
	m := merchant{shortcode, till}
	if at, ok := s.others[m]; ok {
		return at, nil
	}
	at := s.addresses
	var err error
	if at.Gateway, at.GatewayForDaraja, err = s.startGateway(ctx, m); err != nil {
		return Addresses{}, fmt.Errorf("starting a gateway for %+v: %w", m, err)
	}
	if s.others == nil {
		s.others = make(map[merchant]Addresses)
	}
	s.others[m] = at
	return at, nil
}

// onClose has f called before what was started earlier is closed.
func (s *services) onClose(f func(context.Context) error) { s.closers = append(s.closers, f) }

// Close implements Stack: what was started last ends first.
func (s *services) Close(ctx context.Context) error {
	var errs []error
	for _, closer := range slices.Backward(s.closers) {
		errs = append(errs, closer(ctx))
	}
	s.closers = nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("ending the stack %s: %w", s.name, err)
	}
	return nil
}

// maxLog bounds what is kept of the services' logs for one scenario, in bytes.
const maxLog = 256 << 10

// logbook keeps what services write, for the report of a scenario that fails. It
// is an io.Writer and safe for concurrent use.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer. What is over the limit is dropped.
func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := maxLog - l.text.Len(); room > 0 {
		l.text.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}

// Mark forgets what was written so far.
func (l *logbook) Mark() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// Logs returns what was written since Mark.
func (l *logbook) Logs() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
