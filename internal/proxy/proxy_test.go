package proxy_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/darajabox/darajabox/internal/proxy"
)

// timeout is how long a test waits on a busy machine.
const timeout = 10 * time.Second

// named starts a server that sends its name and a colon before each line that it gets.
func named(t *testing.T, network, addr, name string) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for in := bufio.NewScanner(c); in.Scan(); {
					if in.Text() == "die" {
						_ = c.(*net.TCPConn).SetLinger(0)
						return
					}
					_, _ = io.WriteString(c, name+":"+in.Text()+"\n")
				}
				_, _ = io.WriteString(c, "bye\n") // after the client has closed its half
			}()
		}
	}()
	return l.Addr().String()
}

func start(t *testing.T, targets ...string) *proxy.Proxy {
	t.Helper()
	p, err := proxy.New(t.Context(), targets...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

type client struct {
	*net.TCPConn
	t  *testing.T
	in *bufio.Reader
}

func dial(t *testing.T, p *proxy.Proxy) client {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(timeout))
	return client{c.(*net.TCPConn), t, bufio.NewReader(c)}
}

func (c client) send(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c client) expect(want string) {
	c.t.Helper()
	if got, err := c.in.ReadString('\n'); got != want+"\n" || err != nil {
		c.t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func (c client) expectReset() {
	c.t.Helper()
	if got, err := c.in.ReadString('\n'); !errors.Is(err, syscall.ECONNRESET) {
		c.t.Errorf("got %q, %v; want a reset", got, err)
	}
}

// expectNone wants a connection to be reset before anything is sent, which the client may
// hear of while it connects.
func expectNone(t *testing.T, p *proxy.Proxy) {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.Addr())
	if err == nil {
		_ = c.SetDeadline(time.Now().Add(timeout))
		_, err = c.Read(make([]byte, 1))
		_ = c.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want a reset", err)
	}
}

func TestBothWaysToTheEnd(t *testing.T) {
	for _, tt := range []struct{ name, network, addr string }{
		{"TCP", "tcp", "127.0.0.1:0"}, {"a Unix socket", "unix", filepath.Join(t.TempDir(), "socket")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, start(t, named(t, tt.network, tt.addr, "a")))
			c.send("1")
			c.expect("a:1")
			_ = c.CloseWrite()
			c.expect("bye")
			if _, err := c.in.ReadByte(); err != io.EOF {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

// Connections take turns, and pass over a target that does not answer.
func TestBalance(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	p := start(t, named(t, "tcp", "127.0.0.1:0", "a"), gone.Addr().String(), named(t, "tcp", "127.0.0.1:0", "c"))
	for _, want := range []string{"a:x", "c:x", "c:x", "a:x"} {
		c := dial(t, p)
		c.send("x")
		c.expect(want)
	}
	p.SetTargets(named(t, "tcp", "127.0.0.1:0", "d"))
	c := dial(t, p)
	c.send("x")
	c.expect("d:x")
}

func TestResets(t *testing.T) {
	c := dial(t, start(t, named(t, "tcp", "127.0.0.1:0", "a")))
	c.send("die")
	c.expectReset()
	expectNone(t, start(t)) // without a target
}

// A cut resets what is open and what comes, until the last of several is restored.
func TestCut(t *testing.T) {
	p := start(t, named(t, "tcp", "127.0.0.1:0", "a"))
	open := dial(t, p)
	open.send("1")
	open.expect("a:1")
	first, second := p.Cut(), p.Cut()
	open.expectReset()
	first()
	first() // once more does nothing
	expectNone(t, p)
	second()
	c := dial(t, p)
	c.send("2")
	c.expect("a:2")
}

func TestHold(t *testing.T) {
	p := start(t, named(t, "tcp", "127.0.0.1:0", "a"))
	c := dial(t, p)
	release, err := p.Hold()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Hold(); !errors.Is(err, proxy.ErrHeld) {
		t.Errorf("it holds twice: %v", err)
	}
	c.send("1")
	_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if got, err := c.in.ReadString('\n'); err == nil {
		t.Errorf("it let %q through", got)
	}
	_ = c.SetReadDeadline(time.Now().Add(timeout))
	release()
	c.expect("a:1")
	if release, err = p.Hold(); err != nil {
		t.Fatal(err)
	}
	c.send("2")
	if err := p.Close(); err != nil { // which does not wait for release
		t.Error(err)
	}
	release()
}
