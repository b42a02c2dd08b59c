package callback_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// seen names the test that sees each fault in how a callback is sent at the receiver, as
// bytes on a connection.
func seen() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"Delay": TestDelayOnTheWire, "Copies": TestCopiesOnTheWire, "Gap": TestGapOnTheWire, "Drop": TestDropOnTheWire,
		"Reorder": TestReorderOnTheWire, "Reset": TestResetOnTheWire, "SlowBody": TestSlowBodyOnTheWire,
	}
}

// saidElsewhere are the faults of what a callback says. The world makes them; the tests
// of httpapi see them on the wire.
func saidElsewhere() []string {
	return []string{"BeforeAck", "Faults", "Malformed", "Raw"}
}

func TestEveryFaultHasATest(t *testing.T) {
	tests := seen()
	for _, name := range saidElsewhere() {
		tests[name] = nil
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[simulator.CallbackPlan]()) {
		if _, ok := tests[field.Name]; !ok {
			t.Errorf("there is no test that sees %s on the wire", field.Name)
		}
	}
}

// arrivals tells what came when, by the world's clock.
type arrivals struct {
	*receiver
	came chan string
}

func arrive(t *testing.T, r *rig) *arrivals {
	t.Helper()
	a := &arrivals{came: make(chan string, 100)}
	a.receiver = receive(t, func(_ *receiver, c *net.TCPConn) {
		for in := bufio.NewReader(c); ; {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			body, err := io.ReadAll(req.Body)
			if err != nil {
				return
			}
			_, id, _ := strings.Cut(string(body), `"id":"ws_CO_`)
			a.came <- fmt.Sprint(strings.TrimSuffix(id, `"}}`), "@", r.clock.Now().Sub(epoch()))
			_, _ = io.WriteString(c, ok)
		}
	})
	return a
}

// all is what has come so far.
func (a *arrivals) all() []string {
	var all []string
	for {
		select {
		case one := <-a.came:
			all = append(all, one)
		default:
			return all
		}
	}
}

func (a *arrivals) want(t *testing.T, want ...string) {
	t.Helper()
	if got := a.all(); !slices.Equal(got, want) {
		t.Errorf("arrived: %q, want %q", got, want)
	}
}

func faults(t *testing.T, r *rig, want ...[]string) {
	t.Helper()
	all := r.journal.list()
	if len(all) != len(want) {
		t.Fatalf("%d records, want %d", len(all), len(want))
	}
	for i, k := range all {
		if !slices.Equal(k.Faults, want[i]) {
			t.Errorf("record %d: faults %q, want %q", i, k.Faults, want[i])
		}
	}
}

func TestDelayOnTheWire(t *testing.T) {
	r := start(t, 0, 0)
	m := arrive(t, r)
	r.ScheduleDelivery(one(m.url, simulator.CallbackPlan{Delay: 3 * time.Second}))
	r.advance(t, 3*time.Second-1)
	m.want(t)
	r.advance(t, time.Hour)
	m.want(t, "1@3s")
	faults(t, r, []string{"delay 3s"})
}

func TestCopiesOnTheWire(t *testing.T) {
	r := start(t, 0, 0)
	m := arrive(t, r)
	r.ScheduleDelivery(one(m.url, simulator.CallbackPlan{Copies: 3}))
	r.idle(t)
	m.want(t, "1@0s", "1@0s", "1@0s")
	faults(t, r, []string{"copy 1 of 3"}, []string{"copy 2 of 3"}, []string{"copy 3 of 3"})
}

func TestGapOnTheWire(t *testing.T) {
	r := start(t, 0, 0)
	m := arrive(t, r)
	r.ScheduleDelivery(one(m.url, simulator.CallbackPlan{Copies: 3, Gap: 2 * time.Second}))
	r.advance(t, time.Hour)
	m.want(t, "1@0s", "1@2s", "1@4s")
	faults(t, r, []string{"copy 1 of 3"}, []string{"copy 2 of 3", "gap 2s"}, []string{"copy 3 of 3", "gap 2s"})
}

