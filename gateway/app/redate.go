package app

import (
	"context"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// redateEvery is how often what a clock that was ahead has dated is looked for.
const redateEvery = time.Hour

// redate brings forward what is due at a time that a clock gave which was ahead and has been put
// right; at once and then every hour, until ctx ends. Other replicas may do the same.
func (a *App) redate(ctx context.Context, gw *gateway.Gateway) {
	for ctx.Err() == nil {
		n, err := gw.Redate(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			a.cfg.Log.Warn("what a clock that was ahead has dated could not be looked for; it is tried again in an hour", "error", err)
		case n > 0:
			a.cfg.Log.Warn("the clock was ahead when payments or webhooks were dated; they are due sooner now", "changed", n)
		}
		_ = gateway.Sleep(ctx, a.cfg.Clock, redateEvery) // the loop looks at ctx
	}
}
