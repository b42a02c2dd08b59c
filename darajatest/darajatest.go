package darajatest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/control/client"
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

	tb      testing.TB // noTest for one of Run
	control *client.Client
	root    string // of the server's control API
	http    *http.Client

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
	s.closeAfter(tb)
	return s
}

// Run runs a simulator that belongs to no test, for TestMain and for examples. A method
// that fails panics. The caller closes it.
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
	s := newSimulator(server.ControlURL())
	info, err := s.control.World(context.Background())
	if err != nil {
		s.http.CloseIdleConnections()
		return nil, errors.Join(fmt.Errorf("reading the world: %w", err), stop(server))
	}
	s.onClose(func() error { return stop(server) })
	s.use(info, server.URL())
	return s, nil
}

func stop(server *app.App) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	return server.Stop(ctx)
}

// World makes another world on the same server, with another consumer key, until tb
// has ended. Worlds are isolated from each other. Its URL has a path.
func (s *Simulator) World(tb testing.TB, opts ...Option) *Simulator {
	tb.Helper()
	o, err := newOptions(opts)
	if err != nil {
		tb.Fatalf("darajatest: %v", err)
	}
	w := newSimulator(s.root)
	info, err := w.control.CreateWorld(context.Background(), o.request())
	if err != nil {
		tb.Fatalf("darajatest: making a world: %v", err)
	}
	w.use(info, info.URL)
	w.onClose(func() error { return w.control.DeleteWorld(context.Background()) })
	w.closeAfter(tb)
	return w
}

// callWithin is how long a call may take. An advance over hours of callbacks is the
// longest.
const callWithin = 2 * time.Minute

// newSimulator speaks to the server whose control API is at root.
func newSimulator(root string) *Simulator {
	h := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}, Timeout: callWithin}
	s := &Simulator{tb: noTest{}, control: client.New(root, h), root: strings.TrimRight(root, "/"), http: h}
	s.Clock = &Clock{sim: s}
	return s
}

// use makes the simulator that of a world.
func (s *Simulator) use(info client.World, darajaURL string) {
	s.control = s.control.In(info.ID)
	s.URL, s.ControlURL = strings.TrimRight(darajaURL, "/"), s.root+"/worlds/"+info.ID
	s.ConsumerKey, s.ConsumerSecret, s.Shortcode, s.Passkey = info.ConsumerKey, info.ConsumerSecret, info.Shortcode, info.Passkey
	s.onClose(func() error { s.http.CloseIdleConnections(); return nil })
}

// closeAfter makes the simulator end with the test.
func (s *Simulator) closeAfter(tb testing.TB) {
	tb.Helper()
	s.tb = tb
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Log(s.journalEnd())
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
	for _, closer := range slices.Backward(closers) {
		errs = append(errs, closer())
	}
	return errors.Join(errs...)
}

// onClose has f called before anything that was opened earlier closes.
func (s *Simulator) onClose(f func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers = append(s.closers, f)
}

// Snapshot remembers the world as it is, open prompts and planned callbacks
// included, for Restore.
func (s *Simulator) Snapshot() string {
	s.tb.Helper()
	made, err := s.control.TakeSnapshot(context.Background(), "")
	s.check("taking a snapshot", err)
	return made.ID
}

// Restore brings the world back to a snapshot.
func (s *Simulator) Restore(snapshot string) {
	s.tb.Helper()
	s.check("restoring a snapshot", s.control.Restore(context.Background(), snapshot))
}

// Reset brings the world back to its start: no payments, no journal, and the scenario that
// it was started with. The clock goes on as it is.
func (s *Simulator) Reset() {
	s.tb.Helper()
	s.check("resetting", s.control.Reset(context.Background()))
}

// check ends the test when there is an error.
func (s *Simulator) check(doing string, err error) {
	if err != nil {
		s.tb.Helper()
		s.tb.Fatalf("darajatest: %s: %v", doing, err)
	}
}

// noTest is for a simulator of Run: a failure panics.
type noTest struct{ testing.TB }

// Helper does nothing.
func (noTest) Helper() {}

// Fatalf panics.
func (noTest) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// Errorf panics.
func (noTest) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
