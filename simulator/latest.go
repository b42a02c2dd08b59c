package simulator

import (
	"maps"
	"slices"
)

// boundedMap keeps the newest values by key, up to a bound; the oldest go.
type boundedMap[K comparable, V any] struct {
	max   int
	byKey map[K]V
	order []K // a ring once it is full
	head  int // the oldest of a full ring
	added uint64
}

func newBoundedMap[K comparable, V any](bound int) boundedMap[K, V] {
	return boundedMap[K, V]{max: bound, byKey: make(map[K]V)}
}

func (l *boundedMap[K, V]) get(k K) (V, bool) {
	v, ok := l.byKey[k]
	return v, ok
}

// put keeps v. It returns what had to go for it, if anything.
func (l *boundedMap[K, V]) put(k K, v V) (gone V, evicted bool) {
	if _, known := l.byKey[k]; known {
		l.byKey[k] = v
		return gone, false
	}
	l.byKey[k] = v
	l.added++
	if len(l.order) < l.max {
		l.order = append(l.order, k)
		return gone, false
	}
	oldest := l.order[l.head]
	l.order[l.head] = k
	l.head = (l.head + 1) % l.max
	gone, evicted = l.byKey[oldest]
	delete(l.byKey, oldest)
	return gone, evicted
}

// nth is the key that was added as the nth, from 1. It returns false for one that had
// to go, and for one that was never added; what was removed still has its place.
func (l *boundedMap[K, V]) nth(n uint64) (k K, kept bool) {
	if n < 1 || n > l.added || l.added-n >= uint64(len(l.order)) {
		return k, false
	}
	back := int(l.added - n) // from the newest
	return l.order[(l.head-1-back+2*len(l.order))%len(l.order)], true
}

func (l *boundedMap[K, V]) clone() boundedMap[K, V] {
	c := *l
	c.byKey, c.order = maps.Clone(l.byKey), slices.Clone(l.order)
	return c
}
