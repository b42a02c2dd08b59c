package sqlite

import (
	"cmp"
	"time"
)

// line is the rows of one kind. Each kind has its own limit, so that a partner that
// hangs can't hold up payments.
//
// Rows that go to the same place are a group. A group whose first row is due moves
// from later into its party's ready, a party with ready groups into ready. So a row
// that may not be handed out is never looked at twice, however many there are.
type line struct {
	rows    map[int64]*dueRow // all that are due some time, or running
	groups  map[target]*group // those with rows
	parties map[string]*party // those with groups

	later pile[*group] // by when their first row is due
	ready pile[*party] // those with the fewest calls first

	limit   int // calls at once
	each    int // of them for one group
	fair    bool
	running int
}

// target is where a row goes: the same for all payments.
type target struct{ partner, endpoint string }

// group is the rows that go to one target.
type group struct {
	target  target
	party   *party
	waiting pile[*dueRow] // those that are not running
	running int
	next    time.Time // when the first may be called, while in a pile
	in      *pile[*group]
	place   int
}

// party is the groups of one partner.
type party struct {
	name    string
	groups  int
	ready   pile[*group] // those with the fewest calls first
	running int
	place   int
}

type dueRow struct {
	id       int64
	group    *group
	due      time.Time // as committed; zero: nothing due
	next     time.Time // when to call: due, or later after a failure
	running  bool
	moved    bool // due was changed since the running call began
	failures int  // calls in a row that left it due
	place    int  // in the pile, -1 outside it
}

// limitDivisor gives the limit of a partner: the calls that are free, divided by it. With
// eight, a partner that hangs holds a ninth of all, and some forty must hang at once
// before another has to wait for one of them to time out.
const limitDivisor = 8

// newLine makes a line. In a fair one each partner has such a limit.
func newLine(limit, each int, fair bool) line {
	return line{
		rows: make(map[int64]*dueRow), groups: make(map[target]*group), parties: make(map[string]*party),
		later: pile[*group]{
			before: func(a, b *group) bool { return a.next.Before(b.next) },
			place:  func(g *group) *int { return &g.place },
		},
		ready: pile[*party]{
			before: func(a, b *party) bool {
				return cmp.Or(cmp.Compare(a.running, b.running), a.ready.members[0].next.Compare(b.ready.members[0].next)) < 0
			},
			place: func(p *party) *int { return &p.place },
		},
		limit: limit, each: each, fair: fair,
	}
}

func (l *line) set(id int64, to target, due time.Time) {
	r := l.rows[id]
	if r == nil {
		if due.IsZero() {
			return
		}
		r = &dueRow{id: id, group: l.group(to), place: -1}
		l.rows[id] = r
	}
	if r.due.Equal(due) {
		return // a save that was not about it; a pause stays
	}
	r.due, r.moved = due, true
	if !r.running { // otherwise finish decides
		l.wait(r, due)
	}
}

// group finds or makes the group of a target.
func (l *line) group(to target) *group {
	g := l.groups[to]
	if g != nil {
		return g
	}
	p := l.parties[to.partner]
	if p == nil {
		p = &party{name: to.partner, place: -1, ready: pile[*group]{
			before: func(a, b *group) bool {
				return cmp.Or(cmp.Compare(a.running, b.running), a.next.Compare(b.next)) < 0
			},
			place: func(g *group) *int { return &g.place },
		}}
		l.parties[to.partner] = p
	}
	p.groups++
	g = &group{target: to, party: p, place: -1, waiting: pile[*dueRow]{
		before: func(a, b *dueRow) bool { return cmp.Or(a.next.Compare(b.next), cmp.Compare(a.id, b.id)) < 0 },
		place:  func(r *dueRow) *int { return &r.place },
	}}
	l.groups[to] = g
	return g
}

// wait puts r into its group, moves it there, or forgets it when nothing is due.
func (l *line) wait(r *dueRow, next time.Time) {
	r.next = next
	waiting := &r.group.waiting
	switch {
	case r.due.IsZero():
		if waiting.has(r) {
			waiting.remove(r)
		}
		delete(l.rows, r.id)
	case waiting.has(r):
		waiting.fix(r)
	default:
		waiting.add(r)
	}
	l.sort(r.group)
}

// sort puts a group that has changed where it belongs: into later, out of the way
// while it has as many calls as it may have, or out of mind.
func (l *line) sort(g *group) {
	l.takeOut(g)
	first, ok := g.waiting.first()
	switch {
	case !ok && g.running == 0:
		delete(l.groups, g.target)
		if g.party.groups--; g.party.groups == 0 {
			delete(l.parties, g.party.name)
		}
	case ok && g.running < l.each:
		g.next = first.next
		l.putIn(g, &l.later)
	}
}

func (l *line) putIn(g *group, in *pile[*group]) {
	g.in = in
	in.add(g)
	l.sortParty(g.party)
}

func (l *line) takeOut(g *group) {
	if g.in != nil {
		g.in.remove(g)
		g.in = nil
	}
	l.sortParty(g.party)
}

// sortParty puts a party where it belongs after a change.
func (l *line) sortParty(p *party) {
	switch {
	case p.ready.Len() == 0 && l.ready.has(p):
		l.ready.remove(p)
	case p.ready.Len() == 0:
	case l.ready.has(p):
		l.ready.fix(p)
	default:
		l.ready.add(p)
	}
}

// take hands out a row that is due, or nil.
func (l *line) take(now time.Time) *dueRow {
	for g, ok := l.later.first(); ok && !g.next.After(now); g, ok = l.later.first() {
		l.takeOut(g)
		l.putIn(g, &g.party.ready)
	}
	g := l.first()
	if g == nil {
		return nil
	}
	r, _ := g.waiting.first()
	g.waiting.remove(r)
	r.running, r.moved = true, false
	l.count(g, 1)
	l.sort(g)
	return r
}

// first returns the ready group whose row may be handed out next, or nil. When the
// party with the fewest calls may have no more, no other may.
func (l *line) first() *group {
	p, ok := l.ready.first()
	free := l.limit - l.running
	if !ok || free <= 0 || l.fair && p.running >= max(1, free/limitDivisor) {
		return nil
	}
	g, _ := p.ready.first()
	return g
}

// count enters that a call of a group has begun or ended. The group must be sorted
// after it.
func (l *line) count(g *group, n int) {
	l.takeOut(g) // its order, and its party's, follow from the counts
	if l.ready.has(g.party) {
		l.ready.remove(g.party)
	}
	l.running += n
	g.running += n
	g.party.running += n
}

// earliest says when take will have something, unless a change or a finish comes
// before.
func (l *line) earliest() (at time.Time, ok bool) {
	if g := l.first(); g != nil {
		return g.next, true
	}
	if g, ok := l.later.first(); ok && l.running < l.limit {
		return g.next, true
	}
	return time.Time{}, false
}

// idle reports whether nothing runs and nothing is due by now.
func (l *line) idle(now time.Time) bool {
	g, ok := l.later.first()
	return l.running == 0 && l.ready.Len() == 0 && (!ok || g.next.After(now))
}

// finish gives a row back. It returns the pause before the next call, 0 when the
// row goes by its DueAt.
func (l *line) finish(r *dueRow, o outcome, now time.Time) (pause time.Duration) {
	r.running = false
	l.count(r.group, -1)
	next := r.due
	switch {
	case o == interrupted || r.due.IsZero():
	case o == failed || !r.moved:
		r.failures++
		pause = pauseAfter(r.failures)
		if later := now.Add(pause); later.After(next) {
			next = later
		}
	default:
		r.failures = 0
	}
	l.wait(r, next)
	return pause
}
