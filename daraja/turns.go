package daraja

import "maps"

// maxLanes bounds how many lanes are remembered at one instant.
const maxLanes = 100_000

// turns counts how often a lane has asked at an instant, as a date of its own: the
// first is the instant, each further one a step later, and never one twice. Only
// dates that have not passed are kept.
type turns struct {
	last  map[Lane]int64
	late  int64  // the latest date in last
	epoch uint64 // how often dates were forgotten before they had passed
}

// next is the date of the next turn of l at now.
func (t *turns) next(l Lane, now int64) int64 {
	switch {
	case t.last == nil || now > t.late && len(t.last) > 1000: // a big map would be slow to clear each time
		t.last = make(map[Lane]int64)
	case now > t.late:
		clear(t.last)
	case len(t.last) >= maxLanes:
		t.sweep(now)
	}
	date := now
	if last, ok := t.last[l]; ok {
		date = max(now, last+1)
	}
	t.last[l] = date
	t.late = max(t.late, date)
	return date
}

// sweep drops the dates that have passed, and when there are few of those, all.
func (t *turns) sweep(now int64) {
	maps.DeleteFunc(t.last, func(_ Lane, date int64) bool { return date < now })
	if len(t.last) > maxLanes/2 {
		clear(t.last)
		t.epoch++
	}
}

func (t *turns) clone() turns {
	c := *t
	c.last = maps.Clone(t.last)
	return c
}
