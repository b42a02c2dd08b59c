package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/darajabox/darajabox/gateway"
)

// reviewsAge is how old the counts of open reviews may be: people work on them in
// minutes, and the store is asked no more often than this.
const reviewsAge = 15 * time.Second

// reviews reads what waits for a person, at most every reviewsAge. While it can't be
// read there is no value, rather than an old one.
type reviews struct {
	clock gateway.Clock
	read  func(ctx context.Context) ([]gateway.ReviewSummary, error)

	open, oldest *prometheus.Desc

	mu     sync.Mutex
	last   []gateway.ReviewSummary
	err    error
	readAt time.Time
}

func newReviews(clock gateway.Clock, read func(ctx context.Context) ([]gateway.ReviewSummary, error)) *reviews {
	return &reviews{
		clock: clock, read: read,
		open:   prometheus.NewDesc("darajabox_reviews_open", "Payments that wait for a person, by kind.", []string{"kind"}, nil),
		oldest: prometheus.NewDesc("darajabox_reviews_oldest_seconds", "How long the payment that has waited longest has waited for a person, by kind; 0 when none waits.", []string{"kind"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (r *reviews) Describe(out chan<- *prometheus.Desc) {
	out <- r.open
	out <- r.oldest
}

// Collect implements prometheus.Collector.
func (r *reviews) Collect(out chan<- prometheus.Metric) {
	all, now, err := r.get()
	if err != nil {
		return
	}
	for _, s := range all {
		age := time.Duration(0)
		if !s.Oldest.IsZero() {
			age = max(0, now.Sub(s.Oldest))
		}
		out <- prometheus.MustNewConstMetric(r.open, prometheus.GaugeValue, float64(s.Open), string(s.Kind))
		out <- prometheus.MustNewConstMetric(r.oldest, prometheus.GaugeValue, age.Seconds(), string(s.Kind))
	}
}

// get reads the open reviews, unless they were read a moment ago.
func (r *reviews) get() ([]gateway.ReviewSummary, time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	if age := now.Sub(r.readAt); r.readAt.IsZero() || age < 0 || age >= reviewsAge {
		ctx, cancel := context.WithTimeout(context.Background(), backlogTimeout)
		defer cancel()
		r.last, r.err = r.read(ctx)
		r.readAt = now
	}
	return r.last, now, r.err
}
