package clock_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/simulator/clock"
)

// base is the machine under a running clock: its time and its timers, moved by hand.
type base struct {
	mu     sync.Mutex
	now    time.Time
	timers map[int]timer
	made   int
}

type timer struct {
	at time.Time
	f  func()
}

func newBase() *base { return &base{now: epoch(), timers: map[int]timer{}} }

func (b *base) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *base) After(d time.Duration, f func()) func() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made++
	id := b.made
	b.timers[id] = timer{b.now.Add(d), f}
	return func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		_, ok := b.timers[id]
		delete(b.timers, id)
		return ok
	}
}

// waits is how many timers there are.
func (b *base) waits() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.timers)
}

// pass lets d go by and fires what comes due, one after the other.
func (b *base) pass(d time.Duration) {
	target := b.Now().Add(d)
	for {
		f := b.next(target)
		if f == nil {
			return
		}
		f()
	}
}

func (b *base) next(target time.Time) func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := 0
	for id, t := range b.timers {
		if !t.at.After(target) && (first == 0 || t.at.Before(b.timers[first].at)) {
			first = id
		}
	}
	if first == 0 {
		b.now = target
		return nil
	}
	t := b.timers[first]
	delete(b.timers, first)
	if t.at.After(b.now) {
		b.now = t.at
	}
	return t.f
}

// running makes a clock at a speed over a base.
func running(t testing.TB, speed float64) (*base, *clock.Clock) {
	t.Helper()
	b := newBase()
	c := clock.New(clock.Config{Now: b.Now, After: b.After, Speed: speed})
	t.Cleanup(c.Stop)
	return b, c
}

func TestRunsNTimesFaster(t *testing.T) {
	for _, speed := range []float64{0.5, 1, 3, 60, clock.MaxSpeed} {
		t.Run(fmt.Sprint(speed), func(t *testing.T) {
			b, c := running(t, speed)
			var at []time.Time
			c.AfterFunc(2*time.Minute, "", func() { at = append(at, c.Now()) })
			real := time.Duration(float64(2*time.Minute) / speed)
			b.pass(real - 1)
			if len(at) != 0 {
				t.Fatalf("two minutes at %v times the speed were over before %v", speed, real)
			}
			b.pass(2)
			if len(at) != 1 || at[0].Sub(epoch())-2*time.Minute > time.Duration(2*speed)+2 {
				t.Errorf("after %v at %v times the speed: %v", real, speed, at)
			}
			if c.Speed() != speed || c.Frozen() {
				t.Errorf("speed %v, frozen %v", c.Speed(), c.Frozen())
			}
		})
	}
}

