package app

import (
	"sync"

	"github.com/darajabox/darajabox/simulator"
)

// eventBuffer is how many events a slow reader may be behind.
const eventBuffer = 256

// hub tells whoever listens what changes in a world.
type hub struct {
	mu     sync.Mutex
	subs   map[chan simulator.Event]struct{}
	closed bool
}

// publish hands e to everyone who has room for it. It does not block.
func (h *hub) publish(e simulator.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.subs {
		select {
		case c <- e:
		default: // the reader is too slow, and looks at the world again anyway
		}
	}
}

// subscribe returns the events from now on, and what ends that. The channel is closed
// at the end of either.
func (h *hub) subscribe() (<-chan simulator.Event, func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan simulator.Event, eventBuffer)
	if h.closed {
		close(c)
		return c, func() {}
	}
	if h.subs == nil {
		h.subs = make(map[chan simulator.Event]struct{})
	}
	h.subs[c] = struct{}{}
	return c, func() { h.leave(c) }
}

func (h *hub) leave(c chan simulator.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.subs[c]; ok {
		delete(h.subs, c)
		close(c)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.subs {
		close(c)
	}
	h.subs = nil
}
