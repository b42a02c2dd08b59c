package clock

import "time"

// arm makes the base timer wait for the earliest event, if it does not already. The
// clock's lock is held.
func (c *Clock) arm() {
	now := c.reading.Load()
	if now.speed == 0 || c.stopped || len(c.queue) == 0 {
		c.disarmed()
		return
	}
	if c.running {
		return // whoever runs the event arms when it has ended
	}
	next := c.queue[0].at
	if c.disarm != nil && !next.Before(c.armed) {
		return // it is in time; should its event be gone, the next one is armed then
	}
	c.disarmed()
	c.arms++
	id := c.arms
	c.armed = next
	c.disarm = c.after(now.until(c.Now(), next), func() { c.fire(id) })
}

// disarmed stops the base timer. The clock's lock is held.
func (c *Clock) disarmed() {
	if c.disarm != nil {
		c.disarm()
		c.disarm, c.armed = nil, time.Time{}
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
	c.disarm = nil
	for !c.stopped && !c.Frozen() { // no other event runs: arm sees to it that no timer is armed meanwhile
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
