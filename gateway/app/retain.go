package app

import (
	"context"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// retainEvery is how often customers' data that are old enough are looked for.
const retainEvery = time.Hour

// retain erases customers' data when they are older than cfg.Retain, if that is set, and
// what came after an erasure; at once and then every hour, until ctx ends. Other
// replicas may do the same.
func (a *App) retain(ctx context.Context, gw *gateway.Gateway) {
	for ctx.Err() == nil {
		n, err := gw.EraseAgain(ctx)
		if a.cfg.Retain > 0 && err == nil {
			var old int
			old, err = gw.Retain(ctx, a.cfg.Clock.Now().Add(-a.cfg.Retain))
			n += old
		}
		if err != nil && ctx.Err() == nil {
			a.cfg.Log.Warn("customers' data could not be erased; it is tried again", "error", err)
		}
		if n > 0 {
			a.cfg.Log.Info("customers' data were erased by age, or because a callback came after their erasure", "payments", n)
		}
		_ = gateway.Sleep(ctx, a.cfg.Clock, retainEvery) // the loop looks at ctx
	}
}
