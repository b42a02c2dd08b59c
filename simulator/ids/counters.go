package ids

import "maps"

// maxStreams bounds how many streams are remembered at one instant.
const maxStreams = 100_000

// counters counts how often a stream has asked at an instant, as a date of its own: the
// first is the instant, each further one later, and never one twice. Only dates that have
// not passed are kept.
type counters struct {
	last   map[Stream]int64
	latest int64  // the latest date in last
	epoch  uint64 // how often dates were forgotten before they had passed
}

// next is the date of the next draw of l at now.
func (t *counters) next(l Stream, now int64) int64 { return t.nextStep(l, now, 1) }

// nextStep is next for dates that are multiples of a step.
func (t *counters) nextStep(l Stream, now, step int64) int64 {
	now -= now % step
	switch {
	case t.last == nil || now > t.latest && len(t.last) > 1000: // a big map would be slow to clear each time
		t.last = make(map[Stream]int64)
	case now > t.latest:
		clear(t.last)
	case len(t.last) >= maxStreams:
		t.sweep(now)
	}
	date := now
	if last, ok := t.last[l]; ok {
		date = max(now, (last/step+1)*step)
	}
	t.last[l] = date
	t.latest = max(t.latest, date)
	return date
}

// sweep drops the dates that have passed, and when there are few of those, all.
func (t *counters) sweep(now int64) {
	maps.DeleteFunc(t.last, func(_ Stream, date int64) bool { return date < now })
	if len(t.last) > maxStreams/2 {
		clear(t.last)
		t.epoch++
	}
}

func (t *counters) clone() counters {
	c := *t
	c.last = maps.Clone(t.last)
	return c
}
