package callback_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

func epoch() time.Time { return time.Date(2025, 7, 7, 15, 0, 34, 0, time.UTC) }

// record keeps what is recorded.
type record struct {
	mu  sync.Mutex
	all []journal.Record
}

func (r *record) Add(one journal.Record) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, one)
	return uint64(len(r.all))
}

func (r *record) list() []journal.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

// rig is a sender on a frozen clock, which waits for it as it does in a world.
type rig struct {
	*callback.Sender
	clock   *clock.Clock
	journal *record
}

func start(t testing.TB, concurrency int, timeout time.Duration) *rig {
	t.Helper()
	c := clock.NewFrozen(epoch())
	return startOn(t, c, c, concurrency, timeout)
}

// startRunning has a sender that takes its clock for one that runs.
func startRunning(t testing.TB, concurrency int, timeout time.Duration) *rig {
	t.Helper()
	c := clock.NewFrozen(epoch())
	return startOn(t, c, running{c}, concurrency, timeout)
}

func startOn(t testing.TB, c *clock.Clock, seen simulator.Clock, concurrency int, timeout time.Duration) *rig {
	t.Helper()
	r := &rig{clock: c, journal: &record{}}
	r.Sender = callback.New(callback.Config{
		Clock: seen, Record: r.journal, Log: slog.New(slog.DiscardHandler), Concurrency: concurrency, Timeout: timeout,
	})
	r.clock.SetIdle(r.Idle)
	t.Cleanup(func() { _ = r.Stop(context.Background()) })
	return r
}

func (r *rig) idle(t testing.TB) {
	t.Helper()
	if err := r.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// advance moves the clock; what falls due is delivered when it returns.
func (r *rig) advance(t testing.TB, d time.Duration) {
	t.Helper()
	if err := r.clock.Advance(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// running hides that a clock is frozen, so that attempts go beside each other.
type running struct{ simulator.Clock }

// merchant is a receiver that counts and answers.
type merchant struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	answer func(w http.ResponseWriter, r *http.Request)
}

func open(t *testing.T) *merchant {
	t.Helper()
	m := &merchant{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		m.mu.Lock()
		m.bodies = append(m.bodies, string(body))
		answer := m.answer
		m.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *merchant) received() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.bodies)
}

func one(url string, plan simulator.CallbackPlan) simulator.Callback {
	return named("ws_CO_1", url, plan)
}

func named(id, url string, plan simulator.CallbackPlan) simulator.Callback {
	plan.Copies = max(plan.Copies, 1)
	return simulator.Callback{
		API: stk.APIPush, ID: id, Payment: id, URL: url, Shortcode: "174379", Phone: "254708374149", Reference: "INV-1", By: "rule 1 of test",
		Body: []byte(`{"Body":{"id":"` + id + `"}}`), Plan: plan,
	}
}

// The request, byte for byte.
func TestOnTheWire(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	got := make(chan string, 1)
	const body = `{"Body":{"stkCallback":{"ResultCode":0}}}`
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var raw []byte
		buf := make([]byte, 4096)
		for !strings.HasSuffix(string(raw), body) {
			n, err := conn.Read(buf)
			raw = append(raw, buf[:n]...)
			if err != nil {
				break
			}
		}
		got <- string(raw)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}()
	r := start(t, 0, 0)
	cb := one("http://user:secret@"+listener.Addr().String()+"/stk/token?a=1#frag", simulator.CallbackPlan{})
	cb.Body = []byte(body)
	r.ScheduleDelivery(cb)
	want := "POST /stk/token?a=1 HTTP/1.1\r\n" +
		"Host: " + listener.Addr().String() + "\r\n" +
		"Content-Length: 41\r\n" +
		"BusinessShortCode: 174379\r\n" +
		"Content-Type: application/json;charset=UTF-8\r\n\r\n" + body
	if raw := <-got; raw != want {
		t.Errorf("on the wire:\n%q\nwant\n%q", raw, want)
	}
	r.idle(t)
	if c := r.journal.list(); len(c) != 1 || c[0].Status != 200 || c[0].Error != "" || string(c[0].Request) != body {
		t.Errorf("journal: %+v", c)
	}
}

