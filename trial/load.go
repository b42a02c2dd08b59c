package trial

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Load is orders at a rate. It is open loop: each order has its intended time, and how
// long it took is counted from there, so that a gateway that stalls does not slow its
// own clock down.
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

// Took is how long the orders of a load took, each from its intended start.
type Took struct {
	All     []time.Duration // sorted
	Elapsed time.Duration   // from the first intended start to the last answer
	Refused int             // answers that were not 200
}

// At returns the duration that a share of the orders did not exceed.
func (t Took) At(share float64) time.Duration { return at(t.All, share) }

func at(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

// Run orders until all were answered.
func (l Load) Run(ctx context.Context) (Took, error) {
	conns := make([]*wire, l.Clients)
	for i := range conns {
		c, err := l.dial(ctx)
		if err != nil {
			return Took{}, err
		}
		defer func() { _ = c.conn.Close() }()
		conns[i] = c
	}
	all := make([]time.Duration, l.Orders)
	var next, refused atomic.Int64
	errs := make(chan error, len(conns))
	var group sync.WaitGroup
	start := time.Now()
	for _, c := range conns {
		group.Go(func() {
			for n := next.Add(1) - 1; n < int64(l.Orders); n = next.Add(1) - 1 {
				intended := l.intended(start, n)
				if err := pause(ctx, time.Until(intended)); err != nil {
					errs <- err
					return
				}
				ok, err := l.order(c, n)
				if err != nil {
					errs <- fmt.Errorf("order %d: %w", n, err)
					return
				}
				if !ok {
					refused.Add(1)
				}
				all[n] = time.Since(intended)
			}
		})
	}
	group.Wait()
	took := Took{All: all, Elapsed: time.Since(start), Refused: int(refused.Load())}
	slices.Sort(took.All)
	select {
	case err := <-errs:
		return took, err
	default:
		return took, nil
	}
}

// intended is when order n should start.
func (l Load) intended(start time.Time, n int64) time.Time {
	if l.Rate == 0 {
		return time.Now()
	}
	return start.Add(time.Duration(float64(n) / l.Rate * float64(time.Second)))
}

// wire is one connection, as lean as a load generator should be: what is measured is
// the other side.
type wire struct {
	conn   net.Conn
	answer *bufio.Reader
	head   string
}

func (l Load) dial(ctx context.Context) (*wire, error) {
	u, err := url.Parse(l.Gateway)
	if err != nil {
		return nil, fmt.Errorf("the gateway's URL: %w", err)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	head := "POST /api/v1/mpesa/stk_push HTTP/1.1\r\nHost: " + u.Host + "\r\nX-API-KEY: " + l.Key +
		"\r\nContent-Type: application/json\r\n"
	return &wire{conn: conn, answer: bufio.NewReader(conn), head: head}, nil
}

// order makes order n on c. No two that are open at once have the same phone.
func (l Load) order(c *wire, n int64) (ok bool, err error) {
	const shillings = 150
	reference := l.Prefix + "-" + strconv.FormatInt(n, 10)
	body := fmt.Sprintf(`{"phone":"2541%08d","amount":%d,"reference":%q,"callback_url":%q}`, n%100_000_000, shillings, reference, l.Callback)
	l.History.Add(Event{Who: Client, What: Ordered, Reference: reference, Cents: shillings * 100})
	_, err = io.WriteString(c.conn, c.head+"X-Idempotency-Key: "+reference+"\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
	if err != nil {
		return false, fmt.Errorf("sending: %w", err)
	}
	status, got, err := c.read()
	if err != nil {
		return false, fmt.Errorf("reading the answer: %w", err)
	}
	l.History.Add(Event{Who: Client, What: Answered, Reference: reference, HTTP: status, Transaction: transactionOf(got)})
	return status == http.StatusOK, nil
}

// read takes an answer whose length is told, as those of the gateway are.
func (c *wire) read() (status int, body string, err error) {
	line, err := c.answer.ReadString('\n')
	if err != nil {
		return 0, "", err
	}
	_, code, _ := strings.Cut(line, " ")
	if status, err = strconv.Atoi(code[:min(len(code), len("200"))]); err != nil {
		return 0, "", fmt.Errorf("%q begins no answer", line)
	}
	length := -1
	for {
		header, err := c.answer.ReadSlice('\n')
		if err != nil {
			return 0, "", err
		}
		name, value, named := strings.Cut(strings.TrimSpace(string(header)), ":")
		if !named {
			break
		}
		if strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return 0, "", err
			}
		}
	}
	if length < 0 {
		return 0, "", errors.New("it does not tell its length")
	}
	raw := make([]byte, length)
	_, err = io.ReadFull(c.answer, raw)
	return status, string(raw), err
}

// transactionOf reads the id out of an answer without a decoder, which would cost more
// than what is measured.
func transactionOf(answer string) int64 {
	_, rest, ok := strings.Cut(answer, `"transaction_id":`)
	if !ok {
		return 0
	}
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return id
}
