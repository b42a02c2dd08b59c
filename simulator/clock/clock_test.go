package clock_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/simulator/clock"
)

func epoch() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.FixedZone("EAT", 3*3600)) }

func advance(t testing.TB, c *clock.Clock, d time.Duration) {
	t.Helper()
	if err := c.Advance(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func TestFrozenStandsStillUntilAdvanced(t *testing.T) {
	c := clock.NewFrozen(epoch())
	ran := false
	c.AfterFunc(0, "", func() { ran = true })
	if ran {
		t.Fatal("AfterFunc called its function before it returned")
	}
	if got := c.Now(); !got.Equal(epoch()) || got.Location() != epoch().Location() && got.Format(time.RFC3339) != epoch().Format(time.RFC3339) {
		t.Fatalf("the clock shows %v", got)
	}
	if !c.Frozen() || c.Speed() != 0 {
		t.Errorf("frozen %v, speed %v", c.Frozen(), c.Speed())
	}
	advance(t, c, 0)
	if !ran {
		t.Fatal("Advance(0) left what was due at once")
	}
}

func TestFrozenShowsTheTimeAtWhichAnEventIsDue(t *testing.T) {
	c := clock.NewFrozen(epoch())
	var seen []time.Duration
	note := func() { seen = append(seen, c.Now().Sub(epoch())) }
	c.AfterFunc(3*time.Second, "", note)
	c.AfterFunc(time.Second, "", func() {
		note()
		c.AfterFunc(time.Second, "", note) // becomes due within the same Advance
		c.AfterFunc(-time.Second, "", note)
		c.AfterFunc(time.Hour, "", note) // does not
	})
	if err := c.AdvanceTo(t.Context(), epoch().Add(10*time.Second).UTC()); err != nil {
		t.Fatal(err)
	}
	want := []time.Duration{time.Second, time.Second, 2 * time.Second, 3 * time.Second}
	if !slices.Equal(seen, want) {
		t.Errorf("ran at %v, want %v", seen, want)
	}
	if got := c.Now().Format(time.RFC3339); got != "2026-11-24T12:00:10+03:00" {
		t.Errorf("the clock shows %s", got)
	}
	if next, ok := c.Next(); !ok || next.Sub(epoch()) != time.Hour+time.Second {
		t.Errorf("next %v %v", next, ok)
	}
}

func TestWhatIsDueAtOnceRunsInOrderOfRank(t *testing.T) {
	c := clock.NewFrozen(epoch())
	var got []string
	for _, e := range []struct {
		at         time.Duration
		rank, name string
	}{
		{2, "a", "late"}, {1, "b", "b1"}, {1, "a", "a1"}, {1, "", "none"}, {1, "b", "b2"}, {1, "a", "a2"}, {0, "z", "early"},
	} {
		c.AfterFunc(e.at, e.rank, func() { got = append(got, e.name) })
	}
	advance(t, c, time.Second)
	if want := "early none a1 a2 b1 b2 late"; strings.Join(got, " ") != want {
		t.Errorf("order %v, want %s", got, want)
	}
}

func TestStopOfAnEvent(t *testing.T) {
	c := clock.NewFrozen(epoch())
	ran := 0
	stop := c.AfterFunc(time.Second, "", func() { ran++ })
	c.AfterFunc(time.Second, "", func() { ran += 10 })
	if !stop() {
		t.Error("stop says that the event was started")
	}
	if stop() {
		t.Error("the second stop says that it stopped something")
	}
	advance(t, c, time.Minute)
	if ran != 10 {
		t.Errorf("ran = %d, want 10: the other event only", ran)
	}
	var again func() bool
	again = c.AfterFunc(0, "", func() {
		if again() {
			t.Error("stop says true while its event runs")
		}
	})
	advance(t, c, 0)
	if _, ok := c.Next(); ok {
		t.Error("something is still planned")
	}
}

// Whatever is planned runs once, in order of time, rank and arrival, at its time,
// unless it was stopped; and a snapshot of the order does not depend on the steps.
func TestFrozenIsLikeAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clock.NewFrozen(epoch())
		type planned struct {
			at   time.Duration
			rank string
			id   int
		}
		var waiting []planned
		var got []int
		stops := map[int]func() bool{}
		now, id := time.Duration(0), 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0, 1, 2:
				id++
				me := id
				d := time.Duration(rapid.IntRange(-2, 8).Draw(t, "after"))
				rank := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "rank")
				p := planned{now + max(d, 0), rank, me}
				stops[me] = c.AfterFunc(d, rank, func() {
					if c.Now().Sub(epoch()) != max(p.at, now) {
						t.Fatalf("%+v ran at %v", p, c.Now().Sub(epoch()))
					}
					got = append(got, me)
				})
				waiting = append(waiting, p)
			case 3:
				victim := rapid.IntRange(0, id).Draw(t, "victim")
				i := slices.IndexFunc(waiting, func(p planned) bool { return p.id == victim })
				if stop := stops[victim]; stop != nil && stop() != (i >= 0) {
					t.Fatalf("stopping %d told otherwise than that it waits: %v", victim, i >= 0)
				}
				if i >= 0 {
					waiting = slices.Delete(waiting, i, i+1)
				}
			case 4:
				to := now + time.Duration(rapid.IntRange(0, 5).Draw(t, "advance"))
				slices.SortStableFunc(waiting, func(a, b planned) int {
					if a.at != b.at {
						return int(a.at - b.at)
					}
					return strings.Compare(a.rank, b.rank)
				})
				var want []int
				for len(waiting) > 0 && waiting[0].at <= to {
					want, waiting = append(want, waiting[0].id), waiting[1:]
				}
				got = nil
				if err := c.Advance(context.Background(), to-now); err != nil {
					t.Fatal(err)
				}
				now = to
				if !slices.Equal(got, want) || c.Now().Sub(epoch()) != now {
					t.Fatalf("at %v ran %v, want %v", c.Now().Sub(epoch()), got, want)
				}
			}
		}
	})
}