func TestDropOnTheWire(t *testing.T) {
	r := start(t, 0, 0)
	m := arrive(t, r)
	r.ScheduleDelivery(one(m.url, simulator.CallbackPlan{Drop: true, Copies: 2}))
	r.advance(t, time.Hour)
	m.want(t)
	if conns, _ := m.count(); conns != 0 {
		t.Errorf("%d connections", conns)
	}
	faults(t, r, []string{"dropped"})
}

func TestReorderOnTheWire(t *testing.T) {
	const s = time.Second
	type sent struct {
		at      time.Duration
		reorder int
	}
	for name, c := range map[string]struct {
		sent []sent
		want []string
	}{
		"behind two":               {[]sent{{0, 2}, {1 * s, 0}, {2 * s, 0}, {3 * s, 0}}, []string{"3@2s", "2@2s", "1@2s", "4@3s"}},
		"behind one":               {[]sent{{0, 1}, {1 * s, 0}}, []string{"2@1s", "1@1s"}},
		"none comes":               {[]sent{{0, 1}}, []string{"1@30s"}},
		"too few come":             {[]sent{{0, 3}, {10 * s, 0}, {20 * s, 0}, {31 * s, 0}}, []string{"3@30s", "2@30s", "1@30s", "4@31s"}},
		"the first one counts":     {[]sent{{0, 1}, {1 * s, 5}, {2 * s, 0}}, []string{"2@1s", "1@1s", "3@2s"}},
		"twice":                    {[]sent{{0, 1}, {1 * s, 0}, {2 * s, 1}, {3 * s, 0}}, []string{"2@1s", "1@1s", "4@3s", "3@3s"}},
		"again at the same moment": {[]sent{{0, 1}, {0, 0}, {0, 1}}, []string{"2@0s", "1@0s", "3@30s"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 0, 0)
			m := arrive(t, r)
			for i, one := range c.sent {
				r.advance(t, epoch().Add(one.at).Sub(r.clock.Now()))
				r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i+1), m.url, simulator.CallbackPlan{Reorder: one.reorder}))
			}
			r.advance(t, time.Minute)
			m.want(t, c.want...)
		})
	}
	r := startRunning(t, 0, 0) // in order there, too
	m := arrive(t, r)
	const n = 50
	var want []string
	for i := range n {
		r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{Reorder: n - 1}))
		want = append(want, fmt.Sprint(n-1-i, "@0s"))
	}
	r.idle(t)
	m.want(t, want...)
	last := r.journal.list()[n-1]
	if !slices.Equal(last.Faults, []string{"reordered: 49 later ones went first"}) {
		t.Errorf("faults %q", last.Faults)
	}
}

// A drop is not later than anything, and copies stay together.
func TestReorderWithOtherFaults(t *testing.T) {
	r := start(t, 0, 0)
	m := arrive(t, r)
	r.ScheduleDelivery(named("ws_CO_1", m.url, simulator.CallbackPlan{Reorder: 1}))
	r.ScheduleDelivery(named("ws_CO_2", m.url, simulator.CallbackPlan{Drop: true}))
	r.idle(t)
	m.want(t)
	r.ScheduleDelivery(named("ws_CO_3", m.url, simulator.CallbackPlan{Copies: 2}))
	r.idle(t)
	m.want(t, "3@0s", "3@0s", "1@0s")
}

// What comes before its acknowledgement waits for nothing, or the acknowledgement would
// come first; and it is not a later one that others wait for.
func TestReorderAndBeforeTheAcknowledgement(t *testing.T) {
	r := start(t, 0, 0)
	m := arrive(t, r)
	r.ScheduleDelivery(named("ws_CO_1", m.url, simulator.CallbackPlan{Reorder: 1}))
	r.ScheduleDelivery(named("ws_CO_2", m.url, simulator.CallbackPlan{BeforeAck: true}))
	r.idle(t)
	m.want(t, "2@0s")
	r.advance(t, time.Second)
	r.ScheduleDelivery(named("ws_CO_3", m.url, simulator.CallbackPlan{}))
	r.idle(t)
	m.want(t, "3@1s", "1@1s")
}

// raw is a receiver that hands out what comes, as it comes.
func raw(t *testing.T) (url string, conns <-chan net.Conn) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	all := make(chan net.Conn, 9)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(20 * time.Second))
			all <- c
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return "http://" + l.Addr().String() + "/stk", all
}

