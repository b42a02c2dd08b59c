package testkit

import (
	"slices"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	start := time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC)
	c := NewClock(start)
	var ran []time.Duration
	note := func() { ran = append(ran, c.Now().Sub(start)) }
	c.AfterFunc(3*time.Second, note)
	c.AfterFunc(time.Second, func() {
		note()
		c.AfterFunc(time.Second, note) // set on the way, and reached on the same way
	})
	stop := c.AfterFunc(2*time.Second, func() { t.Error("a stopped timer ran") })
	if !stop() || stop() {
		t.Error("stop says true once")
	}
	late := c.AfterFunc(time.Minute, func() { t.Error("a timer ran before its time") })
	c.Advance(10 * time.Second)
	if want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}; !slices.Equal(ran, want) {
		t.Errorf("timers ran at %v, want %v", ran, want)
	}
	if got := c.Now().Sub(start); got != 10*time.Second {
		t.Errorf("the clock shows %v after the start, want 10s", got)
	}
	if !late() {
		t.Error("a timer that waits can be stopped")
	}
	done := make(chan struct{})
	if c.AfterFunc(0, func() { close(done) })() {
		t.Error("what has begun can't be stopped")
	}
	<-done
}