func TestFromManyGoroutines(t *testing.T) {
	c := clock.NewFrozen(epoch())
	var ran atomic.Int32
	var inside atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				c.AfterFunc(time.Millisecond, "", func() {
					if inside.Add(1) != 1 {
						t.Error("two events ran at once")
					}
					ran.Add(1)
					inside.Add(-1)
				})
				c.AfterFunc(time.Hour, "", func() {})()
				if err := c.Advance(t.Context(), time.Millisecond); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	advance(t, c, time.Millisecond)
	if ran.Load() != 800 {
		t.Errorf("ran %d of 800", ran.Load())
	}
	if got := c.Now().Sub(epoch()); got != 801*time.Millisecond {
		t.Errorf("801 advances by a millisecond came to %v", got)
	}
}

func TestAdvanceSettlesBeforeTimeGoesOn(t *testing.T) {
	c := clock.NewFrozen(epoch())
	var log []string
	c.SetIdle(func(context.Context) error {
		log = append(log, "settled at "+c.Now().Sub(epoch()).String())
		return nil
	})
	for _, d := range []time.Duration{2 * time.Second, time.Second, 2 * time.Second} {
		c.AfterFunc(d, "", func() { log = append(log, "event") })
	}
	advance(t, c, 3*time.Second)
	want := "settled at 0s, event, settled at 1s, event, settled at 2s, event, settled at 2s"
	if got := strings.Join(log, ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestAdvanceThatEndsEarlySaysHowFarItCame(t *testing.T) {
	broken := errors.New("the receiver is stuck")
	for name, tt := range map[string]struct {
		want error
		end  func(c *clock.Clock, cancel context.CancelFunc) error
	}{
		"cancelled": {context.Canceled, func(_ *clock.Clock, cancel context.CancelFunc) error { cancel(); return nil }},
		"settling":  {broken, func(*clock.Clock, context.CancelFunc) error { return broken }},
		"running":   {clock.ErrRunning, func(c *clock.Clock, _ context.CancelFunc) error { return c.Run(1) }},
		"set":       {clock.ErrSet, func(c *clock.Clock, _ context.CancelFunc) error { c.Set(c.Now()); return nil }},
		"stopped":   {clock.ErrStopped, func(c *clock.Clock, _ context.CancelFunc) error { c.Stop(); return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			base := newBase()
			c := clock.New(clock.Config{Now: base.Now, After: base.After})
			defer c.Stop()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c.AfterFunc(time.Minute, "", func() {})
			ran := false
			c.AfterFunc(time.Hour, "", func() { ran = true })
			c.SetIdle(func(context.Context) error {
				if c.Now().Equal(epoch()) {
					return nil
				}
				return tt.end(c, cancel)
			})
			err := c.Advance(ctx, 2*time.Hour)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "from 2026-11-24T12:00:00+03:00 to 2026-11-24T14:00:00+03:00: it came to 2026-11-24T12:01:00+03:00: ") {
				t.Errorf("error %v", err)
			}
			if ran || c.Now().Sub(epoch()) != time.Minute {
				t.Errorf("ran %v, the clock shows %v", ran, c.Now())
			}
		})
	}
}

func TestAdvanceRefuses(t *testing.T) {
	base := newBase()
	c := clock.New(clock.Config{Now: base.Now, After: base.After})
	defer c.Stop()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for want, err := range map[string]error{
		"advancing the clock by -1s: time does not go back":                                                                                       c.Advance(t.Context(), -time.Second),
		"advancing the clock to 2026-11-24T11:59:59+03:00: it shows 2026-11-24T12:00:00+03:00 already":                                            c.AdvanceTo(t.Context(), epoch().Add(-time.Second)),
		"advancing the clock to the year 10000: it goes to 9999":                                                                                  c.AdvanceTo(t.Context(), time.Date(10000, 1, 1, 0, 0, 0, 0, epoch().Location())),
		"advancing the clock from 2026-11-24T12:00:00+03:00 to 2026-11-24T12:00:00+03:00: it came to 2026-11-24T12:00:00+03:00: context canceled": c.Advance(ended, 0),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if err := c.Run(2); err != nil {
		t.Fatal(err)
	}
	if err := c.Advance(t.Context(), 0); !errors.Is(err, clock.ErrRunning) {
		t.Errorf("a running clock was advanced: %v", err)
	}
	for _, speed := range []float64{0, -1, math.NaN(), clock.MaxSpeed + 1} {
		if err := c.Run(speed); err == nil {
			t.Errorf("speed %v is taken", speed)
		}
	}
	c.Freeze()
	c.Stop()
	if err := c.Advance(t.Context(), 0); !errors.Is(err, clock.ErrStopped) {
		t.Errorf("a stopped clock was advanced: %v", err)
	}
	if err := clock.NewFrozen(epoch()).Run(1); err == nil {
		t.Error("a clock without a base runs")
	}
}

// An Advance that waits for another gives up when its caller does.
func TestAdvancesTakeTurns(t *testing.T) {
	c := clock.NewFrozen(epoch())
	inside, leave := make(chan struct{}), make(chan struct{})
	c.AfterFunc(time.Second, "", func() { close(inside); <-leave })
	first := make(chan error)
	go func() { first <- c.Advance(context.Background(), time.Minute) }()
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Advance(ctx, time.Second); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "another advance is under way") {
		t.Errorf("error %v", err)
	}
	c.Freeze() // does not wait for the Advance
	close(leave)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if got := c.Now().Sub(epoch()); got != time.Minute {
		t.Errorf("the clock shows +%v", got)
	}
}

func TestSetJumps(t *testing.T) {
	c := clock.NewFrozen(epoch())
	var ran []time.Duration
	c.AfterFunc(time.Minute, "", func() { ran = append(ran, c.Now().Sub(epoch())) })
	c.Set(epoch().Add(time.Hour))
	if len(ran) != 0 || c.Now().Sub(epoch()) != time.Hour {
		t.Fatalf("ran %v, shows %v", ran, c.Now())
	}
	advance(t, c, 0)
	if !slices.Equal(ran, []time.Duration{time.Hour}) { // late, but time does not go back for it
		t.Errorf("ran %v", ran)
	}
	c.Set(epoch())
	if c.Now().Sub(epoch()) != 0 {
		t.Errorf("shows %v", c.Now())
	}
}
