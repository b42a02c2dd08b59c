package darajatest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Receiver takes callbacks in the place of the program's own endpoint.
type Receiver struct {
	URL string // for CallBackURL

	sim *Simulator

	mu       sync.Mutex
	received []Callback
	news     chan struct{} // closed and renewed at each callback
}

// Callback is an STK callback as it came.
type Callback struct {
	MerchantRequestID string
	CheckoutRequestID string
	ResultCode        string // "0" is paid
	ResultDesc        string

	// Of a payment only, as they stand in the metadata: 150.00 is "150.00".
	Amount  string
	Receipt string
	Phone   string

	Body []byte // whole, and the only field of a body that is no STK callback
}

// maxCallback is how much of a body a Receiver reads.
const maxCallback = 1 << 20

// Receiver starts an endpoint for callbacks, which ends with the simulator. It
// answers 200.
func (s *Simulator) Receiver() *Receiver {
	r := &Receiver{sim: s, news: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(r.receive))
	r.URL = server.URL + "/callback"
	s.onClose(func() error { server.Close(); return nil })
	return r
}

func (r *Receiver) receive(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, maxCallback))
	if err != nil {
		return // it was cut off on its way
	}
	r.mu.Lock()
	r.received = append(r.received, readCallback(body))
	close(r.news)
	r.news = make(chan struct{})
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"ResultCode":0,"ResultDesc":"Accepted"}`)
}

// Received are the callbacks that came, in order.
func (r *Receiver) Received() []Callback {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.received)
}

// Wait returns the callbacks that came once there are n, and ends the test when there
// are not within so much real time. It is of use when the clock runs; a clock that
// stands still has delivered everything when Advance returns.
func (r *Receiver) Wait(n int, within time.Duration) []Callback {
	r.sim.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	for {
		r.mu.Lock()
		received, news := slices.Clone(r.received), r.news
		r.mu.Unlock()
		if len(received) >= n {
			return received
		}
		select {
		case <-news:
		case <-ctx.Done():
			r.sim.check("waiting "+within.String()+" for callbacks", fmt.Errorf("%d of %d came", len(received), n))
		}
	}
}

// readCallback reads the fields of a body that has them.
func readCallback(body []byte) Callback {
	c := Callback{Body: body}
	r, err := daraja.ReadSTKCallback(body)
	if err == nil {
		c.MerchantRequestID, c.CheckoutRequestID, c.ResultCode, c.ResultDesc = r.MerchantRequestID, r.CheckoutRequestID, string(r.ResultCode), r.ResultDesc
		c.Amount, c.Receipt, c.Phone = r.Amount, r.Receipt, r.PhoneNumber
	}
	return c
}