func TestOneTimerForAll(t *testing.T) {
	b, c := running(t, 1)
	var got []string
	note := func(name string) func() { return func() { got = append(got, name) } }
	late := c.AfterFunc(time.Hour, "", note("hour"))
	c.AfterFunc(time.Minute, "b", note("minute b"))
	c.AfterFunc(time.Second, "", note("second"))
	c.AfterFunc(time.Minute, "a", note("minute a"))
	if b.waits() != 1 {
		t.Errorf("%d timers for 4 events", b.waits())
	}
	b.pass(time.Minute)
	if want := []string{"second", "minute a", "minute b"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
	if b.waits() != 1 || !late() {
		t.Errorf("%d timers for one event", b.waits())
	}
	b.pass(2 * time.Hour)
	if len(got) != 3 || b.waits() != 0 {
		t.Errorf("ran %v, %d timers", got, b.waits())
	}
}

func TestSpeedRescalesWhatWaits(t *testing.T) {
	b, c := running(t, 1)
	var at time.Duration
	began := b.Now()
	c.AfterFunc(10*time.Second, "", func() { at = b.Now().Sub(began) })
	b.pass(4 * time.Second)
	run(t, c, 2) // 6 seconds are left, which take 3
	b.pass(time.Second)
	c.Freeze() // 4 are left
	b.pass(time.Hour)
	if at != 0 || b.waits() != 0 {
		t.Fatalf("a frozen clock ran an event at +%v, %d timers", at, b.waits())
	}
	if got := c.Now().Sub(epoch()); got != 6*time.Second {
		t.Fatalf("the clock shows +%v, want +6s", got)
	}
	advance(t, c, 2*time.Second) // 2 are left
	run(t, c, 0.5)
	b.pass(4 * time.Second)
	if want := 9*time.Second + time.Hour; at != want {
		t.Errorf("ran after %v, want %v", at, want)
	}
	if got := c.Now().Sub(epoch()); got != 10*time.Second {
		t.Errorf("the clock shows +%v, want +10s", got)
	}
}

// What waits comes in time when the clock gets faster, and the timer of before is gone.
func TestFasterAtOnce(t *testing.T) {
	b, c := running(t, 1)
	ran := 0
	c.AfterFunc(10*time.Second, "", func() { ran++ })
	run(t, c, 10)
	if b.waits() != 1 {
		t.Errorf("%d timers", b.waits())
	}
	b.pass(time.Second)
	if ran != 1 {
		t.Error("ten seconds at ten times the speed take longer than one")
	}
}

func run(t *testing.T, c *clock.Clock, speed float64) {
	t.Helper()
	if err := c.Run(speed); err != nil {
		t.Fatal(err)
	}
}

// Time goes on while an event runs, and so do the methods of the clock; the events
// behind it wait.
func TestSlowEvent(t *testing.T) {
	b, c := running(t, 1)
	inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ran := false
	c.AfterFunc(time.Second, "", func() { close(inside); <-leave })
	c.AfterFunc(2*time.Second, "", func() { ran = true })
	go func() { defer close(done); b.pass(time.Second) }()
	<-inside
	b.pass(time.Hour)
	if got := c.Now().Sub(epoch()); got < time.Hour {
		t.Errorf("Now stood still at +%v", got)
	}
	if !c.AfterFunc(time.Minute, "", func() {})() {
		t.Error("AfterFunc did not plan")
	}
	if ran || b.waits() != 0 {
		t.Errorf("two events at once: %v, %d timers", ran, b.waits())
	}
	frozen := make(chan struct{})
	go func() { defer close(frozen); c.Freeze() }()
	for !c.Frozen() {
		select {
		case <-frozen:
			t.Fatal("Freeze did not wait for the event")
		default:
		}
	}
	select {
	case <-frozen:
		t.Fatal("Freeze did not wait for the event")
	default:
	}
	close(leave)
	<-frozen
	<-done
	if ran {
		t.Error("an event ran on a frozen clock")
	}
	advance(t, c, 0)
	if !ran {
		t.Error("what was due when the clock froze was lost")
	}
}

// Stop waits for the event that runs, ends the rest, and leaves no timer.
func TestStopOfTheClock(t *testing.T) {
	b, c := running(t, 1)
	inside, leave := make(chan struct{}), make(chan struct{})
	ended := false
	c.AfterFunc(time.Second, "", func() { close(inside); <-leave; ended = true })
	rest := c.AfterFunc(time.Second, "", func() { t.Error("ran after Stop") })
	go b.pass(time.Second)
	<-inside
	stopped := make(chan struct{})
	go func() { defer close(stopped); c.Stop() }()
	for c.AfterFunc(time.Hour, "", func() {})() { // until Stop has begun
	}
	close(leave)
	<-stopped
	if !ended {
		t.Error("Stop did not wait for the event")
	}
	if rest() {
		t.Error("something was still planned")
	}
	if c.AfterFunc(time.Second, "", func() { t.Error("planned after Stop") })() {
		t.Error("a stopped clock plans")
	}
	run(t, c, 1)
	b.pass(time.Hour)
	if b.waits() != 0 {
		t.Errorf("%d timers after Stop", b.waits())
	}
}

// A base timer that fired before it was stopped comes too late for nothing.
func TestTimerThatComesLate(t *testing.T) {
	var fired []func()
	b := newBase()
	c := clock.New(clock.Config{Now: b.Now, After: func(_ time.Duration, f func()) func() bool {
		fired = append(fired, f)
		return func() bool { return false }
	}, Speed: 1})
	defer c.Stop()
	ran := 0
	c.AfterFunc(time.Minute, "", func() { ran++ })
	c.AfterFunc(time.Second, "", func() { ran++ })
	b.pass(time.Hour)
	fired[0]() // it was replaced by the second
	if ran != 0 {
		t.Error("a timer that was stopped ran events")
	}
	fired[1]()
	if ran != 2 {
		t.Errorf("ran %d of 2", ran)
	}
}

// However the clock is driven, an event runs once, not before its time, in order.
func TestDrivenAtRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBase()
		c := clock.New(clock.Config{Now: b.Now, After: b.After})
		defer c.Stop()
		type planned struct {
			at   time.Time
			rank string
		}
		var ran []planned
		made, shown := 0, c.Now()
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 6).Draw(t, "kind") {
			case 0, 1, 2:
				made++
				d := time.Duration(rapid.IntRange(0, 100).Draw(t, "after")) * time.Millisecond
				p := planned{c.Now().Add(d), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "rank")}
				c.AfterFunc(d, p.rank, func() {
					if c.Now().Before(p.at) {
						t.Fatalf("%v ran at %v", p, c.Now())
					}
					ran = append(ran, p)
				})
			case 3:
				if err := c.Run(rapid.SampledFrom([]float64{0.3, 1, 7, 1000}).Draw(t, "speed")); err != nil {
					t.Fatal(err)
				}
			case 4:
				c.Freeze()
			case 5:
				b.pass(time.Duration(rapid.IntRange(0, 50).Draw(t, "pass")) * time.Millisecond)
			case 6:
				if c.Frozen() {
					if err := c.Advance(context.Background(), time.Duration(rapid.IntRange(0, 50).Draw(t, "advance"))*time.Millisecond); err != nil {
						t.Fatal(err)
					}
				}
			}
			if c.Now().Before(shown) {
				t.Fatalf("the clock went back from %v to %v", shown, c.Now())
			}
			shown = c.Now()
		}
		c.Freeze()
		if err := c.Advance(context.Background(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if len(ran) != made || b.waits() != 0 {
			t.Fatalf("ran %d of %d, %d timers", len(ran), made, b.waits())
		}
		if !slices.IsSortedFunc(ran, func(a, b planned) int { return a.at.Compare(b.at) }) {
			t.Fatalf("out of order: %v", ran)
		}
	})
}

