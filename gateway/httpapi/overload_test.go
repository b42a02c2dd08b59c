package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
	"github.com/darajabox/darajabox/internal/testkit"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// serve runs s on a port of the kernel's choice until the test ends.
func serve(t *testing.T, s *http.Server) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	t.Cleanup(func() {
		_ = s.Close()
		<-served
	})
	return addr
}

func newServer(h http.Handler) *http.Server {
	return httpapi.NewServer(h, slog.New(slog.DiscardHandler), time.Now)
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// A thousand orders come at once and the store is slow. So many run, so many wait, the
// others are told at once to come back; whoever was taken in is answered.
func TestAThousandOrdersAtOnce(t *testing.T) {
	const all, running, waiting = 1000, 32, 64
	var inside, most, finished atomic.Int64
	slow := make(chan struct{})
	f := newFront(t, func(c *httpapi.Config) { c.MaxInFlight, c.MaxWaiting, c.LongestWait = running, waiting, time.Hour })
	f.collect = func(context.Context, gateway.Order) (gateway.Accepted, error) {
		n := inside.Add(1)
		defer inside.Add(-1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		<-slow
		return gateway.Accepted{PaymentID: finished.Add(1)}, nil
	}
	addr := serve(t, newServer(f))
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 0, DisableKeepAlives: true}}
	var taken, shed atomic.Int64
	var senders sync.WaitGroup
	for range all {
		senders.Go(func() {
			r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+addr+pushPath, strings.NewReader(goodBody))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("X-API-KEY", key)
			resp, err := client.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			switch {
			case resp.StatusCode == http.StatusOK:
				taken.Add(1)
			case resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") == "1":
				if shed.Add(1) == all-running-waiting { // at once, while the others wait
					close(slow)
				}
			default:
				t.Errorf("got %d %v", resp.StatusCode, resp.Header)
			}
		})
	}
	senders.Wait()
	if most.Load() > running {
		t.Errorf("%d ran at a time, want %d at most", most.Load(), running)
	}
	if taken.Load()+shed.Load() != all || taken.Load() != finished.Load() || taken.Load() != running+waiting {
		t.Errorf("%d were taken, %d shed, %d finished", taken.Load(), shed.Load(), finished.Load())
	}
}

// Who waits for a place waits for a while only.
func TestWaitingEnds(t *testing.T) {
	f := newFront(t, func(c *httpapi.Config) { c.MaxInFlight, c.MaxWaiting, c.LongestWait = 1, 1, time.Millisecond })
	inside, leave := make(chan struct{}), make(chan struct{})
	f.collect = func(context.Context, gateway.Order) (gateway.Accepted, error) {
		close(inside)
		<-leave
		return gateway.Accepted{PaymentID: 1}, nil
	}
	done := make(chan int)
	go func() { done <- f.call(t, http.MethodPost, pushPath, goodBody).Code }()
	<-inside
	if w := f.call(t, http.MethodPost, pushPath, goodBody); w.Code != 429 {
		t.Errorf("answered %d", w.Code)
	}
	close(leave)
	if got := <-done; got != 200 {
		t.Errorf("the first was answered %d", got)
	}
}

// Who waits for a place gets it when one is free, and may leave.
func TestWaitingForAPlace(t *testing.T) {
	f := newFront(t, func(c *httpapi.Config) { c.MaxInFlight, c.MaxWaiting = 1, 1 })
	inside, leave := make(chan struct{}, 10), make(chan struct{})
	f.collect = func(context.Context, gateway.Order) (gateway.Accepted, error) {
		inside <- struct{}{}
		<-leave
		return gateway.Accepted{PaymentID: 1}, nil
	}
	done := make(chan int, 2)
	for range 2 {
		go func() { done <- f.call(t, http.MethodPost, pushPath, goodBody).Code }()
	}
	<-inside
	leave <- struct{}{}
	<-inside // the second has the place of the first
	leave <- struct{}{}
	if a, b := <-done, <-done; a != 200 || b != 200 {
		t.Errorf("answered %d and %d", a, b)
	}
}