// head reads a request's header and returns the length of its body.
func head(t *testing.T, in *bufio.Reader) int {
	t.Helper()
	length := -1
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("reading the header: %v", err)
		}
		if n, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(n)); err != nil {
				t.Fatal(err)
			}
		}
		if line == "\r\n" {
			return length
		}
	}
}

func TestResetOnTheWire(t *testing.T) {
	for name, p := range map[string]simulator.CallbackPlan{
		"at once": {Reset: true}, "slowly": {Reset: true, SlowBody: 9 * time.Second},
	} {
		r := start(t, 0, 0)
		url, conns := raw(t)
		r.ScheduleDelivery(one(url, p))
		c := <-conns
		if p.SlowBody > 0 {
			r.idle(t)
			r.advance(t, time.Minute)
		}
		in := bufio.NewReader(c)
		n := head(t, in)
		body, err := io.ReadAll(in)
		if !errors.Is(err, syscall.ECONNRESET) || len(body) != n/2 {
			t.Errorf("%s: %d of %d bytes of the body, then %v", name, len(body), n, err)
		}
		r.idle(t)
		_ = c.Close()
		k := r.journal.list()
		if len(k) != 1 || k[0].Status != 0 || k[0].Error != fmt.Sprintf("reset on purpose after %d of %d bytes of the body", n/2, n) || !slices.Contains(k[0].Faults, "reset") {
			t.Errorf("%s: journal %+v", name, k)
		}
	}
}

func TestSlowBodyOnTheWire(t *testing.T) {
	r := start(t, 0, 0)
	url, conns := raw(t)
	r.ScheduleDelivery(one(url, simulator.CallbackPlan{SlowBody: 9 * time.Second}))
	c := <-conns
	defer c.Close()
	in := bufio.NewReader(c)
	n := head(t, in)
	var body []byte
	for i := 1; i <= 10; i++ {
		piece := make([]byte, n*i/10-len(body))
		if _, err := io.ReadFull(in, piece); err != nil {
			t.Fatalf("after %d s: %v", i-1, err)
		}
		body = append(body, piece...)
		if i == 10 {
			_, _ = io.WriteString(c, ok)
			r.idle(t)
			break
		}
		r.idle(t) // does not wait for what waits for the clock
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if b, err := in.Peek(1); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("at %d s: %q, %v; want nothing yet", i-1, b, err)
		}
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		if i < 9 {
			r.advance(t, time.Second)
			continue
		}
		go func() { _ = r.clock.Advance(context.Background(), time.Second) }() // ends with the answer
	}
	if string(body) != `{"Body":{"id":"ws_CO_1"}}` {
		t.Errorf("body %s", body)
	}
	k := r.journal.list()
	if len(k) != 1 || k[0].Status != 200 || !slices.Equal(k[0].Faults, []string{"slow body 9s"}) || !k[0].At.Equal(epoch()) {
		t.Errorf("journal: %+v", k)
	}
}

// While slow bodies wait for the clock, others go.
func TestSlowBodiesDoNotStandInTheWay(t *testing.T) {
	r := start(t, 1, 0)
	m := arrive(t, r)
	for i := range 5 {
		r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{SlowBody: 10 * time.Second}))
	}
	r.ScheduleDelivery(named("ws_CO_9", m.url, simulator.CallbackPlan{}))
	r.idle(t)
	m.want(t, "9@0s")
	r.advance(t, 10*time.Second)
	m.want(t, "0@10s", "1@10s", "2@10s", "3@10s", "4@10s")
}

