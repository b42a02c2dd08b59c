package journal

// ring keeps the latest records, bounded in number and in bytes.
type ring[T any] struct {
	max      int
	maxBytes int
	kept     []item[T] // kept[first:] are live, oldest first
	first    int
	bytes    int
	added    uint64
}

type item[T any] struct {
	value T
	bytes int
}

// next counts one more record and returns its number, from 1.
func (r *ring[T]) next() uint64 {
	r.added++
	return r.added
}

func (r *ring[T]) add(v T, bytes int) {
	r.kept = append(r.kept, item[T]{v, bytes})
	r.bytes += bytes
	for len(r.kept)-r.first > r.max || (r.bytes > r.maxBytes && len(r.kept)-r.first > 1) {
		r.bytes -= r.kept[r.first].bytes
		r.kept[r.first] = item[T]{} // lets go of the bodies
		r.first++
	}
	if r.first > len(r.kept)/2 {
		n := copy(r.kept, r.kept[r.first:])
		clear(r.kept[n:])
		r.kept, r.first = r.kept[:n], 0
	}
}

// latest is a copy of the newest n, never nil.
func (r *ring[T]) latest(n int) []T {
	live := r.kept[r.first:]
	live = live[len(live)-max(0, min(n, len(live))):]
	out := make([]T, len(live))
	for i, it := range live {
		out[i] = it.value
	}
	return out
}

func (r *ring[T]) reset() {
	*r = ring[T]{max: r.max, maxBytes: r.maxBytes}
}
