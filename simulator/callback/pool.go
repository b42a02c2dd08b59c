package callback

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"
)

// A connection that was answered on is used again only at a certain age, so that a
// callback is not lost on one that its receiver is just closing: not at once, since some
// hang up right after their answer without saying so, and not for long, since all hang up
// on idle ones some day. Its age is told in ticks, which may be longer on a machine that
// has no time.
const (
	tick    = 5 * time.Millisecond
	minIdle = 4 // ticks from the answer to the next use
	maxIdle = 10
	maxPool = 1024 // connections that wait, together
)

// conn is a connection to a receiver.
type conn struct {
	net.Conn
	raw      *net.TCPConn // under Conn, which may be TLS
	key      string       // of the pool
	in       *io.LimitedReader
	buffered *bufio.Reader // of in
	used     bool          // a callback was answered on it before
	since    uint64        // tick at which it began to wait
}

// reset ends the connection so that the receiver sees a reset, not an end.
func (c *conn) reset() {
	_ = c.raw.SetLinger(0) // a connection that is gone already needs no reset
	_ = c.raw.Close()
}

// pool keeps connections between two callbacks. They wait in order of arrival, so
// that the first one of a receiver has waited longest.
type pool struct {
	ctx    context.Context // lasts until close
	cancel context.CancelFunc
	dialer net.Dialer
	roots  *x509.CertPool // nil trusts as the machine does
	alive  func(*net.TCPConn) bool
	tick   time.Duration

	mu     sync.Mutex
	idle   map[string][]*conn
	count  int
	now    uint64 // in ticks
	ticks  bool   // there is a goroutine that counts
	ended  sync.WaitGroup
	closed bool
}

func newPool() *pool {
	ctx, cancel := context.WithCancel(context.Background())
	return &pool{ctx: ctx, cancel: cancel, alive: alive, tick: tick, idle: make(map[string][]*conn)}
}

func key(u *url.URL) string { return u.Scheme + "://" + u.Host }

// take is the connection to the host of u that has waited longest, if it is fit for use, or nil.
func (p *pool) take(u *url.URL) *conn {
	for {
		c := p.oldest(key(u))
		if c == nil || p.alive(c.raw) {
			return c
		}
		_ = c.Close() // the receiver has hung up already
	}
}

func (p *pool) oldest(key string) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	waiting := p.idle[key]
	if len(waiting) == 0 || p.now-waiting[0].since < minIdle {
		return nil
	}
	p.idle[key] = waiting[1:]
	p.count--
	return waiting[0]
}

// put keeps c for another callback, or closes it when there are enough.
func (p *pool) put(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.count >= maxPool {
		_ = c.Close() // it has nothing more to say
		return
	}
	c.used, c.since = true, p.now
	p.idle[c.key] = append(p.idle[c.key], c)
	p.count++
	if !p.ticks {
		p.ticks = true
		p.ended.Go(p.run)
	}
}

// run counts the ticks while connections wait.
func (p *pool) run() {
	for older := true; older; older = p.age() {
		pause, cancel := context.WithTimeout(p.ctx, p.tick)
		<-pause.Done()
		cancel()
	}
}

// age makes the connections a tick older and closes those that have waited too long.
// It returns false when none is left.
func (p *pool) age() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now++
	for key, waiting := range p.idle {
		old := 0
		for old < len(waiting) && (p.closed || p.now-waiting[old].since > maxIdle) {
			_ = waiting[old].Close() // nothing is under way on it
			old++
		}
		p.count -= old
		if p.idle[key] = waiting[old:]; old == len(waiting) {
			delete(p.idle, key)
		}
	}
	p.ticks = p.count > 0
	return p.ticks
}

// close ends every connection that waits, and waits for the pool's end.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	p.ended.Wait()
}

// dial makes a connection to the host of u.
func (p *pool) dial(ctx context.Context, u *url.URL) (*conn, error) {
	port := u.Port()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("unsupported protocol scheme %q", u.Scheme)
	case u.Hostname() == "":
		return nil, errors.New("the URL has no host")
	case strings.ContainsFunc(u.Host, func(c rune) bool { return c <= ' ' || c > '~' }):
		return nil, fmt.Errorf("the host %q must be written in ASCII (xn--…)", u.Host)
	case port == "" && u.Scheme == "https":
		port = "443"
	case port == "":
		port = "80"
	}
	made, err := p.dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	raw, ok := made.(*net.TCPConn)
	if !ok {
		_ = made.Close() // it cannot be: tcp was asked for
		return nil, fmt.Errorf("dialling gave a %T", made)
	}
	c := &conn{Conn: raw, raw: raw, key: key(u)}
	if u.Scheme == "https" {
		secure := tls.Client(raw, &tls.Config{ServerName: u.Hostname(), NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12, RootCAs: p.roots})
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = raw.Close() // the handshake's error is the one that tells
			return nil, err
		}
		c.Conn = secure
	}
	c.in = &io.LimitedReader{R: c.Conn}
	c.buffered = bufio.NewReader(c.in)
	return c, nil
}
