package sqlite

import "container/heap"

// pile is a heap whose members know their place in it, so that one can be moved or
// taken out wherever it is.
type pile[T any] struct {
	members []T
	before  func(a, b T) bool
	place   func(T) *int // of a member; -1 outside the pile
}

// first returns the member on top.
func (p *pile[T]) first() (t T, ok bool) {
	if len(p.members) == 0 {
		return t, false
	}
	return p.members[0], true
}

func (p *pile[T]) add(t T)      { heap.Push(p, t) }
func (p *pile[T]) remove(t T)   { heap.Remove(p, *p.place(t)) }
func (p *pile[T]) has(t T) bool { return *p.place(t) >= 0 }

// fix moves a member whose order has changed.
func (p *pile[T]) fix(t T) { heap.Fix(p, *p.place(t)) }

// Len implements heap.Interface, as do the next four.
func (p *pile[T]) Len() int { return len(p.members) }

// Less is of heap.Interface.
func (p *pile[T]) Less(i, j int) bool { return p.before(p.members[i], p.members[j]) }

// Swap is of heap.Interface.
func (p *pile[T]) Swap(i, j int) {
	p.members[i], p.members[j] = p.members[j], p.members[i]
	*p.place(p.members[i]), *p.place(p.members[j]) = i, j
}

// Push is of heap.Interface.
func (p *pile[T]) Push(x any) {
	t := x.(T)
	*p.place(t) = len(p.members)
	p.members = append(p.members, t)
}

// Pop is of heap.Interface.
func (p *pile[T]) Pop() any {
	last := len(p.members) - 1
	t := p.members[last]
	var none T
	p.members[last] = none
	p.members = p.members[:last]
	*p.place(t) = -1
	return t
}
