package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// What the gateway promises of a URL that asks for less, whichever store it has.
func urlPauseTests() []test {
	return []test{
		{"a pause of a URL leaves the other URLs of its host alone", pauseLeavesOthers},
		{"a pause of a URL is bounded for its other webhooks, and is seen", pauseIsBounded},
		{"a pause outlives a restart", pauseOutlivesRestart},
		{"a webhook that is sent again does not wait for a pause", resendEndsPause},
	}
}

const (
	busyURL = "https://shop.example.com/busy"
	fineURL = "https://shop.example.com/fine"
	year    = 365 * 24 * time.Hour
)

// shop is a partner whose URL busyURL may ask for less.
type shop struct {
	*bench
	gateway.Gateway
	posts chan string // the message ids, as they came

	mu   sync.Mutex
	busy gateway.Reply // of busyURL; a status of 0 is 200
}

func newShop(b *bench) *shop {
	s := &shop{bench: b, posts: make(chan string, 100)}
	s.open()
	return s
}

// open has the gateway work on the store.
func (s *shop) open() (stop func() error) {
	s.Gateway = gateway.Gateway{
		Store: s.bench.Store, Sender: s, Clock: s.clock, Random: s.dice, Waits: gateway.StandardWaits(), Log: slog.New(slog.DiscardHandler),
	}
	return s.work(worker{delivery: s.WorkDelivery})
}

// answers sets what busyURL answers from now on.
func (s *shop) answers(status int, retryAfter time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = gateway.Reply{Status: status, RetryAfter: fmt.Sprint(int(retryAfter.Seconds()))}
}

// Send implements gateway.Sender.
func (s *shop) Send(_ context.Context, w gateway.Webhook) (gateway.Reply, error) {
	s.posts <- w.MessageID
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.URL != busyURL || s.busy.Status == 0 || s.busy.Status == http.StatusOK {
		return gateway.Reply{Status: http.StatusOK}, nil
	}
	return s.busy, fmt.Errorf("answered %d", s.busy.Status)
}

// settle stores a webhook that is due now, under a message id.
func (s *shop) settle(url, message string) int64 {
	s.Helper()
	now := s.clock.Now()
	d := gateway.Delivery{PaymentID: s.insert(gateway.Payment{}), Partner: "acme", MessageID: message, URL: url, Endpoint: "https://shop.example.com:443",
		Body: []byte("{}"), State: gateway.DeliveryDue, DueAt: now, CreatedAt: now, UpdatedAt: now}
	s.update(func(tx gateway.Tx) error { return tx.InsertDelivery(&d) })
	return d.ID
}

func (s *shop) wantPost(message string) {
	s.Helper()
	if got := receive(s.bench, s.posts, "the webhook "+message); got != message {
		s.Errorf("webhook %s was sent, want %s", got, message)
	}
}

// until waits for a delivery to be something, and returns it.
func (s *shop) until(id int64, what string, is func(d *gateway.Delivery) bool) *gateway.Delivery {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	for {
		var d *gateway.Delivery
		s.view(func(tx gateway.Tx) (err error) {
			d, err = tx.Delivery(id)
			return err
		})
		if is(d) {
			return d
		}
		if ctx.Err() != nil {
			s.Fatalf("waited in vain for delivery %d to be %s: %+v", id, what, d)
		}
	}
}

// end ends a delivery.
func (s *shop) end(id int64) {
	s.Helper()
	s.update(func(tx gateway.Tx) error {
		d, err := tx.Delivery(id)
		if err != nil {
			return err
		}
		d.State, d.DueAt, d.Reason = gateway.DeliveryDone, time.Time{}, ""
		return tx.SaveDelivery(d)
	})
}

func (s *shop) untilAttempted(id int64) *gateway.Delivery {
	s.Helper()
	return s.until(id, "attempted", func(d *gateway.Delivery) bool { return d.Attempts > 0 })
}

func (s *shop) untilPutOff(id int64) *gateway.Delivery {
	s.Helper()
	return s.until(id, "put off", func(d *gateway.Delivery) bool { return d.Reason != "" })
}

func pauseLeavesOthers(b *bench) {
	s := newShop(b)
	s.answers(http.StatusTooManyRequests, year)
	busy := s.settle(busyURL, "busy")
	s.wantPost("busy")
	s.untilAttempted(busy)
	for _, message := range []string{"one", "two", "three"} {
		id := s.settle(fineURL, message)
		s.wantPost(message)
		if d := s.untilAttempted(id); d.State != gateway.DeliveryDone {
			b.Errorf("%s: %+v", message, d)
		}
	}
}

