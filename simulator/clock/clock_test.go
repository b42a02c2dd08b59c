package clock_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/simulator/clock"
)

func epoch() time.Time { return time.Date(2025, 7, 7, 15, 0, 34, 0, time.UTC) }

func TestManualStandsStillUntilAdvanced(t *testing.T) {
	c := clock.NewManual(epoch())
	ran := false
	c.AfterFunc(0, func() { ran = true })
	if ran {
		t.Fatal("AfterFunc called its function before it returned")
	}
	if !c.Now().Equal(epoch()) {
		t.Fatalf("the clock moved to %v by itself", c.Now())
	}
	c.Advance(0)
	if !ran {
		t.Fatal("Advance(0) left what was due at once")
	}
}

func TestManualShowsTheTimeAtWhichAFunctionIsDue(t *testing.T) {
	c := clock.NewManual(epoch())
	var seen []time.Duration
	note := func() { seen = append(seen, c.Now().Sub(epoch())) }
	c.AfterFunc(3*time.Second, note)
	c.AfterFunc(time.Second, func() {
		note()
		c.AfterFunc(time.Second, note) // becomes due within the same Advance
		c.AfterFunc(time.Hour, note)   // does not
	})
	c.Advance(10 * time.Second)
	want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}
	if !slices.Equal(seen, want) {
		t.Errorf("ran at %v, want %v", seen, want)
	}
	if got := c.Now().Sub(epoch()); got != 10*time.Second {
		t.Errorf("after Advance(10s) the clock shows +%v", got)
	}
}

func TestManualStop(t *testing.T) {
	c := clock.NewManual(epoch())
	ran := 0
	stop := c.AfterFunc(time.Second, func() { ran++ })
	c.AfterFunc(time.Second, func() { ran += 10 })
	if !stop() {
		t.Error("stop says that the function was started")
	}
	if stop() {
		t.Error("the second stop says that it stopped something")
	}
	c.Advance(time.Minute)
	if ran != 10 {
		t.Errorf("ran = %d, want 10: the other function only", ran)
	}
	var again func() bool
	again = c.AfterFunc(0, func() {
		if again() {
			t.Error("stop says true while its function runs")
		}
	})
	c.Advance(0)
}

// Whatever is planned runs once, in order of time and then of arrival, unless it
// was stopped.
func TestManualOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clock.NewManual(epoch())
		waits := rapid.SliceOfN(rapid.IntRange(-2, 20), 1, 30).Draw(t, "waits")
		type planned struct{ at, id int }
		var want []planned
		var got []int
		for id, w := range waits {
			stop := c.AfterFunc(time.Duration(w)*time.Second, func() { got = append(got, id) })
			if rapid.IntRange(0, 4).Draw(t, "stop") == 0 {
				stop()
				continue
			}
			want = append(want, planned{max(w, 0), id})
		}
		slices.SortStableFunc(want, func(a, b planned) int { return a.at - b.at })
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 7), 0, 5).Draw(t, "steps") {
			c.Advance(time.Duration(step) * time.Second)
		}
		c.Advance(20 * time.Second)
		var ids []int
		for _, p := range want {
			ids = append(ids, p.id)
		}
		if !slices.Equal(got, ids) {
			t.Fatalf("ran %v, want %v", got, ids)
		}
	})
}

func TestManualFromManyGoroutines(t *testing.T) {
	c := clock.NewManual(epoch())
	var mu sync.Mutex
	ran := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				c.AfterFunc(time.Millisecond, func() { mu.Lock(); ran++; mu.Unlock() })
				c.AfterFunc(time.Hour, func() {})()
				c.Advance(time.Millisecond)
			}
		})
	}
	wg.Wait()
	c.Advance(time.Millisecond)
	if ran != 800 {
		t.Errorf("ran %d of 800", ran)
	}
}

func TestFastRunsNTimesFaster(t *testing.T) {
	base := clock.NewManual(epoch())
	c := clock.NewFast(base, 60)
	var at time.Time
	c.AfterFunc(2*time.Minute, func() { at = c.Now() })
	base.Advance(2*time.Second - 1)
	if !at.IsZero() {
		t.Fatal("two minutes at 60 times the speed were over before two seconds")
	}
	base.Advance(1)
	if got := at.Sub(epoch()); got != 2*time.Minute {
		t.Errorf("after two seconds at 60 times the speed, +%v, want +2m", got)
	}
	if !c.AfterFunc(time.Hour, func() {})() {
		t.Error("a planned function could not be stopped")
	}
}

func TestRealCallsBack(t *testing.T) {
	c := clock.NewReal(time.Now, time.AfterFunc)
	before := time.Now()
	done := make(chan struct{})
	c.AfterFunc(0, func() { close(done) })
	<-done
	if c.Now().Before(before) {
		t.Error("the real clock is behind the machine's")
	}
	if !c.AfterFunc(time.Hour, func() { t.Error("ran") })() {
		t.Error("a planned function could not be stopped")
	}
}
