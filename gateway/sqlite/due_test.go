package sqlite

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/gateway"
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
		q.apply([]change{changeOf(paymentWork, id, at(0)), to(fmt.Sprint("shop", id%2), "a", id, at(0))})
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

// to is a due delivery.
func to(partner, endpoint string, id int64, due time.Time) change {
	return changeOfDelivery(&gateway.Delivery{ID: id, Partner: partner, Endpoint: endpoint, DueAt: due})
}

// takeAll takes what may be taken and counts it by target.
func takeAll(q *queue, now time.Time) (jobs []job, by map[target]int) {
	by = make(map[target]int)
	for {
		j, ok := q.take(now)
		if !ok {
			return jobs, by
		}
		jobs = append(jobs, j)
		by[q.lines[j.kind].rows[j.id].group.target]++
	}
}

// Forty partners may hang, with however many endpoints and rows, and there is room for
// one more; the most that one takes is a ninth.
func TestWhoHangsLeavesRoom(t *testing.T) {
	q := newQueue(64)
	id := int64(0)
	for partner := range 40 {
		for endpoint := range 20 {
			for range 50 {
				id++
				q.apply([]change{to(fmt.Sprint("slow", partner), fmt.Sprint(endpoint), id, at(0))})
			}
		}
		if _, by := takeAll(q, at(time.Second)); partner == 0 {
			total := 0
			for target, n := range by {
				total += n
				if n > 32 {
					t.Errorf("%d calls of %v", n, target)
				}
			}
			if total != 57 {
				t.Errorf("%d calls of one partner, want a ninth of 512", total)
			}
		}
		id++
		q.apply([]change{to(fmt.Sprint("quick", partner), "x", id, at(time.Hour))}) // and due after all the others
		j, ok := q.take(at(time.Hour))
		if !ok || j.id != id {
			t.Fatalf("while %d partners hang, another's delivery is not taken: %v %t", partner+1, j, ok)
		}
		q.finish(j, worked, at(time.Hour))
		q.apply([]change{to(fmt.Sprint("quick", partner), "x", id, time.Time{})})
	}
}

func TestOneEndpointLeavesRoomForTheOthersOfItsPartner(t *testing.T) {
	q := newQueue(64)
	for id := range int64(500) {
		q.apply([]change{to("shop", "slow", id, at(0))})
	}
	q.apply([]change{to("shop", "quick", 1000, at(time.Minute))})
	_, by := takeAll(q, at(time.Minute))
	if by[target{"shop", "slow"}] != 32 || by[target{"shop", "quick"}] != 1 {
		t.Errorf("took %v", by)
	}
}

// What is taken and given back leaves nothing behind.
func TestQueueForgets(t *testing.T) {
	q := newQueue(64)
	for id := range int64(1000) {
		q.apply([]change{to(fmt.Sprint(id%7), fmt.Sprint(id%31), id, at(0))})
	}
	for range 1000 {
		j, ok := q.take(at(0))
		if !ok {
			t.Fatal("nothing to take")
		}
		q.apply([]change{to("", "", j.id, time.Time{})})
		q.finish(j, worked, at(0))
	}
	l := &q.lines[deliveryWork]
	if n := len(l.rows) + len(l.groups) + len(l.parties) + l.later.Len() + l.ready.Len() + l.running; n != 0 {
		t.Errorf("%d things are left: %+v", n, l)
	}
	if ok, _ := q.idle(at(0)); ok { // never armed
		t.Error("idle before the timer was set")
	}
}

// BenchmarkTake takes and gives back beside so many rows that may not be taken.
func BenchmarkTake(b *testing.B) {
	for _, blocked := range []int64{0, 100_000} {
		b.Run(fmt.Sprint("blocked=", blocked), func(b *testing.B) {
			q := newQueue(64)
			for id := range blocked {
				q.apply([]change{to("slow", "a", id, at(0))})
			}
			takeAll(q, at(0))
			q.apply([]change{to("quick", "b", blocked, at(0))})
			for b.Loop() {
				j, _ := q.take(at(0))
				q.finish(j, interrupted, at(0))
			}
		})
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
				c := changeOf(j.kind, j.id, due)
				if j.kind == deliveryWork {
					c = to(fmt.Sprint(j.id%2), fmt.Sprint(j.id%3), j.id, due)
				}
				q.apply([]change{c})
			},
			"advance": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "seconds")) * time.Second)
			},
			"take": func(t *rapid.T) {
				j, ok := q.take(now)
				if !ok {
					if ready, blocked := q.waits(now); ready > 0 && !blocked {
						t.Fatalf("%d rows may be taken and are not", ready)
					}
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
					l.check(t)
					waits, due := 0, 0
					for j, at := range table {
						if j.kind == kind(k) && !at.IsZero() && !running[j] {
							due++
						}
					}
					for _, g := range l.groups {
						for i, r := range g.waiting.members {
							waits++
							if r.place != i || r.next.Before(r.due) || !r.due.Equal(table[job{kind(k), r.id}]) {
								t.Fatalf("row %+v at %d does not follow the table", *r, i)
							}
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

// waits counts the rows whose time has come and that nothing but a call that runs
// holds back, and says whether calls run.
func (q *queue) waits(now time.Time) (ready int, running bool) {
	for k := range q.lines {
		l := &q.lines[k]
		running = running || l.running > 0
		for _, g := range l.groups {
			for _, r := range g.waiting.members {
				if !r.next.After(now) {
					ready++
				}
			}
		}
	}
	return ready, running
}

// check checks what must always hold of a line.
func (l *line) check(t *rapid.T) {
	total := 0
	by := make(map[*party]int)
	for to, g := range l.groups {
		total += g.running
		by[g.party] += g.running
		if g.waiting.Len() == 0 && g.running == 0 || l.parties[to.partner] != g.party {
			t.Fatalf("group %v should be forgotten", to)
		}
		if callable := g.waiting.Len() > 0 && g.running < l.each; callable != (g.in != nil) {
			t.Fatalf("group %v is in a pile: %t, want %t", to, g.in != nil, callable)
		}
	}
	if total != l.running || total > l.limit {
		t.Fatalf("%d calls, counted as %d", total, l.running)
	}
	for _, p := range l.parties {
		if by[p] != p.running || l.ready.has(p) != (p.ready.Len() > 0) {
			t.Fatalf("partner %q: %d calls, counted as %d; ready %t", p.name, by[p], p.running, l.ready.has(p))
		}
	}
}