func TestPlan(t *testing.T) {
	m := open(t)
	for name, c := range map[string]struct {
		plan simulator.CallbackPlan
		at   []time.Duration // when each copy arrives
	}{
		"once, at once":        {simulator.CallbackPlan{}, []time.Duration{0}},
		"late":                 {simulator.CallbackPlan{Delay: 3 * time.Second}, []time.Duration{3}},
		"three at once":        {simulator.CallbackPlan{Copies: 3}, []time.Duration{0, 0, 0}},
		"three, two s between": {simulator.CallbackPlan{Copies: 3, Gap: 2 * time.Second}, []time.Duration{0, 2, 4}},
		"late, and twice":      {simulator.CallbackPlan{Delay: 5 * time.Second, Copies: 2, Gap: time.Second}, []time.Duration{5, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 1, 0)
			before := len(m.received())
			r.ScheduleDelivery(one(m.URL, c.plan))
			for range 10 {
				r.advance(t, time.Second)
			}
			var at []time.Duration
			for i, cb := range r.journal.list() {
				at = append(at, cb.At.Sub(epoch())/time.Second)
				if _, east := cb.At.Zone(); east != 3*60*60 || cb.Copy != i+1 || cb.Status != 200 || cb.Payment != "ws_CO_1" || cb.URL != m.URL {
					t.Errorf("journal: %+v", cb)
				}
			}
			if n := len(m.received()) - before; !slices.Equal(at, c.at) || n != len(c.at) {
				t.Errorf("sent at %v s, %d received, want %v", at, n, c.at)
			}
		})
	}
}

func TestReasonIsOnRecord(t *testing.T) {
	m := open(t)
	r := start(t, 0, 0)
	c := one(m.URL, simulator.CallbackPlan{})
	c.Reason = "PartyB is 174381"
	r.ScheduleDelivery(c)
	r.advance(t, time.Hour)
	if c := r.journal.list(); len(c) != 1 || c[0].Reason != "PartyB is 174381" {
		t.Errorf("journal: %+v", c)
	}
}

func TestDroppedIsOnRecordOnly(t *testing.T) {
	m := open(t)
	r := start(t, 0, 0)
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{Drop: true, Copies: 3}))
	r.advance(t, time.Hour)
	if n := len(m.received()); n != 0 {
		t.Errorf("a dropped callback arrived %d times", n)
	}
	if c := r.journal.list(); len(c) != 1 || !c[0].Dropped || c[0].Status != 0 || string(c[0].Request) != `{"Body":{"id":"ws_CO_1"}}` {
		t.Errorf("journal: %+v", c)
	}
}

// Nothing is tried a second time, whatever the receiver does.
func TestNeverRetried(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		status int
		fault  string
	}{
		"error": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, 500, ""},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again", http.StatusPermanentRedirect)
		}, 308, ""},
		"see other":  {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusSeeOther) }, 303, ""},
		"hung up":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "hung up without an answer"},
		"no answer":  {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 0, "no answer within 300ms"},
		"never ends": {drip, 200, "reading the answer: no answer within 300ms"},
		"much too long": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		}, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := open(t)
			m.answer = c.answer
			r := start(t, 0, 300*time.Millisecond)
			for range 3 { // the second and third could have used the connection of the first
				r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))
				r.idle(t)
			}
			if n := len(m.received()); n != 3 {
				t.Errorf("three callbacks arrived %d times", n)
			}
			for _, cb := range r.journal.list() {
				if cb.Status != c.status || cb.Error != c.fault {
					t.Errorf("journal: status %d, error %q, want %d, %q", cb.Status, cb.Error, c.status, c.fault)
				}
			}
		})
	}
}

// drip begins an answer and does not end it.
func drip(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, "{")
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func TestWhatCannotBeSentIsRecorded(t *testing.T) {
	closed := open(t)
	closed.Close()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	tls.StartTLS()
	defer tls.Close()
	for url, want := range map[string]string{
		closed.URL:        "connection refused",
		tls.URL:           "certificate",
		"http://[::1":     "missing ']'",
		"gopher://x.test": "unsupported protocol scheme",
	} {
		r := start(t, 0, 0)
		r.ScheduleDelivery(one(url, simulator.CallbackPlan{}))
		r.idle(t)
		c := r.journal.list()
		if len(c) != 1 || c[0].Status != 0 || !strings.Contains(c[0].Error, want) || strings.Contains(c[0].Error, "127.0.0.1") {
			t.Errorf("%s: journal %+v, want %q", url, c, want)
		}
	}
}

func TestWhatWaitsIsBounded(t *testing.T) {
	r := start(t, 0, 0)
	for range callback.MaxWaiting {
		r.ScheduleDelivery(one("http://127.0.0.1:1/", simulator.CallbackPlan{Delay: time.Hour}))
	}
	r.ScheduleDelivery(named("ws_CO_2", "http://127.0.0.1:1/", simulator.CallbackPlan{}))
	r.idle(t)
	if c := r.journal.list(); len(c) != 1 || c[0].Payment != "ws_CO_2" || c[0].Error != "too many callbacks are waiting already" {
		t.Errorf("journal: %+v", c)
	}
	if all := r.List(); all[len(all)-1].Status != callback.Failed {
		t.Errorf("list: %+v", all[len(all)-1])
	}
	if err := r.Resend("ws_CO_2"); err == nil {
		t.Error("sent again all the same")
	}
}

