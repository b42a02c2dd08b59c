package sqlite

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(d time.Duration) time.Time { return testStart.Add(d) }

func TestPauses(t *testing.T) {
	want := []int{1, 2, 4, 8, 16, 32, 60, 60, 60} // seconds
	for i, seconds := range want {
		w := time.Duration(seconds) * time.Second
		if got := pauseAfter(i + 1); got != w {
			t.Errorf("pause after %d failures is %v, want %v", i+1, got, w)
		}
	}
	if got := pauseAfter(1 << 40); got != time.Minute {
		t.Errorf("the longest pause is %v, want 1m", got)
	}
}

func TestFinish(t *testing.T) {
	const now = 10 * time.Second
	for _, tt := range []struct {
		name    string
		outcome outcome
		moved   bool
		due     time.Duration // to which it was moved while it ran; -1 for nothing due
		next    time.Duration // -1 for never
	}{
		{"worked and nothing is due any more", worked, true, -1, -1},
		{"worked and moved on", worked, true, time.Hour, time.Hour},
		{"worked and moved, but due at once", worked, true, now, now},
		{"worked and left as it was", worked, false, 0, now + time.Second},
		{"failed and left as it was", failed, false, 0, now + time.Second},
		{"failed and due now", failed, true, now, now + time.Second},
		{"failed and moved on", failed, true, time.Hour, time.Hour},
		{"failed and nothing is due any more", failed, true, -1, -1},
		{"interrupted", interrupted, false, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := newQueue(1)
			q.apply([]change{changeOf(paymentWork, 1, at(0))})
			j, ok := q.take(at(now))
			if !ok {
				t.Fatal("nothing to take")
			}
			if tt.moved {
				due := at(tt.due)
				if tt.due < 0 {
					due = time.Time{}
				}
				q.apply([]change{changeOf(paymentWork, 1, due)})
			}
			q.finish(j, tt.outcome, at(now))
			next, ok := q.earliest()
			if ok != (tt.next >= 0) || ok && !next.Equal(at(tt.next)) {
				t.Errorf("next call at %v (%t), want %v after the start", next.Sub(testStart), ok, tt.next)
			}
			if !ok && len(q.lines[paymentWork].rows) != 0 {
				t.Error("a row that is not due is remembered")
			}
		})
	}
}

func TestMoveEndsPause(t *testing.T) {
	q := newQueue(1)
	q.apply([]change{changeOf(paymentWork, 1, at(0))})
	for range 5 {
		next, _ := q.earliest()
		j, _ := q.take(next)
		q.finish(j, failed, next)
	}
	q.apply([]change{changeOf(paymentWork, 1, at(0))}) // saved, and not moved
	if next, _ := q.earliest(); !next.Equal(at(31 * time.Second)) {
		t.Errorf("after five failures the next call is at %v, want 31s", next.Sub(testStart))
	}
	q.apply([]change{changeOf(paymentWork, 1, at(time.Second))})
	if next, _ := q.earliest(); !next.Equal(at(time.Second)) {
		t.Errorf("a row that was moved is called at %v, want 1s", next.Sub(testStart))
	}
}

func TestLimits(t *testing.T) {
	q := newQueue(2)
	for id := range int64(5) {
		q.apply([]change{changeOf(paymentWork, id, at(0)), changeOf(deliveryWork, id, at(0))})
	}
	var taken [kinds][]job
	for {
		j, ok := q.take(at(0))
		if !ok {
			break
		}
		taken[j.kind] = append(taken[j.kind], j)
	}
	if len(taken[paymentWork]) != 2 || len(taken[deliveryWork]) != 2 {
		t.Fatalf("took %v, want two of each", taken)
	}
	if _, ok := q.earliest(); ok {
		t.Error("a timer would be set although nothing may be handed out")
	}
	q.finish(taken[deliveryWork][0], failed, at(0))
	if j, ok := q.take(at(0)); !ok || j.kind != deliveryWork {
		t.Errorf("got %v %t, want a delivery", j, ok)
	}
}

// Whatever happens, the queue hands out what the tables say is due, no row twice at
// once, and none before its time.
func TestQueueFollowsTheTables(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue(3)
		table := map[job]time.Time{}
		running := map[job]bool{}
		now := at(0)
		t.Repeat(map[string]func(*rapid.T){
			"save": func(t *rapid.T) {
				j := job{kind(rapid.IntRange(0, 1).Draw(t, "kind")), rapid.Int64Range(1, 6).Draw(t, "id")}
				due := now.Add(time.Duration(rapid.IntRange(-5, 20).Draw(t, "due")) * time.Second)
				if rapid.Bool().Draw(t, "done") {
					due = time.Time{}
				}
				table[j] = due
				q.apply([]change{changeOf(j.kind, j.id, due)})
			},
			"advance": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "seconds")) * time.Second)
			},
			"take": func(t *rapid.T) {
				j, ok := q.take(now)
				if !ok {
					return
				}
				if running[j] || table[j].IsZero() || table[j].After(now) {
					t.Fatalf("%v was handed out: running %t, due %v, now %v", j, running[j], table[j], now)
				}
				running[j] = true
			},
			"finish": func(t *rapid.T) {
				for j := range running {
					q.finish(j, outcome(rapid.IntRange(0, 2).Draw(t, "outcome")), now)
					delete(running, j)
					return
				}
			},
			"": func(t *rapid.T) {
				for k := range q.lines {
					l := &q.lines[k]
					waits, due := 0, 0
					for j, at := range table {
						if j.kind == kind(k) && !at.IsZero() && !running[j] {
							due++
						}
					}
					for i, r := range l.waiting {
						waits++
						if r.place != i || r.next.Before(r.due) || !r.due.Equal(table[job{kind(k), r.id}]) {
							t.Fatalf("row %+v at %d does not follow the table", *r, i)
						}
					}
					if waits != due {
						t.Fatalf("%d rows wait, %d are due", waits, due)
					}
				}
			},
		})
	})
}
