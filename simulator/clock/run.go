package clock

import (
	"math"
	"time"
)

// arm makes the base timer wait for the earliest event, if it does not already. The
// clock's lock is held.
func (c *Clock) arm() {
	now := c.reading.Load()
	if now.speed == 0 || c.stopped || len(c.queue) == 0 {
		c.cancelTimer()
		return
	}
	if c.running {
		return // arm is called again when the event has ended
	}
	next := c.queue[0].at
	if c.stopTimer != nil && !next.Before(c.armed) {
		return // it is early enough; when its event is gone, fire arms the next one
	}
	c.cancelTimer()
	c.arms++
	id := c.arms
	c.armed = next
	c.stopTimer = c.after(now.until(c.Now(), next), func() { c.fire(id) })
}

// cancelTimer stops the base timer. The clock's lock is held.
func (c *Clock) cancelTimer() {
	if c.stopTimer != nil {
		c.stopTimer()
		c.stopTimer, c.armed = nil, time.Time{}
	}
	c.arms++ // should it have fired already, it does nothing
}

// fire runs what is due, on the goroutine of the base timer with that id.
func (c *Clock) fire(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id != c.arms {
		return
	}
	c.stopTimer = nil
	for !c.stopped && !c.Frozen() { // no other event runs, since arm starts no timer meanwhile
		e := c.queue.due(c.Now())
		if e == nil {
			break
		}
		c.run(e)
	}
	c.arm()
}

// run runs one event. The clock's lock is held before and after, not meanwhile.
func (c *Clock) run(e *event) {
	c.running = true
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.running = false
		c.ended.Broadcast()
	}()
	e.run()
}

// reading is what a clock shows at one moment of the machine's time, and how it goes
// on from there.
type reading struct {
	at    time.Time // the world's time at mark
	mark  time.Time // the machine's
	speed float64   // 0: it stays at at
}

func (r *reading) now(base func() time.Time) time.Time {
	if r.speed == 0 {
		return r.at
	}
	return r.at.Add(scale(base().Sub(r.mark), r.speed))
}

// until is how long it takes by the machine's time, from the moment when the clock
// shows now, to t.
func (r *reading) until(now, t time.Time) time.Duration {
	wait := math.Ceil(float64(t.Sub(now)) / r.speed) // too early would be in vain
	if wait >= math.MaxInt64 {
		return math.MaxInt64
	}
	return max(time.Duration(wait), 0)
}

// scale is d*by, held within what a Duration can say.
func scale(d time.Duration, by float64) time.Duration {
	scaled := float64(d) * by
	if scaled >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(scaled)
}
