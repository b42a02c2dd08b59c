package callback_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// receiver is a merchant made by hand: what it does with a connection is up to serve.
type receiver struct {
	net.Listener
	url string

	mu    sync.Mutex
	conns []net.Conn
	seen  map[string]int // how often each body came
}

func receive(t testing.TB, serve func(r *receiver, c *net.TCPConn)) *receiver {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{Listener: l, url: "http://" + l.Addr().String() + "/stk", seen: make(map[string]int)}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.conns = append(r.conns, c)
			r.mu.Unlock()
			served.Go(func() { defer c.Close(); serve(r, c.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		r.mu.Lock()
		for _, c := range r.conns {
			_ = c.Close()
		}
		r.mu.Unlock()
		served.Wait()
	})
	return r
}

// read reads a request and counts its body.
func (r *receiver) read(in *bufio.Reader) error {
	req, err := http.ReadRequest(in)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[string(body)]++
	return nil
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

// honest answers each request.
func honest(r *receiver, c *net.TCPConn) {
	for in := bufio.NewReader(c); r.read(in) == nil; {
		if _, err := io.WriteString(c, ok); err != nil {
			return
		}
	}
}

func (r *receiver) count() (conns, bodies int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns), len(r.seen)
}

// check holds that every callback came once and was answered, or did not come and was
// reported as failed; or came, and was reported as failed since no answer came back.
func (r *receiver) check(t testing.TB, rig *rig, n int) (answered int) {
	t.Helper()
	records := rig.journal.list()
	if len(records) != n {
		t.Errorf("%d records of %d callbacks", len(records), n)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range records {
		came := r.seen[string(k.Request)]
		switch {
		case came > 1:
			t.Errorf("%s came %d times", k.Payment, came)
		case k.Status == 200 && came != 1:
			t.Errorf("%s is reported as delivered and did not come", k.Payment)
		case k.Status == 0 && k.Error == "":
			t.Errorf("%s failed without a reason", k.Payment)
		case k.Status == 200:
			answered++
		}
	}
	return answered
}

// reusing has a sender that takes it that the receivers keep connections.
func reusing(t testing.TB, all ...*receiver) *rig {
	t.Helper()
	r := start(t, 0, 0)
	r.MaxIdle(time.Hour)
	for _, m := range all {
		r.Trust(m.base())
	}
	return r
}

func (r *receiver) base() string { return "http://" + r.Addr().String() }

func TestConnectionsAreUsedAgain(t *testing.T) {
	m := receive(t, honest)
	r := reusing(t, m)
	for i := range 5 {
		r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
		r.idle(t)
	}
	if conns, bodies := m.count(); conns != 1 || bodies != 5 {
		t.Errorf("%d callbacks on %d connections, want 5 on one", bodies, conns)
	}
	if n := m.check(t, r, 5); n != 5 {
		t.Errorf("%d of 5 answered", n)
	}
}

// A receiver shows that it keeps connections by one that stays open.
func TestReceiverKeepsConnections(t *testing.T) {
	r := start(t, 0, 0)
	r.MaxIdle(5 * time.Millisecond)
	ended := make(chan struct{}, 9)
	m := receive(t, func(r *receiver, c *net.TCPConn) { honest(r, c); ended <- struct{}{} })
	for i := range 3 {
		r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
		r.idle(t)
		if r.Trusts(m.base()) {
			break
		}
		<-ended // by the sender
	}
	if !r.Trusts(m.base()) {
		t.Error("three connections have stayed open, and none is used again")
	}
}

// So does one with TLS.
func TestTLSReceiverKeepsConnections(t *testing.T) {
	m := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer m.Close()
	r := start(t, 0, 0)
	r.MaxIdle(5 * time.Millisecond)
	r.TrustServer(m)
	for deadline := time.Now().Add(10 * time.Second); !r.Trusts(m.URL); {
		if time.Now().After(deadline) {
			t.Fatal("connections have stayed open, and none is used again")
		}
		r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))
		r.idle(t)
	}
}

