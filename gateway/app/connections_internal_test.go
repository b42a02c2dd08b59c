package app

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// Sources of connections. All of 127.0.0.0/8 is this machine on Linux; elsewhere these
// tests are skipped.
const (
	here      = "127.0.0.1"
	attacker  = "127.0.0.2"
	another   = "127.0.0.3"
	safaricom = "127.0.0.4"
)

// answering answers /hold when release is closed, and everything else at once.
type answering struct {
	holds   chan struct{} // gets one for each /hold that has begun
	release chan struct{}
}

func (a *answering) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/hold":
		_, _ = io.Copy(io.Discard, r.Body)
		a.holds <- struct{}{}
		<-a.release
	case "/read":
		a.holds <- struct{}{}
		_, _ = io.Copy(io.Discard, r.Body)
	case "/unread":
		a.holds <- struct{}{}
	}
}

// closings counts connections that were closed for want of room.
type closings struct {
	mu sync.Mutex
	by map[string]int
}

// counts is how many were closed for each reason.
func (c *closings) counts() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.by)
}

func (c *closings) count(_, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by[reason]++
}

// crowdedDoor is a door with limits, at which M-PESA's connections have room of their own.
type crowdedDoor struct {
	*testing.T
	*answering
	*closings
	door  *door
	idled chan struct{} // gets one for each connection that has become idle after a request
}

func newCrowdedDoor(t *testing.T, most, perSource int) *crowdedDoor {
	t.Helper()
	c := &crowdedDoor{
		T: t, answering: &answering{holds: make(chan struct{}, 1000), release: make(chan struct{})},
		closings: &closings{by: make(map[string]int)}, idled: make(chan struct{}, 100_000),
	}
	s := &http.Server{Handler: c.answering, ReadHeaderTimeout: time.Minute}
	s.ConnState = func(_ net.Conn, state http.ConnState) { // runs when the listener has heard of it
		if state == http.StateIdle {
			c.idled <- struct{}{}
		}
	}
	c.door = openedBy(t, s, connLimits{
		most: most, perSource: perSource, closed: c.count,
		reserved: func(a netip.Addr) bool { return a.String() == safaricom },
	})
	return c
}

// client is a connection from a source.
type client struct {
	*testing.T
	net.Conn
	*bufio.Reader
	idled <-chan struct{}
}

func (c *crowdedDoor) dial(source string) *client {
	c.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)}, Timeout: patience}
	conn, err := d.DialContext(c.Context(), "tcp", c.door.listener.Addr().String())
	if err != nil {
		c.Skipf("this machine has no %s: %v", source, err)
	}
	c.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &client{c.T, conn, bufio.NewReader(conn), c.idled}
}

func (c *client) send(path string) {
	_, _ = io.WriteString(c.Conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n") // a closed connection shows at read
}

// answered reports whether the answer to what was sent comes; false is a connection that
// was closed without one.
func (c *client) answered() bool {
	c.Helper()
	resp, err := http.ReadResponse(c.Reader, nil)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.Fatal("neither answered nor closed")
	}
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// asks sends a request and reports whether it is answered. Then the connection is idle.
func (c *client) asks() bool {
	c.Helper()
	c.send("/")
	if !c.answered() {
		return false
	}
	<-c.idled
	return true
}

// holds sends a request that is under way until release.
func (c *crowdedDoor) hold(source string) *client {
	c.Helper()
	return c.begin(source, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
}

// stall sends a request whose body does not come.
func (c *crowdedDoor) stall(source, path string) *client {
	c.Helper()
	return c.begin(source, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nx")
}

// begin sends a request and waits until its handler runs.
func (c *crowdedDoor) begin(source, request string) *client {
	c.Helper()
	conn := c.dial(source)
	_, _ = io.WriteString(conn.Conn, request)
	select {
	case <-c.holds:
	case <-time.After(patience):
		c.Fatal("the request does not come in")
	}
	return conn
}

// The attack: as many connections as there may be, each with a request whose body never
// comes. Partners get in at once, and no request that came in full is cut off.
func TestBodiesThatNeverComeMakeRoom(t *testing.T) {
	const most = 8
	for _, path := range []string{"/read", "/unread"} {
		for limit, perSource := range map[string]int{"by the limit": 0, "by the source": most / 2} {
			t.Run(path+", "+limit, func(t *testing.T) {
				c := newCrowdedDoor(t, most, perSource)
				held := c.begin(here, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
				oldest := c.stall(attacker, path)
				for range 2 * most {
					c.stall(attacker, path)
				}
				if _, err := oldest.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("the oldest is not closed: %v", err)
				}
				for _, source := range []string{here, another, safaricom} {
					if !c.dial(source).asks() {
						t.Errorf("%s is not served", source)
					}
				}
				if by := c.counts(); by[closedIdle] == 0 || len(by) != 1 {
					t.Errorf("closed for want of room: %v", by)
				}
				close(c.release)
				if !held.answered() {
					t.Error("a request that came in full was cut off")
				}
			})
		}
	}
}

// A body whose connection was closed as its last byte came has no end, so that no order
// is taken from it.
func TestBodyOfAClosedConnectionHasNoEnd(t *testing.T) {
	mine, theirs := net.Pipe()
	defer theirs.Close()
	l := newConnections(nil, "requests", connLimits{most: 1})
	c := l.admit(mine)
	body := c.receive(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("{}"))).Body
	other, _ := net.Pipe()
	if l.admit(other) == nil {
		t.Fatal("no room was made")
	}
	if got, err := io.ReadAll(body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("read %q, %v", got, err)
	}
}

// The attack: many more idle connections than the limit, each with one request behind it
// or with none, again and again. Partners and M-PESA get in at once.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	const most = 64
	for name, asks := range map[string]bool{"after a request": true, "before any request": false} {
		for limit, perSource := range map[string]int{"by the limit": 0, "by the source": most / 4} {
			t.Run(name+", "+limit, func(t *testing.T) {
				c := newCrowdedDoor(t, most, perSource)
				for range 3 {
					for range 100 {
						if conn := c.dial(attacker); asks && !conn.asks() {
							t.Fatal("the attacker is not served")
						}
					}
					for _, source := range []string{here, another, safaricom} {
						if !c.dial(source).asks() {
							t.Errorf("%s is not served", source)
						}
					}
				}
				if by := c.counts(); by[closedIdle] == 0 || len(by) != 1 {
					t.Errorf("closed for want of room: %v", by)
				}
			})
		}
	}
}

// The one that goes is the one that has been idle for longest, counted from its last
// request; never one with a request under way.
func TestLongestIdleConnectionIsClosed(t *testing.T) {
	c := newCrowdedDoor(t, 4, 0)
	held := c.hold(here) // the oldest of all
	first, second, third := c.dial(here), c.dial(here), c.dial(here)
	for _, conn := range []*client{first, second, third, first} {
		if !conn.asks() {
			t.Fatal("not served")
		}
	}
	for _, gone := range []*client{second, third, first} {
		fresh := c.hold(here)
		if _, err := gone.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("the longest idle is not closed: %v", err)
		}
		defer func() {
			if !fresh.answered() {
				t.Error("one with a request under way was closed")
			}
		}()
	}
	if c.dial(here).asks() { // all four have a request under way
		t.Error("there was room for a fifth")
	}
	if by := c.counts(); by[closedIdle] != 3 || by[closedFull] != 1 {
		t.Errorf("closed for want of room: %v", by)
	}
	close(c.release)
	if !held.answered() {
		t.Error("the oldest, with a request under way, was closed")
	}
}

