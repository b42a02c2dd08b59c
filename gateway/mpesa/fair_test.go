package mpesa_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	limit "golang.org/x/time/rate"
)

// asker is a partner that asks for pushes at even times.
type asker struct {
	name   string
	from   time.Duration // when it begins
	each   time.Duration // between two of its pushes
	until  time.Duration // when it ends; 0 is at the end of the test
	asked  int
	given  int
	denied []time.Duration
}

// compete lets partners ask at a push rate for a time, and returns the pushes of all.
func compete(t *testing.T, rate float64, length time.Duration, askers ...*asker) (given int) {
	t.Helper()
	f := newFake(t)
	c := f.client(t, limited(rate, 0))
	const step = time.Millisecond
	for at := time.Duration(0); at < length; at += step {
		for _, a := range askers {
			if at < a.from || (at-a.from)%a.each != 0 || a.until > 0 && at >= a.until {
				continue
			}
			a.asked++
			if wait := c.Ready(a.name); wait > 0 {
				a.denied = append(a.denied, at)
				continue
			}
			a.given++
			given++
		}
		f.clock.Advance(step)
	}
	return given
}

func every(d time.Duration, name string) *asker { return &asker{name: name, each: d} }

// A partner that asks for less than its share is never put off, whatever another does,
// and nothing of the rate is lost.
func TestBusyPartnerPutsOffNoOther(t *testing.T) {
	busy, quiet := every(20*time.Millisecond, "busy"), every(500*time.Millisecond, "quiet")
	all := compete(t, 20, time.Minute, busy, quiet)
	if len(quiet.denied) > 0 {
		t.Errorf("the quiet one was put off %d times of %d, first at %s", len(quiet.denied), quiet.asked, quiet.denied[0])
	}
	if all < 1200 || all > 1200+25 {
		t.Errorf("%d pushes in a minute at 20 a second", all)
	}
}

func TestBusyPartnersHaveTheSameShare(t *testing.T) {
	one, two, three := every(20*time.Millisecond, "one"), every(7*time.Millisecond, "two"), every(11*time.Millisecond, "three")
	three.from = 30 * time.Second
	all := compete(t, 20, time.Minute, one, two, three)
	if all < 1200 || all > 1200+25 {
		t.Errorf("%d pushes in a minute at 20 a second", all)
	}
	const alike = 500 // 30 s at 10 a second, and 30 s at a third of 20
	for _, a := range []*asker{one, two} {
		if a.given < alike-20 || a.given > alike+40 {
			t.Errorf("%s had %d pushes, want about %d", a.name, a.given, alike)
		}
	}
	if three.given < 190 || three.given > 220 {
		t.Errorf("the third had %d pushes in half a minute, want about 200", three.given)
	}
}

// A partner that is alone has all of the rate, and a second's worth at once.
func TestLonePartnerHasTheWholeRate(t *testing.T) {
	lone := every(time.Millisecond, "lone")
	if all := compete(t, 20, 10*time.Second, lone); all < 219 || all > 220 {
		t.Errorf("%d pushes in ten seconds at 20 a second", all)
	}
	if lone.denied[0] != 20*time.Millisecond {
		t.Errorf("it was first put off at %s", lone.denied[0])
	}
}

// One that was away, or never was there, does not find an empty bucket when it comes.
func TestPartnerThatComesIsNotPutOff(t *testing.T) {
	for _, rate := range []float64{1, 2, 20} {
		busy := every(3*time.Millisecond, "busy")
		askers := []*asker{busy}
		for i := range 4 {
			rare := every(17*time.Second, fmt.Sprintf("rare %d", i))
			rare.from = time.Duration(5+4*i) * time.Second
			askers = append(askers, rare)
		}
		all := compete(t, rate, 2*time.Minute, askers...)
		for _, a := range askers[1:] {
			if len(a.denied) > 0 {
				t.Errorf("at %v a second %s was put off %d times of %d, at %s", rate, a.name, len(a.denied), a.asked, a.denied[0])
			}
		}
		if most := 120*rate + 1.25*rate + 1; float64(all) > most {
			t.Errorf("at %v a second: %d pushes, want %v at most", rate, all, most)
		}
	}
}

// What a partner that has left did not use is there for the others.
func TestPartnerThatLeavesTakesNothingAway(t *testing.T) {
	gone, busy := every(5*time.Millisecond, "gone"), every(5*time.Millisecond, "busy")
	gone.until = 10 * time.Second
	compete(t, 20, time.Minute, gone, busy)
	if least := 10*10 + 50*20 - 20; busy.given < least {
		t.Errorf("the other had %d pushes, want %d", busy.given, least)
	}
}

// Two partners that ask for little save nothing up for a burst of one of them.
func TestNothingIsSavedUp(t *testing.T) {
	one, two := every(time.Second, "one"), every(time.Second, "two")
	burst := every(time.Millisecond, "burst")
	burst.from = time.Minute
	compete(t, 20, time.Minute+50*time.Millisecond, one, two, burst)
	if burst.given > 25 {
		t.Errorf("%d pushes of %d at once", burst.given, burst.asked)
	}
	rare := every(30*time.Second, "rare") // forgotten between two pushes
	late := every(time.Millisecond, "late")
	late.from = time.Minute
	compete(t, 20, time.Minute+50*time.Millisecond, rare, late)
	if late.given > 26 {
		t.Errorf("%d pushes of %d at once", late.given, late.asked)
	}
}

// Orders that come in bursts are refused about as often as by a plain bucket of the same
// rate: what one partner does not use is there for the others.
func TestBurstsOfManyPartnersUseTheWholeRate(t *testing.T) {
	for _, tt := range []struct {
		name     string
		partners int
		atOnce   int
		each     time.Duration
	}{
		{"40 partners, 2 orders at once every 6 s", 40, 2, 6 * time.Second},
		{"20 partners, 5 orders at once every 8 s", 20, 5, 8 * time.Second},
		{"3 partners, 10 orders at once every 3 s", 3, 10, 3 * time.Second},
		{"1000 partners, an order every 60 s", 1000, 1, time.Minute},
		{"40 partners, an order every second", 40, 1, time.Second}, // twice the rate
	} {
		t.Run(tt.name, func(t *testing.T) {
			const perSecond, length = 20, 10 * time.Minute
			random := rand.New(rand.NewPCG(1, 2))
			f := newFake(t)
			c, plain := f.client(t, limited(perSecond, 0)), limit.NewLimiter(perSecond, perSecond)
			next := make([]time.Duration, tt.partners)
			for i := range next {
				next[i] = time.Duration(random.Int64N(int64(tt.each)))
			}
			asked, refused, refusedByPlain := 0, 0, 0
			for {
				at := slices.Min(next)
				if at > length {
					break
				}
				partner := slices.Index(next, at)
				next[partner] += tt.each*9/10 + time.Duration(random.Int64N(int64(tt.each/5)))
				f.clock.Advance(start.Add(at).Sub(f.clock.Now()))
				for range tt.atOnce {
					asked++
					if c.Ready(fmt.Sprint(partner)) > 0 {
						refused++
					}
					if !plain.AllowN(f.clock.Now(), 1) {
						refusedByPlain++
					}
				}
			}
			percent := func(n int) float64 { return 100 * float64(n) / float64(asked) }
			if percent(refused) > percent(refusedByPlain)+2 {
				t.Errorf("%.1f %% of %d orders were refused, %.1f %% by a plain bucket", percent(refused), asked, percent(refusedByPlain))
			}
		})
	}
}