// A slow body ends with its generation, and with the sender.
func TestSlowBodiesEnd(t *testing.T) {
	for name, end := range map[string]func(r *rig) error{
		"Reset": func(r *rig) error { return r.Reset(context.Background()) },
		"Stop":  func(r *rig) error { return r.Stop(context.Background()) },
		"Stop after the clock's": func(r *rig) error {
			r.clock.Stop()
			return r.Stop(context.Background())
		},
	} {
		r := start(t, 0, 0)
		url, conns := raw(t)
		r.ScheduleDelivery(one(url, simulator.CallbackPlan{SlowBody: time.Hour}))
		c := <-conns
		r.idle(t)
		if err := end(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		in := bufio.NewReader(c)
		n := head(t, in)
		if body, err := io.ReadAll(in); err != nil || len(body) != n/10 {
			t.Errorf("%s: %d bytes of %d, then %v", name, len(body), n, err)
		}
		_ = c.Close()
		if next, waits := r.clock.Next(); waits {
			t.Errorf("%s: the clock has something to do at %s still", name, next)
		}
		k := r.journal.list()
		if recorded := len(k) == 1; recorded == (name == "Reset") || recorded && k[0].Error != "cut off, the simulator stops" {
			t.Errorf("%s: journal %+v", name, k)
		}
	}
}

// A redirect is an answer like any other.
func TestRedirectsAreNotFollowed(t *testing.T) {
	r := start(t, 0, 0)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer other.Close()
	m := open(t)
	m.answer = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))
	r.idle(t)
	if k := r.journal.list(); len(k) != 1 || k[0].Status != 307 {
		t.Errorf("journal: %+v", k)
	}
}

// Everything that a record says of a callback.
func TestWhatIsKept(t *testing.T) {
	r := start(t, 0, 0)
	m := open(t)
	m.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"ResultCode":0}`) }
	r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))
	r.idle(t)
	want := journal.Record{
		At: r.clock.Now(), Kind: journal.KindCallback, API: stk.APIPush, Payment: "ws_CO_1", Phone: "254708374149",
		Reference: "INV-1", Shortcode: "174379", Method: "POST", URL: m.URL, Status: 200, By: "rule 1 of test", Copy: 1,
		RequestHeader: map[string]string{"Content-Type": "application/json;charset=UTF-8", "BusinessShortCode": "174379"},
		Request:       []byte(`{"Body":{"id":"ws_CO_1"}}`), Response: []byte(`{"ResultCode":0}`),
	}
	got := r.journal.list()[0]
	if _, east := got.At.Zone(); east != 3*60*60 || !got.At.Equal(want.At) {
		t.Errorf("at %s", got.At)
	}
	got.At = want.At
	if !reflect.DeepEqual(got, want) {
		t.Errorf("kept\n%+v\nwant\n%+v", got, want)
	}
}

// Callbacks with all kinds of plans, planned while the clock is moved: each is sent as
// often as it was planned.
func TestEverythingAtOnce(t *testing.T) {
	for seed := range uint64(8) {
		r := start(t, 0, 0)
		m := receive(t, honest)
		var all sync.WaitGroup
		var attempts atomic.Int64
		for lane := range 4 {
			all.Go(func() {
				random := rand.New(rand.NewPCG(seed, uint64(lane)))
				for i := range 25 {
					p := simulator.CallbackPlan{Copies: 1 + random.IntN(3), Reset: random.IntN(8) == 0, Drop: random.IntN(8) == 0}
					for _, d := range []*time.Duration{&p.Delay, &p.Gap, &p.SlowBody} {
						if random.IntN(3) == 0 {
							*d = time.Duration(random.IntN(5)) * time.Second
						}
					}
					if random.IntN(4) == 0 {
						p.Reorder = random.IntN(4)
					}
					if p.Drop {
						p.Copies = 1
					}
					attempts.Add(int64(p.Copies))
					r.ScheduleDelivery(named(fmt.Sprintf("ws_CO_%d_%d", lane, i), m.url, p))
					switch random.IntN(10) {
					case 0:
						r.Hold()
					case 1, 2:
						r.Release()
					}
				}
			})
		}
		for range 10 {
			r.advance(t, 3*time.Second)
		}
		all.Wait()
		r.Release()
		r.advance(t, time.Hour)
		if n := len(r.journal.list()); n != int(attempts.Load()) {
			t.Errorf("seed %d: %d of %d attempts", seed, n, attempts.Load())
		}
		for _, s := range r.List() {
			if s.Status != callback.Delivered && s.Status != callback.Failed && s.Status != callback.Dropped {
				t.Errorf("seed %d: %s is %s", seed, s.ID, s.Status)
			}
		}
	}
}
