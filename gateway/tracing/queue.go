package tracing

import (
	"sync/atomic"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Bounds of what waits for the collector. They are given to the library in so many
// words, since it would take them from the environment.
const (
	maxWaiting = 2048 // spans, those that are being sent included
	maxBatch   = 512  // spans in one request
)

// queue counts what waits for the collector and what was dropped. The library drops
// what its own queue has no room for and tells nobody, so this one is full first.
type queue struct {
	sdk.SpanProcessor // the library's, which makes batches
	waiting, dropped  atomic.Int64
}

// OnEnd implements sdk.SpanProcessor. It never waits.
func (q *queue) OnEnd(s sdk.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	if q.waiting.Add(1) > maxWaiting {
		q.waiting.Add(-1)
		q.dropped.Add(1)
		return
	}
	q.SpanProcessor.OnEnd(s)
}

// done counts spans that have been sent, or dropped.
func (q *queue) done(spans int, err error) {
	q.waiting.Add(-int64(spans))
	if err != nil {
		q.dropped.Add(int64(spans))
	}
}
