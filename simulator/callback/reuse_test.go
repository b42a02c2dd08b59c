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

// honest answers as long as somebody asks.
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
func (r *receiver) check(t *testing.T, rig *rig, n int) (answered int) {
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

// startResting has a sender whose connections grow older by hand.
func startResting(t testing.TB) *rig {
	t.Helper()
	r := start(t, 0, 0)
	r.AgeByHand()
	return r
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	r := startResting(t)
	m := receive(t, honest)
	for i := range 5 {
		r.Deliver(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
		r.idle(t)
		r.Rest()
	}
	if conns, bodies := m.count(); conns != 1 || bodies != 5 {
		t.Errorf("%d callbacks on %d connections, want 5 on one", bodies, conns)
	}
	if n := m.check(t, r, 5); n != 5 {
		t.Errorf("%d of 5 answered", n)
	}
	r.Outlast()
	if n := r.Waiting(); n != 0 {
		t.Errorf("%d connections wait still", n)
	}
	r.Deliver(named("ws_CO_9", m.url, simulator.CallbackPlan{}))
	r.idle(t)
	if conns, _ := m.count(); conns != 2 {
		t.Errorf("%d connections, want a fresh one after a long time", conns)
	}
}

// Each host has its own, and so does each of two names of it.
func TestConnectionsAreOfOneReceiver(t *testing.T) {
	r := startResting(t)
	a, b := receive(t, honest), receive(t, honest)
	for i := range 4 {
		for _, m := range []*receiver{a, b} {
			r.Deliver(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
			r.idle(t)
			r.Rest()
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
			r := startResting(t)
			m := receive(t, func(r *receiver, c *net.TCPConn) {
				for in := bufio.NewReader(c); r.read(in) == nil; {
					_, _ = io.WriteString(c, answer)
				}
			})
			for i := range 3 {
				r.Deliver(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
				r.idle(t)
				r.Rest()
			}
			if conns, bodies := m.count(); conns != 3 || bodies != 3 {
				t.Errorf("%d bodies on %d connections", bodies, conns)
			}
		})
	}
}

func TestInterimAnswersArePassedOver(t *testing.T) {
	r := startResting(t)
	m := receive(t, func(r *receiver, c *net.TCPConn) {
		if r.read(bufio.NewReader(c)) == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"+ok)
		}
	})
	r.Deliver(one(m.url, simulator.CallbackPlan{}))
	r.idle(t)
	if k := r.journal.list(); len(k) != 1 || k[0].Status != 200 || string(k[0].Response) != "{}" {
		t.Errorf("journal: %+v", k)
	}
}

// A receiver that hangs up after each answer without having said so: what has ended is
// not used again, however it ended.
func TestReceiverHangsUpAfterEachAnswer(t *testing.T) {
	for name, end := range map[string]func(c *net.TCPConn){
		"politely": func(c *net.TCPConn) { _ = c.Close() },
		"by reset": func(c *net.TCPConn) { _ = c.SetLinger(0); _ = c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			const n = 50
			r := startResting(t)
			answered, ended := make(chan struct{}), make(chan struct{})
			m := receive(t, func(r *receiver, c *net.TCPConn) {
				if r.read(bufio.NewReader(c)) == nil {
					_, _ = io.WriteString(c, ok)
					<-answered
					end(c)
					ended <- struct{}{}
				}
			})
			for i := range n {
				r.Deliver(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
				r.idle(t)
				answered <- struct{}{}
				<-ended
				r.Rest()
			}
			if answered := m.check(t, r, n); answered != n {
				t.Errorf("%d of %d delivered", answered, n)
			}
		})
	}
}

// The same with many at once, by a receiver that takes a moment to hang up: nobody sees to
// it that a connection has ended before its next use but the time for which it rests.
func TestReceiverHangsUpAMomentLater(t *testing.T) {
	const n = 1000
	r := startRunning(t, 16, 0)
	m := receive(t, func(r *receiver, c *net.TCPConn) {
		if r.read(bufio.NewReader(c)) == nil {
			_, _ = io.WriteString(c, ok)
			moment := time.NewTimer(2 * time.Millisecond)
			<-moment.C
		}
	})
	for i := range n {
		r.Deliver(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
	}
	r.idle(t)
	if answered := m.check(t, r, n); answered < n*9/10 { // all, on a machine that has time; each time it is late between look and write, one is lost
		t.Errorf("%d of %d delivered", answered, n)
	}
}

// A receiver that hangs up on connections that are idle for 100 ms, and callbacks that
// come at all distances up to that and beyond.
func TestReceiverHangsUpOnIdleConnections(t *testing.T) {
	const lanes, n, idle = 8, 80, 100 * time.Millisecond
	r := startRunning(t, 16, 0)
	m := receive(t, func(r *receiver, c *net.TCPConn) {
		for in := bufio.NewReader(c); ; {
			_ = c.SetReadDeadline(time.Now().Add(idle))
			if r.read(in) != nil {
				return
			}
			_, _ = io.WriteString(c, ok)
		}
	})
	var all sync.WaitGroup
	for lane := range lanes {
		all.Go(func() {
			distance := time.NewTicker(idle * time.Duration(lane+1) / (lanes - 1))
			defer distance.Stop()
			for i := range n / lanes {
				r.Deliver(named(fmt.Sprint("ws_CO_", lane, "_", i), m.url, simulator.CallbackPlan{}))
				<-distance.C
			}
		})
	}
	all.Wait()
	r.idle(t)
	if answered := m.check(t, r, n); answered < n*95/100 { // all, on a machine that has time
		t.Errorf("%d of %d delivered", answered, n)
	}
	if conns, _ := m.count(); conns > n*3/4 {
		t.Errorf("%d connections for %d callbacks", conns, n)
	}
}

// A receiver that hangs up in the middle of every second request, or after it, without
// an answer: nobody knows what it has done with it, so that it gets it once only.
func TestReceiverHangsUpInTheMiddle(t *testing.T) {
	for name, first := range map[string]int64{"of the request": 150, "before the answer": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			const n = 20
			r := startResting(t)
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
			for i := range n {
				r.Deliver(named(fmt.Sprint("ws_CO_", i), m.url, simulator.CallbackPlan{}))
				r.idle(t)
				r.Rest()
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

// The receiver hangs up between the look at a connection and its use. After a reset not
// a byte goes out, and the callback goes on a fresh connection. Otherwise it is on its
// way, and has failed.
func TestReceiverHangsUpAtTheLastMoment(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(c *net.TCPConn)
		status int
	}{
		"by reset": {func(c *net.TCPConn) { _ = c.SetLinger(0); _ = c.Close() }, 200},
		"politely": {func(c *net.TCPConn) { _ = c.Close() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := startResting(t)
			r.TrustConnections()
			next, closed := make(chan struct{}), make(chan struct{}, 9)
			m := receive(t, func(r *receiver, conn *net.TCPConn) {
				if r.read(bufio.NewReader(conn)) != nil {
					return
				}
				_, _ = io.WriteString(conn, ok)
				<-next
				c.end(conn)
				closed <- struct{}{}
			})
			r.Deliver(named("ws_CO_1", m.url, simulator.CallbackPlan{}))
			r.idle(t)
			r.Rest()
			close(next)
			<-closed
			r.Deliver(named("ws_CO_2", m.url, simulator.CallbackPlan{}))
			r.idle(t)
			m.check(t, r, 2)
			if k := r.journal.list()[1]; k.Status != c.status || (k.Error == "") != (c.status == 200) {
				t.Errorf("journal: status %d, error %q", k.Status, k.Error)
			}
		})
	}
}

// A part of the callback has gone out when the receiver hangs up: it is not sent again.
func TestReceiverHangsUpWhileItIsWritten(t *testing.T) {
	r := startResting(t)
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
	r.Deliver(named("ws_CO_1", m.url, simulator.CallbackPlan{}))
	r.idle(t)
	r.Rest()
	long := named("ws_CO_2", m.url, simulator.CallbackPlan{})
	long.Body = bytes.Repeat([]byte("x"), 16<<20) // more than a connection takes by itself
	r.Deliver(long)
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
	r := startResting(t)
	r.TrustServer(m)
	for range 3 {
		r.Deliver(one(m.URL, simulator.CallbackPlan{}))
		r.idle(t)
		r.Rest()
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
