package loadtest

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Load is orders at a rate. It is open loop: each order has its intended start, and its
// time counts from there, so that a gateway that stalls does not delay the measurement.
type Load struct {
	Gateway  string // base URL
	Key      string // API key
	Callback string // URL for webhooks
	Orders   int
	Rate     float64 // orders a second; 0 is as fast as Clients can
	Clients  int     // connections
	Prefix   string  // of references, so that two loads at one gateway differ
	History  *History
}

// Timing is how long the orders of a load took, each from its intended start.
type Timing struct {
	All     []time.Duration // sorted
	Elapsed time.Duration   // from the first intended start to the last answer
	Refused int             // answers that were not 200
}

// Run orders until every order is answered.
func (l Load) Run(ctx context.Context) (Timing, error) {
	gateway, err := url.Parse(l.Gateway)
	if err != nil {
		return Timing{}, fmt.Errorf("the gateway's URL: %w", err)
	}
	conns := make([]net.Conn, l.Clients)
	for i := range conns {
		if conns[i], err = new(net.Dialer).DialContext(ctx, "tcp", gateway.Host); err != nil {
			return Timing{}, fmt.Errorf("connecting: %w", err)
		}
		defer func() { _ = conns[i].Close() }()
	}
	timing := Timing{All: make([]time.Duration, l.Orders)}
	errs := make([]error, l.Clients)
	var next, refused atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for i, conn := range conns {
		group.Go(func() {
			answers := bufio.NewReader(conn)
			for n := next.Add(1) - 1; n < int64(l.Orders) && errs[i] == nil; n = next.Add(1) - 1 {
				intended := l.intended(start, n)
				status := 0
				if errs[i] = pause(ctx, time.Until(intended)); errs[i] == nil {
					status, errs[i] = l.order(conn, answers, n)
				}
				if status != http.StatusOK {
					refused.Add(1)
				}
				timing.All[n] = time.Since(intended)
			}
		})
	}
	group.Wait()
	timing.Elapsed, timing.Refused = time.Since(start), int(refused.Load())
	slices.Sort(timing.All)
	return timing, cmp.Or(errs...)
}

// intended is when order n is to begin: now when there is no rate.
func (l Load) intended(start time.Time, n int64) time.Time {
	if l.Rate == 0 {
		return time.Now()
	}
	return start.Add(time.Duration(float64(n) / l.Rate * float64(time.Second)))
}

// order places order n and records the answer. It writes the request by hand, since
// net/http's client costs more than the handler that is measured. No two orders that are
// open at once have the same phone.
func (l Load) order(conn net.Conn, answers *bufio.Reader, n int64) (status int, err error) {
	const shillings = 150
	reference := fmt.Sprintf("%s-%d", l.Prefix, n)
	body := fmt.Sprintf(`{"phone":"2541%08d","amount":%d,"reference":%q,"callback_url":%q}`, n%100_000_000, shillings, reference, l.Callback)
	l.History.Add(Event{Actor: Client, Kind: OrderSent, Reference: reference, Cents: shillings * 100})
	_, err = fmt.Fprintf(conn, "POST /api/v1/mpesa/stk_push HTTP/1.1\r\nHost: %s\r\nX-API-KEY: %s\r\nX-Idempotency-Key: %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", conn.RemoteAddr(), l.Key, reference, len(body), body)
	if err != nil {
		return 0, fmt.Errorf("order %d: %w", n, err)
	}
	res, err := http.ReadResponse(answers, nil)
	if err != nil {
		return 0, fmt.Errorf("the answer to order %d: %w", n, err)
	}
	defer res.Body.Close()
	var a answer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		return 0, fmt.Errorf("the answer to order %d: %w", n, err)
	}
	_, _ = io.Copy(io.Discard, res.Body) // so that the next answer can be read
	l.History.Add(Event{Actor: Client, Kind: OrderAnswered, Reference: reference, HTTP: res.StatusCode, Transaction: a.ID})
	return res.StatusCode, nil
}