func TestPartnersHaveARate(t *testing.T) {
	clock := testkit.NewClock(created)
	f := newFront(t, func(c *httpapi.Config) {
		c.PartnerRate, c.Clock = httpapi.PartnerRate{PerSecond: 2, Burst: 3}, clock
	})
	for range 3 {
		if w := f.call(t, http.MethodPost, pushPath, goodBody); w.Code != 200 {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	w := f.call(t, http.MethodGet, "/api/v1/transactions/1", "")
	want(t, w, 429, `{"status":"error","message":"too many requests of this partner; try again"}`)
	if got := w.Header().Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q", got)
	}
	if w := f.call(t, http.MethodPost, "/daraja/stk/abc", "{}"); w.Code != 200 {
		t.Errorf("a callback was answered %d", w.Code)
	}
	clock.Advance(500 * time.Millisecond)
	if w := f.call(t, http.MethodPost, pushPath, goodBody); w.Code != 200 {
		t.Errorf("half a second later: %d", w.Code)
	}
	if w := f.call(t, http.MethodPost, pushPath, goodBody); w.Code != 429 {
		t.Errorf("and at once again: %d", w.Code)
	}
	if len(f.orders) != 4 {
		t.Errorf("%d orders got through", len(f.orders))
	}
}

// When an order may be sent again, in whole seconds and never too early.
func TestRetryAfter(t *testing.T) {
	for wait, header := range map[time.Duration]string{
		time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", 90 * time.Second: "90", 0: "",
	} {
		for code, status := range map[gateway.Code]int{gateway.CodeUnavailable: 503, gateway.CodeTooMany: 429} {
			f := newFront(t, nil)
			f.collect = func(context.Context, gateway.Order) (gateway.Accepted, error) {
				return gateway.Accepted{}, fmt.Errorf("recording an order: %w", &gateway.Error{Code: code, Message: "later", RetryAfter: wait})
			}
			w := f.call(t, http.MethodPost, pushPath, goodBody)
			want(t, w, status, `{"status":"error","message":"later"}`)
			if got := w.Header().Get("Retry-After"); got != header {
				t.Errorf("%s for %s: Retry-After %q, want %q", code, wait, got, header)
			}
		}
	}
}

// Slow loris: a client that drips its header, or its body, byte by byte is cut off
// within the timeout, and others are served meanwhile.
func TestDrippingClientsAreCutOff(t *testing.T) {
	for name, begin := range map[string]string{
		"header": "POST " + pushPath + " HTTP/1.1\r\nHost: x\r\nX-Drip: ",
		"body":   "POST " + pushPath + " HTTP/1.1\r\nHost: x\r\nX-API-KEY: " + key + "\r\nContent-Length: 60000\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, nil)
			s := newServer(f)
			s.ReadHeaderTimeout, s.ReadTimeout = 50*time.Millisecond, 100*time.Millisecond
			addr := serve(t, s)
			conn := dial(t, addr)
			if _, err := io.WriteString(conn, begin); err != nil {
				t.Fatal(err)
			}
			stop := make(chan struct{})
			var dripping sync.WaitGroup
			dripping.Go(func() {
				tick := time.NewTicker(5 * time.Millisecond)
				defer tick.Stop()
				for {
					select {
					case <-tick.C:
						_, _ = conn.Write([]byte("x"))
					case <-stop:
						return
					}
				}
			})
			defer dripping.Wait()
			defer close(stop)
			if w := f.call(t, http.MethodGet, "/health", ""); w.Code != 200 {
				t.Errorf("meanwhile the health check is answered %d", w.Code)
			}
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the client was not cut off")
			}
			if len(f.orders) != 0 {
				t.Error("an order came of it")
			}
		})
	}
}

func TestServerHasTheLimitsThatArePromised(t *testing.T) {
	s := newServer(nil)
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 10*time.Second || s.WriteTimeout != 60*time.Second ||
		s.IdleTimeout != 120*time.Second || s.MaxHeaderBytes != 16<<10 {
		t.Errorf("header %s, read %s, write %s, idle %s, %d bytes of header", s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout, s.MaxHeaderBytes)
	}
}

func TestHugeHeadersAreRefused(t *testing.T) {
	f := newFront(t, nil)
	conn := dial(t, serve(t, newServer(f)))
	go func() {
		_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\nX-Huge: %s\r\n\r\n", pushPath, key, strings.Repeat("x", 1<<20))
	}()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, " 431 ") {
		t.Errorf("answered %q, %v", line, err)
	}
}

// A body without end is refused after 64 KiB, not read to see how long it gets.
func TestEndlessBodiesAreRefused(t *testing.T) {
	f := newFront(t, nil)
	conn := dial(t, serve(t, newServer(f)))
	var sent atomic.Int64
	go func() {
		_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\nTransfer-Encoding: chunked\r\n\r\n", pushPath, key)
		chunk := append([]byte("10000\r\n"), bytes.Repeat([]byte("x"), 1<<16)...)
		for chunk = append(chunk, "\r\n"...); ; sent.Add(1 << 16) {
			if _, err := conn.Write(chunk); err != nil {
				return
			}
		}
	}()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, " 413 ") {
		t.Errorf("answered %q, %v", line, err)
	}
	if n := sent.Load(); n > 16<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}