func TestOnTheMachine(t *testing.T) {
	c := clock.New(clock.Config{Now: time.Now, After: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }, Speed: 1000})
	defer c.Stop()
	began := c.Now()
	done := make(chan time.Time, 1)
	c.AfterFunc(5*time.Second, "", func() { done <- c.Now() })
	if at := <-done; at.Sub(began) < 5*time.Second {
		t.Errorf("five seconds were over after %v", at.Sub(began))
	}
}

// BenchmarkAfterFunc plans and runs one event while 200,000 others wait.
func BenchmarkAfterFunc(b *testing.B) {
	for name, waiting := range map[string]int{"empty": 0, "200000 waiting": 200_000} {
		b.Run(name, func(b *testing.B) {
			c := clock.NewFrozen(epoch())
			for i := range waiting {
				c.AfterFunc(time.Hour+time.Duration(i)*time.Microsecond, "ws_CO_24112026120000", func() {})
			}
			ran := 0
			b.ReportAllocs()
			for b.Loop() {
				c.AfterFunc(0, "ws_CO_24112026120000", func() { ran++ })
				if err := c.Advance(context.Background(), 0); err != nil {
					b.Fatal(err)
				}
			}
			if ran != b.N {
				b.Fatalf("ran %d of %d", ran, b.N)
			}
		})
	}
}

// BenchmarkRunning plans events from all sides on the machine's time, each due two
// seconds of the world later, while 200,000 others wait, and ends when all have run.
func BenchmarkRunning(b *testing.B) {
	c := clock.New(clock.Config{Now: time.Now, After: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }, Speed: 100})
	defer c.Stop()
	for i := range 200_000 {
		c.AfterFunc(1000*time.Hour+time.Duration(i)*time.Microsecond, "ws_CO_24112026120000", func() {})
	}
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			wg.Add(1)
			c.AfterFunc(2*time.Second, "ws_CO_24112026120000", wg.Done)
		}
	})
	wg.Wait()
}
