package gateway

import (
	"context"
	"strings"
)

// Trail says which payment a piece of work is about, and under which span of which
// trace it falls. Log lines and outgoing requests take it from the context. It is
// filled in as the work goes on, by the goroutine that does it.
type Trail struct {
	Payment int64  // 0 until it is known
	Trace   string // W3C traceparent, "" when nobody traces
}

type trailKey struct{}

// WithTrail puts t into a context.
func WithTrail(ctx context.Context, t *Trail) context.Context {
	return context.WithValue(ctx, trailKey{}, t)
}

// TrailOf returns the trail in ctx. Where there is none, it is one that nobody
// else reads.
func TrailOf(ctx context.Context) *Trail {
	if t, ok := ctx.Value(trailKey{}).(*Trail); ok {
		return t
	}
	return &Trail{}
}

// TraceID returns the id of the trace, 32 digits of hex, or "".
func (t *Trail) TraceID() string {
	if parts := strings.Split(t.Trace, "-"); len(parts) >= 4 {
		return parts[1]
	}
	return ""
}

// Args is what a log line says of the payment that it is about.
func (t *Trail) Args() []any {
	var args []any
	if t.Payment != 0 {
		args = append(args, "payment", t.Payment)
	}
	if id := t.TraceID(); id != "" {
		args = append(args, "trace", id)
	}
	return args
}

// follow puts p's own trail into ctx, for work that no request began.
func follow(ctx context.Context, paymentID int64, trace string) context.Context {
	return WithTrail(ctx, &Trail{Payment: paymentID, Trace: trace})
}

// warn logs with what ctx says of the payment.
func (g *Gateway) warn(ctx context.Context, msg string, args ...any) {
	g.Log.Warn(msg, append(TrailOf(ctx).Args(), args...)...)
}

// info is warn for what need not be seen.
func (g *Gateway) info(ctx context.Context, msg string, args ...any) {
	g.Log.Info(msg, append(TrailOf(ctx).Args(), args...)...)
}