// A receiver that hangs up on idle connections never does.
func TestReceiverDoesNotKeepConnections(t *testing.T) {
	r := start(t, 0, 0)
	r.MaxIdle(time.Hour)
	m := receive(t, func(r *receiver, c *net.TCPConn) {
		if r.read(bufio.NewReader(c)) == nil {
			_, _ = io.WriteString(c, ok)
		}
	})
	for i := range 50 {
		r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
		r.idle(t)
	}
	if n := m.check(t, r, 50); n != 50 || r.Trusts(m.base()) {
		t.Errorf("%d of 50 delivered; connections are used again: %v", n, r.Trusts(m.base()))
	}
}

// Each host has its own, and so does each of two names of it.
func TestConnectionsAreOfOneReceiver(t *testing.T) {
	a, b := receive(t, honest), receive(t, honest)
	r := reusing(t, a, b)
	for i := range 4 {
		for _, m := range []*receiver{a, b} {
			r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
			r.idle(t)
		}
	}
	for _, m := range []*receiver{a, b} {
		if conns, bodies := m.count(); conns != 1 || bodies != 4 {
			t.Errorf("%d bodies on %d connections", bodies, conns)
		}
	}
}

// What an answer says of its connection is heeded.
func TestConnectionsThatAreNotUsedAgain(t *testing.T) {
	for name, answer := range map[string]string{
		"close":           "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.0":        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
		"more than said":  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"other protocol":  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
		"no answer of it": "hello\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan struct{}, 3)
			m := receive(t, func(r *receiver, c *net.TCPConn) {
				for in := bufio.NewReader(c); r.read(in) == nil; {
					_, _ = io.WriteString(c, answer)
				}
				ended <- struct{}{}
			})
			r := reusing(t, m)
			for i := range 3 {
				r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
				r.idle(t)
				select {
				case <-ended: // by the sender
				case <-time.After(10 * time.Second):
					t.Fatal("the connection is kept")
				}
			}
			if conns, bodies := m.count(); conns != 3 || bodies != 3 {
				t.Errorf("%d bodies on %d connections", bodies, conns)
			}
		})
	}
}

func TestInterimAnswersArePassedOver(t *testing.T) {
	m := receive(t, func(r *receiver, c *net.TCPConn) {
		if r.read(bufio.NewReader(c)) == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"+ok)
		}
	})
	r := reusing(t, m)
	r.ScheduleDelivery(one(m.url, simulator.CallbackPlan{}))
	r.idle(t)
	if k := r.journal.list(); len(k) != 1 || k[0].Status != 200 || string(k[0].Response) != "{}" {
		t.Errorf("journal: %+v", k)
	}
}

// No callback is lost to a receiver that hangs up some time after each answer without
// saying so.
func TestReceiverHangsUpSilently(t *testing.T) {
	for _, after := range []time.Duration{0, 2 * time.Millisecond, 20 * time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			const n = 500
			r := startRunning(t, 16, 0)
			m := receive(t, func(r *receiver, c *net.TCPConn) {
				if r.read(bufio.NewReader(c)) == nil {
					_, _ = io.WriteString(c, ok)
					moment := time.NewTimer(after)
					<-moment.C
				}
			})
			for i := range n {
				r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
			}
			r.idle(t)
			if answered := m.check(t, r, n); answered != n {
				t.Errorf("%d of %d delivered", answered, n)
			}
		})
	}
}

