package simulator

import "slices"

// recent is the latest values, oldest first. Values are only appended, so that snapshots
// and readers can share them.
type recent[T any] []T

// add appends a value. Of those before it at least keep-1 remain; there is room for more,
// so that not every value moves the others.
func (r *recent[T]) add(v T, keep int) {
	if room := keep + keep/4; len(*r) >= room {
		*r = append(make(recent[T], 0, room), (*r)[len(*r)-keep+1:]...)
	}
	*r = append(*r, v)
}

// latest returns the latest values, at most keep.
func (r recent[T]) latest(keep int) []T { return slices.Clip(r[max(0, len(r)-keep):]) }
