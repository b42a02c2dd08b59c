package httpapi

import (
	"context"
	"time"
)

// Rank begins the rank of what an answer waits for on the world's clock.
const Rank = "reply "

// waits are the times on the world's clock at which an answer goes on. All are set when
// the request has been carried out, so that they pass at the same times however the
// clock is moved. A nil one has no times.
type waits struct {
	rung  chan struct{} // once for each
	stops []func() bool
	left  int
}

// waits sets the times of an answer: its first byte, then all pieces of its body but
// the first.
func (r *request) waits() *waits {
	if r.reply.Latency <= 0 && r.reply.SlowBody <= 0 {
		return nil
	}
	w := &waits{rung: make(chan struct{}, pieces)}
	set := func(d time.Duration) {
		w.stops = append(w.stops, r.place.Clock.AfterFunc(d, Rank+r.kept.Payment, func() { w.rung <- struct{}{} }))
		w.left++
	}
	if r.reply.Latency > 0 {
		set(r.reply.Latency)
	}
	if r.reply.SlowBody > 0 {
		for i := 1; i < pieces; i++ {
			set(max(r.reply.Latency, 0) + r.reply.SlowBody*time.Duration(i)/(pieces-1))
		}
	}
	return w
}

// next waits for the next time. It returns false when ctx ends first.
func (w *waits) next(ctx context.Context) bool {
	select {
	case <-w.rung:
		w.left--
		return true
	case <-ctx.Done():
		return false
	}
}

// stop forgets the times that have not come.
func (w *waits) stop() {
	if w == nil {
		return
	}
	for _, stop := range w.stops {
		stop()
	}
}
