package httpapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/darajabox/darajabox/gateway"
)

const (
	// DefaultWaiting is how many requests of partners may wait for a place.
	DefaultWaiting = 256

	defaultWait = time.Second // for a place
	shedFor     = time.Second // those who find none
)

// capped lets MaxInFlight requests run, MaxWaiting wait a little for a place, and
// sends the others away at once. Nothing of a request that waits has been read but
// its header.
func (a *api) capped(h handler) handler {
	return func(r *http.Request) (response, error) {
		if !a.enter(r.Context()) {
			p := newProblem(http.StatusTooManyRequests, "too many requests are in flight; try again")
			p.header = retryAfter(shedFor)
			return response{}, p
		}
		defer func() { <-a.inFlight }()
		return h(r)
	}
}

// enter takes a place among those that run, and reports whether it got one.
func (a *api) enter(ctx context.Context) bool {
	select {
	case a.inFlight <- struct{}{}:
		return true
	default:
	}
	select {
	case a.waiting <- struct{}{}:
		defer func() { <-a.waiting }()
	default:
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, a.LongestWait)
	defer cancel()
	select {
	case a.inFlight <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
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