// A source with as many as it may have, all with requests under way, gets no more, and
// others do.
func TestConnectionsOfOneSourceAreBounded(t *testing.T) {
	c := newCrowdedDoor(t, 8, 3)
	idle := c.dial(another)
	if !idle.asks() {
		t.Fatal("not served")
	}
	var held []*client
	for range 3 {
		held = append(held, c.hold(attacker))
	}
	if c.dial(attacker).asks() {
		t.Error("the fourth of one source is served")
	}
	for range 2 {
		held = append(held, c.hold(here))
	}
	if !idle.asks() {
		t.Error("an idle connection was closed for the sake of another source's limit")
	}
	if by := c.counts(); by[closedSource] != 1 || len(by) != 1 {
		t.Errorf("closed for want of room: %v", by)
	}
	close(c.release)
	for _, conn := range held {
		if !conn.answered() {
			t.Error("a request under way was cut off")
		}
	}
}

// M-PESA's connections have room of their own, and no limit by source.
func TestMpesaAlwaysFindsRoom(t *testing.T) {
	const most = 4
	c := newCrowdedDoor(t, most, 2)
	for _, source := range []string{here, attacker} {
		for range most / 2 {
			c.hold(source)
		}
	}
	if c.dial(another).asks() {
		t.Error("the listener is not full")
	}
	for range most {
		c.hold(safaricom)
	}
	if c.dial(safaricom).asks() {
		t.Error("M-PESA's own room has no limit")
	}
	close(c.release)
}

// A connection that ends gives its room back, however it ends.
func TestRoomIsGivenBack(t *testing.T) {
	c := newCrowdedDoor(t, 2, 2)
	for range 10 {
		conn := c.dial(here)
		if !conn.asks() {
			t.Fatal("not served")
		}
		_ = conn.Close()
	}
	held := c.hold(here)
	_ = held.Close()
	close(c.release)
	if !c.dial(here).asks() {
		t.Error("not served")
	}
}

// A request whose connection was closed at the moment when it came in is not begun.
func TestRequestOfAClosedConnectionIsNotBegun(t *testing.T) {
	mine, theirs := net.Pipe()
	defer theirs.Close()
	l := newConnections(nil, "requests", connLimits{most: 1})
	c := l.admit(mine)
	s := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was begun") }), ReadHeaderTimeout: time.Second}
	l.serveBy(s)
	other, _ := net.Pipe()
	if l.admit(other) == nil {
		t.Fatal("no room was made")
	}
	l.track(c, http.StateActive) // its header was read meanwhile
	r := httptest.NewRequestWithContext(s.ConnContext(t.Context(), c), http.MethodPost, "/", nil)
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // a panic is this very value
			t.Errorf("it ended with %v", v)
		}
	}()
	s.Handler.ServeHTTP(httptest.NewRecorder(), r)
}

func TestSourceOfAnAddress(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
		"2001:db8:1:2:ffff::":  "2001:db8:1:2::",
		"2001:db8:1:3:3:4:5:6": "2001:db8:1:3::",
	} {
		if got := sourceOf(netip.MustParseAddr(addr)).String(); got != want {
			t.Errorf("%s counts as %s, want %s", addr, got, want)
		}
	}
	if got := sourceOf(netip.Addr{}); got.IsValid() {
		t.Errorf("no address counts as %s", got)
	}
}
