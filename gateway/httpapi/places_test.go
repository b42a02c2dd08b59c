package httpapi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
)

// begun waits until so many requests have come in.
func begun(t *testing.T, requests <-chan string, n int) {
	t.Helper()
	for range n {
		select {
		case <-requests:
		case <-time.After(patience):
			t.Fatal("a request did not come in")
		}
	}
}

// A partner whose bodies never come holds no places, so others are served. How many of
// its bodies are read at a time is bounded.
func TestBodiesThatNeverComeTakeNoPlaces(t *testing.T) {
	const all = 20
	requests := make(chan string, 10*all)
	f := newFront(t, func(c *httpapi.Config) {
		c.MaxInFlight, c.MaxReading = 4, all
		c.Observe = func(_ *http.Request, route string) func(int) {
			requests <- route
			return func(int) {}
		}
	})
	addr := serve(t, newServer(f))
	stall := func() io.Reader {
		conn := dial(t, addr)
		if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\nContent-Length: 100\r\n\r\n", pushPath, key); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	for range all {
		stall()
	}
	begun(t, requests, all)
	if w := f.call(t, http.MethodPost, pushPath, goodBody, "X-API-KEY", "", "X-API-KEY", otherKey); w.Code != 200 {
		t.Errorf("another partner is answered %d %s", w.Code, w.Body)
	}
	line, err := bufio.NewReader(stall()).ReadString('\n')
	if err != nil || !strings.Contains(line, " 429 ") {
		t.Errorf("one body more than may be read: %q, %v", line, err)
	}
}

// busy is a front at which orders stay until they are let go, by partner.
type busy struct {
	*front
	in    chan string // the partner of each order that has a place
	leave map[string]chan struct{}
	codes map[string]chan int
}

func newBusy(t *testing.T, places, waiting int) *busy {
	t.Helper()
	b := &busy{in: make(chan string, 1000), leave: make(map[string]chan struct{}), codes: make(map[string]chan int)}
	for _, partner := range []string{"local", "other"} {
		b.leave[partner], b.codes[partner] = make(chan struct{}), make(chan int, 1000)
	}
	b.front = newFront(t, func(c *httpapi.Config) { c.MaxInFlight, c.MaxWaiting, c.LongestWait = places, waiting, time.Hour })
	b.collect = func(ctx context.Context, _ gateway.Order) (gateway.Accepted, error) {
		partner, _ := ctx.Value(partnerName{}).(string)
		b.in <- partner
		<-b.leave[partner]
		return gateway.Accepted{PaymentID: 1}, nil
	}
	return b
}

// order sends orders of a partner at once; their answers go to codes.
func (b *busy) order(t *testing.T, all *sync.WaitGroup, partner string, n int) {
	t.Helper()
	shown := map[string]string{"local": key, "other": otherKey}[partner]
	for range n {
		all.Go(func() {
			b.codes[partner] <- b.call(t, http.MethodPost, pushPath, goodBody, "X-API-KEY", "", "X-API-KEY", shown).Code
		})
	}
}

// One partner has taken all places and all that wait for one. Another is not refused:
// the next place that is free is its own, and who waits longest last makes room for it.
func TestFullOfOnePartnerIsOpenToAnother(t *testing.T) {
	const places, waiting = 4, 4
	b := newBusy(t, places, waiting)
	var all sync.WaitGroup
	b.order(t, &all, "local", places+waiting+1)
	begun(t, b.in, places)
	if code := <-b.codes["local"]; code != 429 { // the ninth
		t.Fatalf("one too many of the first is answered %d", code)
	}
	b.order(t, &all, "other", 1)
	if code := <-b.codes["local"]; code != 429 { // gave its place in the queue
		t.Errorf("who made room is answered %d", code)
	}
	b.leave["local"] <- struct{}{}
	if next := <-b.in; next != "other" {
		t.Errorf("the free place went to %s", next)
	}
	close(b.leave["local"])
	close(b.leave["other"])
	all.Wait()
	if code := <-b.codes["other"]; code != 200 {
		t.Errorf("the other is answered %d", code)
	}
}

// A request that is refused before its body was read is answered at once, and its
// connection ends: the server would otherwise wait for the rest of the body first.
func TestRefusedBodiesHoldNoConnection(t *testing.T) {
	for name, tt := range map[string]struct{ line, key, status string }{
		"health":        {"GET /health", "", " 200 "},
		"a list":        {"GET /api/v1/transactions", key, " 200 "},
		"two keys":      {"POST " + pushPath, key + "\r\nX-Idempotency-Key: a\r\nX-Idempotency-Key: b", " 400 "},
		"no key":        {"POST " + pushPath, "", " 401 "},
		"a wrong key":   {"POST " + pushPath, "dbx_test_wrong", " 401 "},
		"a wrong path":  {"POST /nothing", "", " 404 "},
		"a wrong verb":  {"PUT " + pushPath, key, " 405 "},
		"too many":      {"POST " + pushPath, otherKey, " 429 "},
		"the wrong way": {"POST /api/v1/transactions/1", key, " 405 "},
	} {
		t.Run(name, func(t *testing.T) {
			requests := make(chan string, 10)
			f := newFront(t, func(c *httpapi.Config) {
				c.MaxReading = 1
				c.Observe = func(_ *http.Request, route string) func(int) {
					requests <- route
					return func(int) {}
				}
			})
			s := newServer(f)
			s.ReadTimeout = time.Hour
			addr := serve(t, s)
			send := func() io.Reader {
				conn := dial(t, addr)
				if _, err := fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\nContent-Length: 100\r\n\r\n", tt.line, tt.key); err != nil {
					t.Fatal(err)
				}
				_ = conn.SetReadDeadline(time.Now().Add(patience))
				return conn
			}
			if tt.status == " 429 " {
				send()
				begun(t, requests, 1)
			}
			answer, err := io.ReadAll(send())
			if err != nil || !strings.Contains(string(answer), tt.status) || !strings.Contains(string(answer), "Connection: close") {
				t.Errorf("answered %q, %v", answer, err)
			}
		})
	}
}

// A body that has come makes room for the next.
func TestBodiesAreReceivedOneAfterTheOther(t *testing.T) {
	f := newFront(t, func(c *httpapi.Config) { c.MaxReading = 1 })
	for range 3 {
		if w := f.call(t, http.MethodPost, pushPath, goodBody); w.Code != 200 {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
		if w := f.call(t, http.MethodPost, pushPath, strings.Repeat("x", 64<<10+1)); w.Code != 413 {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	}
}
