package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// reviewLog is an observer that warns of each payment that comes to need a person, or
// gets another reason. The reason has no phone number.
type reviewLog struct{ log gateway.Logger }

var _ gateway.Observer = reviewLog{}

// Changed implements gateway.Observer.
func (l reviewLog) Changed(c gateway.Change) {
	if p := c.Payment; c.NeedsReview {
		trail := gateway.Trail{Payment: p.ID, Trace: p.Trace}
		l.log.Warn(fmt.Sprintf("payment needs a person; see 'darajabox gateway review show %d'", p.ID),
			append(trail.Args(), "kind", string(p.State.ReviewKind()), "reason", p.WhyReview())...)
	}
}

// CallbackTaken implements gateway.Observer.
func (reviewLog) CallbackTaken(gateway.Callback, *gateway.Payment, time.Duration) {}

// Updated implements gateway.Observer.
func (reviewLog) Updated(time.Duration, error) {}

// Attempted implements gateway.Observer.
func (reviewLog) Attempted(gateway.Delivery, gateway.Attempt, time.Time) {}

// reviewsEvery is how often the open reviews are summed up in the log.
const reviewsEvery = time.Hour

// logReviews sums up the open reviews in the log, at once and then every hour, while
// there are any, until ctx ends. Each replica does.
func (a *App) logReviews(ctx context.Context, store gateway.Store) {
	for ctx.Err() == nil {
		a.logOpenReviews(ctx, store)
		_ = gateway.Sleep(ctx, a.cfg.Clock, reviewsEvery) // the loop looks at ctx
	}
}

func (a *App) logOpenReviews(ctx context.Context, store gateway.Store) {
	all, err := gateway.Desk{Store: store}.OpenReviews(ctx)
	if err != nil {
		if ctx.Err() == nil {
			a.cfg.Log.Warn("open reviews could not be counted; they are counted again in an hour", "error", err)
		}
		return
	}
	open, oldest, kinds := 0, time.Time{}, []any{}
	for _, s := range all {
		if s.Open == 0 {
			continue
		}
		open += s.Open
		kinds = append(kinds, slog.Int(string(s.Kind), s.Open))
		if oldest.IsZero() || s.Oldest.Before(oldest) {
			oldest = s.Oldest
		}
	}
	if open > 0 {
		a.cfg.Log.Warn("payments wait for a person; see 'darajabox gateway review list'",
			append([]any{"open", open, "oldest", oldest}, kinds...)...)
	}
}
