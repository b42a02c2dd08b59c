package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/darajabox/darajabox/gateway"
)

const (
	// DefaultWaiting is how many requests of partners may wait for a place.
	DefaultWaiting = 256

	// DefaultReading is how many bodies of one partner are read at a time. They take up
	// to 64 KiB of memory each.
	DefaultReading = 128

	defaultWait = time.Second // for a place
	shedFor     = time.Second // those who find none
)

// placed runs h in a place, see places. Nothing that h does waits for the partner.
func (a *api) placed(h partnerHandler) partnerHandler {
	return func(r *http.Request, partner gateway.Partner) (response, error) {
		if !a.places.enter(r.Context(), partner.Name) {
			return response{}, shed("too many requests are in flight; try again")
		}
		defer a.places.leave(partner.Name)
		return h(r, partner)
	}
}

// received lets h have a request whose body has come to its end, so that one that comes
// slowly, or never, holds no place. Of each partner MaxReading are read at a time.
func (a *api) received(h partnerHandler) partnerHandler {
	return func(r *http.Request, partner gateway.Partner) (response, error) {
		if !a.reading.take(partner.Name) {
			p := shed("too many requests of this partner are being received; try again")
			p.header.Set("Connection", "close") // the body may go on for long
			return response{}, p
		}
		body, err := readBody(r)
		a.reading.giveBack(partner.Name)
		if err != nil {
			return response{}, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		return h(r, partner)
	}
}

func shed(message string) *problem {
	p := newProblem(http.StatusTooManyRequests, message)
	p.header = retryAfter(shedFor)
	return p
}

// partnerCount counts what each partner has under way, up to a limit.
type partnerCount struct {
	most int

	mu sync.Mutex
	of map[string]int
}

// take counts one more of a partner, and reports whether it may be.
func (c *partnerCount) take(partner string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of[partner] >= c.most {
		return false
	}
	c.of[partner]++
	return true
}

func (c *partnerCount) giveBack(partner string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of[partner]--; c.of[partner] == 0 {
		delete(c.of, partner)
	}
}

// PartnerRate bounds how often one partner calls. The zero PartnerRate is no limit.
// Each replica counts for itself.
type PartnerRate struct {
	PerSecond float64
	Burst     int // at once; 0 is a second's worth
}

// partnerRates has a bucket for each partner that has shown its key.
type partnerRates struct {
	PartnerRate
	clock gateway.Clock

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newPartnerRates(r PartnerRate, clock gateway.Clock) *partnerRates {
	if r.Burst <= 0 {
		r.Burst = max(int(r.PerSecond), 1)
	}
	return &partnerRates{PartnerRate: r, clock: clock, buckets: make(map[string]*rate.Limiter)}
}

// take counts a request of a partner, or says how long it has to wait.
func (p *partnerRates) take(partner string) time.Duration {
	if p.PerSecond <= 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	bucket := p.buckets[partner]
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Limit(p.PerSecond), p.Burst)
		p.buckets[partner] = bucket
	}
	now := p.clock.Now()
	if bucket.AllowN(now, 1) {
		return 0
	}
	return max(time.Duration((1-bucket.TokensAt(now))/p.PerSecond*float64(time.Second)), time.Millisecond)
}

// rated sends a partner away that calls too often.
func (a *api) rated(h partnerHandler) partnerHandler {
	return func(r *http.Request, partner gateway.Partner) (response, error) {
		if wait := a.rates.take(partner.Name); wait > 0 {
			return response{}, &gateway.Error{Code: gateway.CodeTooMany, RetryAfter: wait, Message: "too many requests of this partner; try again"}
		}
		return h(r, partner)
	}
}