// ScheduleDelivery does not wait, however slow the receiver is, and only so many are sent
// at once.
func TestManyAtOnceAreBounded(t *testing.T) {
	m := open(t)
	var mu sync.Mutex
	var together sync.Once
	now, most := 0, 0
	all := make(chan struct{})
	m.answer = func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		if now == 4 {
			together.Do(func() { close(all) })
		}
		mu.Unlock()
		<-all
		mu.Lock()
		now--
		mu.Unlock()
	}
	r := startRunning(t, 4, 0)
	for range 40 {
		r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))
	}
	r.idle(t)
	if n := len(m.received()); n != 40 {
		t.Errorf("%d of 40 arrived", n)
	}
	if most != 4 {
		t.Errorf("%d at once, want 4", most)
	}
}

func TestOneByOneKeepsTheOrder(t *testing.T) {
	for name, r := range map[string]*rig{"one at once": startRunning(t, 1, 0), "frozen": start(t, 0, 0)} {
		m := open(t)
		var want []string
		for i := range 50 {
			cb := one(m.URL, simulator.CallbackPlan{})
			cb.Body = fmt.Appendf(nil, "%d", i)
			want = append(want, string(cb.Body))
			r.ScheduleDelivery(cb)
		}
		r.idle(t)
		if got := m.received(); !slices.Equal(got, want) {
			t.Errorf("%s: arrived as %v", name, got)
		}
	}
}

func TestResetCancels(t *testing.T) {
	m := open(t)
	began := make(chan struct{})
	m.answer = func(_ http.ResponseWriter, r *http.Request) { close(began); <-r.Context().Done() }
	r := start(t, 1, 0)
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))                   // runs
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))                   // waits behind it
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{Delay: time.Second})) // is planned
	<-began
	if err := r.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.advance(t, time.Hour)
	if n := len(m.received()); n != 1 {
		t.Errorf("%d arrived, want the one that was running", n)
	}
	if c := r.journal.list(); len(c) != 0 {
		t.Errorf("recorded after Reset: %+v", c)
	}
	m.mu.Lock()
	m.answer = nil
	m.mu.Unlock()
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))
	r.idle(t)
	if c := r.journal.list(); len(c) != 1 || c[0].Status != 200 {
		t.Errorf("after Reset a callback is recorded as %+v", c)
	}
}

func TestStopWaitsForWhatRuns(t *testing.T) {
	m := open(t)
	began, finish := make(chan struct{}), make(chan struct{})
	m.answer = func(http.ResponseWriter, *http.Request) { close(began); <-finish }
	r := start(t, 0, 0)
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{Delay: time.Second}))
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- r.Stop(t.Context()) }()
	close(finish)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))
	r.advance(t, time.Hour)
	if c := r.journal.list(); len(c) != 1 || c[0].Status != 200 || len(m.received()) != 1 {
		t.Errorf("journal %+v, %d received", c, len(m.received()))
	}
}

func TestStopCutsOffAtItsDeadline(t *testing.T) {
	m := open(t)
	began := make(chan struct{})
	m.answer = func(_ http.ResponseWriter, r *http.Request) { close(began); <-r.Context().Done() }
	r := start(t, 0, time.Hour)
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))
	<-began
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := r.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Stop says %v", err)
	}
	if c := r.journal.list(); len(c) != 1 || c[0].Error != "cut off, the simulator stops" {
		t.Errorf("journal: %+v", c)
	}
}

// A callback may have lines of its own in its header, which the journal shows without secrets.
func TestHeaderOfACallback(t *testing.T) {
	m, r := open(t), start(t, 1, time.Second)
	got := make(chan http.Header, 1)
	m.answer = func(_ http.ResponseWriter, r *http.Request) { got <- r.Header }
	r.ScheduleDelivery(simulator.Callback{
		API: stk.APIPush, ID: "1", URL: m.URL, Shortcode: "174379", Body: []byte("{}"),
		Header: []simulator.Header{{Name: "Authorization", Value: "Bearer abc"}, {Name: "content-type", Value: "text/plain"}},
	})
	r.idle(t)
	if h := <-got; h.Get("Authorization") != "Bearer abc" || h.Get("Content-Type") != "text/plain" || h["Businessshortcode"] == nil {
		t.Errorf("the header is %v", h)
	}
}