// A receiver that hangs up in the middle of every second request, or after it, without
// an answer: what it has done with it is unknown, so it gets it once only.
func TestReceiverHangsUpInTheMiddle(t *testing.T) {
	for name, first := range map[string]int64{"of the request": 150, "before the answer": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			const n = 20
			var mu sync.Mutex
			began := 0
			m := receive(t, func(r *receiver, c *net.TCPConn) {
				in := bufio.NewReader(c)
				if r.read(in) != nil {
					return
				}
				_, _ = io.WriteString(c, ok)
				if _, err := in.Peek(1); err != nil {
					return
				}
				mu.Lock()
				began++
				mu.Unlock()
				_ = r.read(bufio.NewReader(io.LimitReader(in, first)))
			})
			r := reusing(t, m)
			for i := range n {
				r.Trust(m.base())
				r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
				r.idle(t)
				if i%2 == 1 && r.Trusts(m.base()) {
					t.Error("connections are used again after the receiver hung up on one")
				}
			}
			if answered := m.check(t, r, n); answered != n/2 {
				t.Errorf("%d answered, want every other one", answered)
			}
			mu.Lock()
			defer mu.Unlock()
			if began != n/2 {
				t.Errorf("%d requests began on connections that were used before, want %d", began, n/2)
			}
			for i, k := range r.journal.list() {
				if failed := k.Error != ""; failed != (i%2 == 1) {
					t.Errorf("callback %d: status %d, error %q", i, k.Status, k.Error)
				}
			}
		})
	}
}

// The receiver hangs up while the connection is used again: whether the callback comes is
// chance, but it comes once at most, and the record is true.
func TestReceiverHangsUpAtTheLastMoment(t *testing.T) {
	for name, end := range map[string]func(c *net.TCPConn){
		"politely": func(*net.TCPConn) {},
		"by reset": func(c *net.TCPConn) { _ = c.SetLinger(0) },
	} {
		t.Run(name, func(t *testing.T) {
			const n = 300
			m := receive(t, func(r *receiver, c *net.TCPConn) {
				if r.read(bufio.NewReader(c)) == nil {
					_, _ = io.WriteString(c, ok)
					end(c)
				}
			})
			r := reusing(t, m)
			for i := range n {
				r.Trust(m.base())
				r.ScheduleDelivery(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
				r.idle(t)
			}
			m.check(t, r, n)
		})
	}
}

// A part of the callback has gone out when the receiver hangs up: it is not sent again.
func TestReceiverHangsUpWhileItIsWritten(t *testing.T) {
	var mu sync.Mutex
	began := 0
	m := receive(t, func(r *receiver, c *net.TCPConn) {
		in := bufio.NewReader(c)
		if r.read(in) != nil {
			return
		}
		_, _ = io.WriteString(c, ok)
		if _, err := io.ReadFull(in, make([]byte, 1000)); err == nil {
			mu.Lock()
			began++
			mu.Unlock()
			_ = c.SetLinger(0)
		}
	})
	r := reusing(t, m)
	r.ScheduleDelivery(named("ws_CO_1", m.url, simulator.CallbackPlan{}))
	r.idle(t)
	long := named("ws_CO_2", m.url, simulator.CallbackPlan{})
	long.Body = bytes.Repeat([]byte("x"), 16<<20) // more than a connection takes by itself
	r.ScheduleDelivery(long)
	r.idle(t)
	mu.Lock()
	defer mu.Unlock()
	k := r.journal.list()[1]
	if began != 1 || k.Status != 0 || k.Error == "" {
		t.Errorf("it began %d times; status %d, error %q", began, k.Status, k.Error)
	}
	if conns, _ := m.count(); conns != 1 {
		t.Errorf("%d connections", conns)
	}
}

func TestTLSConnectionsAreUsedAgain(t *testing.T) {
	var mu sync.Mutex
	remotes := map[string]int{}
	m := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		remotes[r.RemoteAddr]++
	}))
	defer m.Close()
	r := reusing(t)
	r.TrustServer(m)
	r.Trust(m.URL)
	for range 3 {
		r.ScheduleDelivery(one(m.URL, simulator.CallbackPlan{}))
		r.idle(t)
	}
	for _, k := range r.journal.list() {
		if k.Status != 200 {
			t.Errorf("journal: %+v", k)
		}
	}
	if len(remotes) != 1 {
		t.Errorf("connections and what came on them: %v", remotes)
	}
}
