package app

import (
	"sync"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// waits is a world's clock as requests see it: those that wait for it go on when the
// world ends, since its time does not.
type waits struct {
	simulator.Clock

	mu    sync.Mutex
	last  uint64
	open  map[uint64]func()
	ended bool
}

// AfterFunc implements simulator.Clock.
func (w *waits) AfterFunc(d time.Duration, rank string, f func()) (stop func() bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		go f()
		return func() bool { return false }
	}
	if w.open == nil {
		w.open = make(map[uint64]func())
	}
	w.last++
	id := w.last
	w.open[id] = f
	cancel := w.Clock.AfterFunc(d, rank, func() { w.run(id) })
	return func() bool { return w.take(id) != nil && cancel() }
}

// take removes what waits under id; nil when it waits no more.
func (w *waits) take(id uint64) func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.open[id]
	delete(w.open, id)
	return f
}

func (w *waits) run(id uint64) {
	if f := w.take(id); f != nil {
		f()
	}
}

// end lets everything go on that waits, and whatever waits later.
func (w *waits) end() {
	w.mu.Lock()
	w.ended = true
	open := w.open
	w.open = nil
	w.mu.Unlock()
	for _, f := range open {
		f()
	}
}