func pauseIsBounded(b *bench) {
	for _, tt := range []struct {
		status  int
		asked   time.Duration
		most    time.Duration // that other webhooks wait
		retried time.Duration // when the first is tried again
	}{
		{http.StatusTooManyRequests, year, time.Minute, 24 * time.Hour},
		{http.StatusServiceUnavailable, 20 * time.Second, 20 * time.Second, 20 * time.Second},
	} {
		s := &shop{bench: b, posts: make(chan string, 100)}
		stop := s.open()
		s.answers(tt.status, tt.asked)
		begin := b.clock.Now()
		first := s.settle(busyURL, "first")
		s.wantPost("first")
		d := s.untilAttempted(first)
		if !d.DueAt.Equal(begin.Add(tt.retried)) || !strings.Contains(d.Reason, fmt.Sprint(tt.status)) {
			b.Errorf("the first is due at %v because %q, want at %v", d.DueAt, d.Reason, begin.Add(tt.retried))
		}
		s.answers(http.StatusOK, 0)
		other := s.settle(busyURL, "other")
		until := begin.Add(tt.most)
		d = s.untilPutOff(other)
		if !d.DueAt.Equal(until) || d.Attempts != 0 || !strings.Contains(d.Reason, until.Format(time.RFC3339)) || !strings.Contains(d.Reason, fmt.Sprint(tt.status)) {
			b.Errorf("the other waits until %v because %q after %d attempts, want until %v", d.DueAt, d.Reason, d.Attempts, until)
		}
		b.view(func(tx gateway.Tx) error {
			backlog, err := tx.Backlog(b.clock.Now())
			if backlog.Waiting != 2 || backlog.Deliveries != 0 {
				b.Errorf("the backlog is %+v, want two that wait", backlog)
			}
			return err
		})
		b.clock.Advance(tt.most - time.Second)
		s.settle(fineURL, "fence")
		s.wantPost("fence")
		b.clock.Advance(time.Second)
		if tt.retried == tt.most { // both are due
			receive(b, s.posts, "one of two")
		} else {
			s.wantPost("other")
		}
		d = s.untilAttempted(other)
		if d.State != gateway.DeliveryDone || d.Reason != "" {
			b.Errorf("after the pause: %s, %q", d.State, d.Reason)
		}
		if err := stop(); err != nil {
			b.Fatal(err)
		}
		s.end(first) // which is none of the next case's
	}
}

func pauseOutlivesRestart(b *bench) {
	s := &shop{bench: b, posts: make(chan string, 100)}
	stop := s.open()
	s.answers(http.StatusTooManyRequests, time.Hour)
	first := s.settle(busyURL, "first")
	s.wantPost("first")
	s.untilAttempted(first)
	if err := stop(); err != nil {
		b.Fatal(err)
	}
	b.restart()
	s.open()
	other := s.settle(busyURL, "other")
	if d := s.untilPutOff(other); !d.DueAt.Equal(in(time.Minute)) || d.Attempts != 0 {
		b.Errorf("after a restart the other is due at %v after %d attempts, want at %v", d.DueAt, d.Attempts, in(time.Minute))
	}
	s.answers(http.StatusOK, 0)
	b.clock.Advance(time.Minute)
	s.wantPost("other")
}

func resendEndsPause(b *bench) {
	s := newShop(b)
	s.answers(http.StatusTooManyRequests, year)
	first := s.settle(busyURL, "first")
	s.wantPost("first")
	s.untilAttempted(first)
	other := s.settle(busyURL, "other")
	s.untilPutOff(other)
	s.answers(http.StatusOK, 0)
	if d, err := s.Resend(b.ctx, "acme", other); err != nil || d.Reason != "" {
		b.Fatalf("%+v, %v", d, err)
	}
	s.wantPost("other")
	s.until(other, "delivered", func(d *gateway.Delivery) bool { return d.State == gateway.DeliveryDone })
	s.settle(busyURL, "third")
	s.wantPost("third")
	if _, err := s.Resend(b.ctx, "acme", first); err != nil {
		b.Fatal(err)
	}
	s.wantPost("first")
}
