package metrics_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/metrics"
)

// Every kind has a value, 0 too, so that an alert can be written; scrapes do not ask
// the store each time, and a failed look leaves no old value.
func TestOpenReviews(t *testing.T) {
	c := newClock()
	reads := 0
	var failure error
	m := metrics.New(metrics.Config{Clock: c, Reviews: func(context.Context) ([]gateway.ReviewSummary, error) {
		reads++
		return []gateway.ReviewSummary{
			{Kind: gateway.ReviewContradiction, Open: 2, Oldest: c.Now().Add(-time.Hour)}, {Kind: gateway.ReviewSettled},
		}, failure
	}})
	has(t, scrape(t, m),
		`darajabox_reviews_open{kind="contradiction"} 2`, `darajabox_reviews_oldest_seconds{kind="contradiction"} 3600`,
		`darajabox_reviews_open{kind="settled"} 0`, `darajabox_reviews_oldest_seconds{kind="settled"} 0`)
	c.Advance(14 * time.Second)
	has(t, scrape(t, m), `darajabox_reviews_oldest_seconds{kind="contradiction"} 3614`)
	if reads != 1 {
		t.Errorf("two scrapes within 15 s read the store %d times", reads)
	}
	c.Advance(time.Second)
	failure = errors.New("the database is gone")
	if got := grep(scrape(t, m), "reviews_open"); got != "" || reads != 2 {
		t.Errorf("after %d reads, the last failed: %s", reads, got)
	}
}
