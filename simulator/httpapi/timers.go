package httpapi

import (
	"context"
	"time"
)

// ReplyTimer begins the tie-breakers of the timers of answers on the world's clock.
const ReplyTimer = "reply "

// replyTimers are the times on the world's clock at which parts of an answer are sent. All
// are set when the request has been executed, so that they pass at the same times however
// the clock is moved. A nil one has no times.
type replyTimers struct {
	passed chan struct{}   // gets a value for each time
	ended  <-chan struct{} // the world's, whose clock stops then
	stops  []func() bool
	left   int
}

// startTimers sets the times of an answer: its first byte, then all pieces of its body but
// the first.
func (r *request) startTimers() *replyTimers {
	if r.reply.Latency <= 0 && r.reply.SlowBody <= 0 {
		return nil
	}
	w := &replyTimers{passed: make(chan struct{}, pieces), ended: r.world.Ended}
	set := func(d time.Duration) {
		w.stops = append(w.stops, r.world.Clock.AfterFunc(d, ReplyTimer+r.record.Payment, func() { w.passed <- struct{}{} }))
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

// next waits for the next time, or for the end of the world. It returns false when ctx ends
// first.
func (w *replyTimers) next(ctx context.Context) bool {
	select {
	case <-w.passed:
	case <-w.ended:
	case <-ctx.Done():
		return false
	}
	w.left--
	return true
}

// stop cancels the timers that are left.
func (w *replyTimers) stop() {
	if w == nil {
		return
	}
	for _, stop := range w.stops {
		stop()
	}
}
