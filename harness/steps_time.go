package harness

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/cucumber/godog"
)

// timeSteps let time pass. They need a stack whose time can be moved; others leave
// the scenario out, since nobody waits for hours.
func (w *world) timeSteps() []step {
	return []step{
		{`^time can be moved$`, w.timeCanBeMoved},
		{`^(\d+) (second|minute|hour|day)s? pass(?:es)?$`, w.timePasses},
		{`^the partner's system is down for now$`, w.isDownForNow},
		{`^the partner's system is up again$`, w.isUpAgain},
		{`^the gateway has since asked M-PESA for a new token$`, w.hasRenewedItsToken},
	}
}

func (w *world) timeCanBeMoved() error {
	if _, ok := w.stack.(Traveller); !ok {
		w.leftOut = true
		return godog.ErrSkip
	}
	return nil
}

func (w *world) timePasses(ctx context.Context, n int, unit string) error {
	t, ok := w.stack.(Traveller)
	if !ok {
		return w.timeCanBeMoved()
	}
	var err error
	if w.passed, err = w.control.latest(ctx); err != nil {
		return err
	}
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	return t.Travel(ctx, time.Duration(n)*units[unit])
}

// isDownForNow is until isUpAgain: unlike one that stays down, this partner must
// hear in the end.
func (w *world) isDownForNow(ctx context.Context) error {
	return w.answersAll(ctx, http.StatusServiceUnavailable)
}

func (w *world) isUpAgain(ctx context.Context) error { return w.answersAll(ctx, http.StatusOK) }

// hasRenewedItsToken looks for a token since time began to pass. There may be several:
// in hours the payments of other scenarios have had their turn as well.
func (w *world) hasRenewedItsToken(ctx context.Context) error {
	requests, err := w.control.requests(ctx, w.passed)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(requests, func(r request) bool { return r.API == "oauth" && r.Status == http.StatusOK }) {
		return errors.New("the gateway has not asked for a token")
	}
	return nil
}
