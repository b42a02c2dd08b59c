package darajatest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator/app"
)

// Simulator is a world of a running simulator: a fake Daraja with its own customers,
// clock and journal.
type Simulator struct {
	URL            string // base URL of Daraja's API, in the place of https://sandbox.safaricom.co.ke
	ControlURL     string // base URL of the world's part of the control API
	ConsumerKey    string
	ConsumerSecret string
	Shortcode      string // a paybill
	Passkey        string

	Clock *Clock

	tb      testing.TB // nil for one of Run
	control *control

	mu      sync.Mutex
	closers []func() error // in the order in which things were opened
}

// stopWithin is how long a simulator may take to stop.
const stopWithin = 5 * time.Second

// Start runs a simulator until the test and its cleanups have ended. When it cannot,
// the test fails at once.
func Start(tb testing.TB, opts ...Option) *Simulator {
	tb.Helper()
	s, err := Run(opts...)
	if err != nil {
		tb.Fatalf("darajatest: %v", err)
	}
	s.belongTo(tb)
	return s
}

// Run runs a simulator that belongs to no test, for TestMain and for examples. What
// cannot be done panics. The caller closes it.
func Run(opts ...Option) (*Simulator, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	server, err := app.New(o.config())
	if err != nil {
		return nil, err
	}
	if err := server.Start(context.Background()); err != nil {
		return nil, err
	}
	c := newControl(server.ControlURL())
	c.base += "/worlds/default"
	var info worldInfo
	if err := c.do(http.MethodGet, "", nil, &info); err != nil {
		c.close()
		return nil, errors.Join(fmt.Errorf("looking at the world: %w", err), stop(server))
	}
	s := newSimulator(c, info, server.URL())
	s.onClose(func() error { return stop(server) })
	s.onClose(func() error { c.close(); return nil })
	return s, nil
}

func stop(server *app.App) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	return server.Stop(ctx)
}

// World makes another world on the same server, with another consumer key, until tb
// has ended. The worlds see nothing of each other. Its URL has a path.
func (s *Simulator) World(tb testing.TB, opts ...Option) *Simulator {
	tb.Helper()
	o, err := newOptions(opts)
	if err != nil {
		tb.Fatalf("darajatest: %v", err)
	}
	c := newControl(s.control.root)
	var info worldInfo
	if err := c.do(http.MethodPost, "/worlds", o.request(), &info); err != nil {
		tb.Fatalf("darajatest: making a world: %v", err)
	}
	c.base += "/worlds/" + info.ID
	w := newSimulator(c, info, info.URL)
	w.onClose(func() error { c.close(); return nil })
	w.onClose(func() error { return c.do(http.MethodDelete, "", nil, nil) })
	w.belongTo(tb)
	return w
}

// worldInfo is a world as the control API describes it.
type worldInfo struct {
	ID             string `json:"id"`
	ConsumerKey    string `json:"consumer_key"`
	ConsumerSecret string `json:"consumer_secret"`
	URL            string `json:"url"`
	Shortcode      string `json:"shortcode"`
	Passkey        string `json:"passkey"`
}

// newSimulator is the world that c speaks to.
func newSimulator(c *control, info worldInfo, darajaURL string) *Simulator {
	s := &Simulator{
		URL: strings.TrimRight(darajaURL, "/"), ControlURL: c.base,
		ConsumerKey: info.ConsumerKey, ConsumerSecret: info.ConsumerSecret, Shortcode: info.Shortcode, Passkey: info.Passkey,
		control: c,
	}
	s.Clock = &Clock{sim: s}
	return s
}

// belongTo makes the simulator end with the test.
func (s *Simulator) belongTo(tb testing.TB) {
	tb.Helper()
	s.tb = tb
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Log(s.story())
		}
		if err := s.Close(); err != nil {
			tb.Errorf("darajatest: %v", err)
		}
	})
}

// Close ends the simulator, or deletes the world when it is on another's server.
// Simulators of Start and World close by themselves. A second Close does nothing.
func (s *Simulator) Close() error {
	s.mu.Lock()
	closers := s.closers
	s.closers = nil
	s.mu.Unlock()
	var errs []error
	for i := len(closers) - 1; i >= 0; i-- {
		errs = append(errs, closers[i]())
	}
	return errors.Join(errs...)
}

// onClose has f called before anything that was opened earlier closes.
func (s *Simulator) onClose(f func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers = append(s.closers, f)
}

// fail ends the test, or panics when there is none.
func (s *Simulator) fail(doing string, err error) {
	if s.tb == nil {
		panic(fmt.Sprintf("darajatest: %s: %v", doing, err))
	}
	s.tb.Helper()
	s.tb.Fatalf("darajatest: %s: %v", doing, err)
}

// Snapshot remembers the world as it is, open prompts and planned callbacks
// included, for Restore.
func (s *Simulator) Snapshot() string {
	s.helper()
	var made struct {
		ID string `json:"id"`
	}
	if err := s.control.do(http.MethodPost, "/snapshots", struct{}{}, &made); err != nil {
		s.fail("taking a snapshot", err)
	}
	return made.ID
}

// Restore brings the world back to a snapshot.
func (s *Simulator) Restore(snapshot string) {
	s.helper()
	if err := s.control.do(http.MethodPost, "/snapshots/"+snapshot+"/restore", nil, nil); err != nil {
		s.fail("restoring a snapshot", err)
	}
}

// Reset brings the world back to its start: no payments, no journal, and the scenario that
// it was started with. The clock goes on as it is.
func (s *Simulator) Reset() {
	s.helper()
	if err := s.control.do(http.MethodPost, "/reset", nil, nil); err != nil {
		s.fail("resetting", err)
	}
}

// helper has failures reported at the caller's caller.
func (s *Simulator) helper() {
	if s.tb != nil {
		s.tb.Helper()
	}
}
