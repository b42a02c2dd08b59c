package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/darajabox/darajabox/gateway"
)

const (
	backlogTimeout = time.Second // a scrape does not wait for a database that is gone
	backlogAge     = time.Second // nor do scrapes ask it more often than this
)

// backlog reads what is due at each scrape. While it cannot be read there is no
// value, rather than an old one.
type backlog struct {
	clock gateway.Clock
	read  func(ctx context.Context) (gateway.Backlog, error)

	due, oldest, waiting, up *prometheus.Desc

	mu     sync.Mutex
	last   gateway.Backlog
	err    error
	readAt time.Time
}

func newBacklog(clock gateway.Clock, read func(ctx context.Context) (gateway.Backlog, error)) *backlog {
	return &backlog{
		clock: clock, read: read,
		due:     prometheus.NewDesc("darajabox_backlog", "What is due and not done, by kind.", []string{"kind"}, nil),
		oldest:  prometheus.NewDesc("darajabox_backlog_oldest_seconds", "How long what has waited longest has been due.", nil, nil),
		waiting: prometheus.NewDesc("darajabox_webhooks_waiting", "Webhooks that wait because the partner's URL asked for a pause.", nil, nil),
		up:      prometheus.NewDesc("darajabox_store_up", "1 when the store answered the scrape.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (b *backlog) Describe(out chan<- *prometheus.Desc) {
	out <- b.due
	out <- b.oldest
	out <- b.waiting
	out <- b.up
}

// Collect implements prometheus.Collector.
func (b *backlog) Collect(out chan<- prometheus.Metric) {
	got, age, err := b.get()
	value := func(desc *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	if err != nil {
		value(b.up, 0)
		return
	}
	value(b.up, 1)
	value(b.due, float64(got.Payments), "payments")
	value(b.due, float64(got.Deliveries), "webhooks")
	value(b.oldest, age.Seconds())
	value(b.waiting, float64(got.Waiting))
}

// get reads the backlog, unless it was read a moment ago, and says how long its
// oldest has been due.
func (b *backlog) get() (gateway.Backlog, time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	if age := now.Sub(b.readAt); b.readAt.IsZero() || age < 0 || age >= backlogAge {
		ctx, cancel := context.WithTimeout(context.Background(), backlogTimeout)
		defer cancel()
		b.last, b.err = b.read(ctx)
		b.readAt = now
	}
	if b.last.Oldest.IsZero() {
		return b.last, 0, b.err
	}
	return b.last, max(0, now.Sub(b.last.Oldest)), b.err
}
