package mpesa_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// question is a payment that M-PESA is to be asked about.
type question struct {
	partner string
	due     time.Duration // when it is first asked, from the start
	next    time.Time
	done    time.Time
	tries   int
}

func questions(partner string, n int, from, each time.Duration) []*question {
	all := make([]*question, n)
	for i := range all {
		all[i] = &question{partner: partner, due: from + time.Duration(i)*each}
	}
	return all
}

// askAll asks all questions at a query rate, each when it is due and again when it is told
// to come back, up to late after that. Queries must come evenly spaced. It returns how
// long all took and how often was tried.
func askAll(t *testing.T, rate float64, late time.Duration, all []*question) (took time.Duration, tries int) {
	t.Helper()
	f, random := newFake(t), rand.New(rand.NewPCG(1, 2))
	gap, last := time.Duration(float64(time.Second)/rate), time.Time{}
	f.onQuery = func([]byte) answer {
		now := f.clock.Now()
		if since := now.Sub(last); since < gap-time.Microsecond {
			t.Errorf("a query %s after the one before", since)
		}
		last = now
		return answer{200, pending}
	}
	c := f.client(t, limited(0, rate))
	for _, q := range all {
		q.next = start.Add(q.due)
	}
	for {
		var q *question
		for _, other := range all {
			if other.done.IsZero() && (q == nil || other.next.Before(q.next)) {
				q = other
			}
		}
		if q == nil {
			return f.clock.Now().Sub(start), tries
		}
		f.clock.Advance(q.next.Sub(f.clock.Now()))
		q.tries++
		tries++
		_, err := c.Query(t.Context(), q.partner, "ws_CO_1")
		var notNow *gateway.NotNow
		switch {
		case errors.As(err, &notNow):
			q.next = f.clock.Now().Add(notNow.Wait)
			if late > 0 {
				q.next = q.next.Add(time.Duration(random.Int64N(int64(late))))
			}
		case err != nil:
			t.Fatal(err)
		default:
			q.done = f.clock.Now()
		}
	}
}

// slowest is how long the question of a partner took that took longest.
func slowest(all []*question, partner string) (longest time.Duration) {
	for _, q := range all {
		if q.partner == partner {
			longest = max(longest, q.done.Sub(start.Add(q.due)))
		}
	}
	return longest
}

// asFastAsAlone compares what questions of several partners took with what they take when
// they are all of one.
func asFastAsAlone(t *testing.T, rate float64, late time.Duration, all []*question, took time.Duration, tries int) {
	t.Helper()
	alone := make([]*question, len(all))
	for i, q := range all {
		alone[i] = &question{partner: "alone", due: q.due}
	}
	aloneTook, aloneTries := askAll(t, rate, late, alone)
	if took > aloneTook*11/10 {
		t.Errorf("%d queries took %s, those of one partner %s", len(all), took, aloneTook)
	}
	if tries > 4*aloneTries {
		t.Errorf("%d queries took %d tries, those of one partner %d", len(all), tries, aloneTries)
	}
}

// A partner with far more questions than the rate allows does not put off the few of
// another, and the rate is used.
func TestBusyPartnerPutsOffNoOthersQueries(t *testing.T) {
	for _, tt := range []struct {
		rate float64
		late time.Duration
	}{{5, 0}, {5, 20 * time.Millisecond}, {5, 400 * time.Millisecond}, {50, 20 * time.Millisecond}, {1, 100 * time.Millisecond}} {
		t.Run(fmt.Sprintf("%v a second, back up to %s late", tt.rate, tt.late), func(t *testing.T) {
			gap := time.Duration(float64(time.Second) / tt.rate)
			all := questions("busy", 560, 0, gap/4)
			all = append(all, questions("quiet", 5, 100*gap, 5*gap)...)
			all = append(all, questions("at once", 5, 200*gap, 0)...)
			took, tries := askAll(t, tt.rate, tt.late, all)
			for partner, most := range map[string]time.Duration{"quiet": 8 * (gap + tt.late), "at once": 20 * (gap + tt.late)} {
				if got := slowest(all, partner); got > most {
					t.Errorf("%s was answered after %s, want %s at most", partner, got, most)
				}
			}
			asFastAsAlone(t, tt.rate, tt.late, all, took, tries)
		})
	}
}

// Partners that are all busy have the same share of the query rate, and the rate is used.
func TestBusyPartnersHaveTheSameShareOfQueries(t *testing.T) {
	for _, tt := range []struct {
		partners, each int
		late           time.Duration
		off            int // per cent of the answers that a partner may have above or below half
	}{{2, 300, 0, 15}, {2, 300, 20 * time.Millisecond, 15}, {2, 300, 400 * time.Millisecond, 15}, {20, 30, 0, 15}, {20, 30, 300 * time.Millisecond, 35}} {
		t.Run(fmt.Sprintf("%d partners, back up to %s late", tt.partners, tt.late), func(t *testing.T) {
			var all []*question
			for i := range tt.partners {
				all = append(all, questions(strings.Repeat("x", i+1), tt.each, 0, 0)...)
			}
			took, tries := askAll(t, 5, tt.late, all)
			asFastAsAlone(t, 5, tt.late, all, took, tries)
			half, done := start.Add(took/2), make(map[string]int)
			for _, q := range all {
				if q.done.Before(half) {
					done[q.partner]++
				}
			}
			for i := range tt.partners {
				partner := strings.Repeat("x", i+1)
				if n := done[partner]; n < tt.each*(50-tt.off)/100 || n > tt.each*(50+tt.off)/100 {
					t.Errorf("partner %d had %d of its %d answers after half the time", i+1, n, tt.each)
				}
			}
		})
	}
}
