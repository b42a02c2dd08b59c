package app

import (
	"sync"

	"github.com/darajabox/darajabox/simulator"
)

// eventBuffer is how many events a slow reader may be behind.
const eventBuffer = 256

// broadcaster sends the changes of a world to its subscribers.
type broadcaster struct {
	mu     sync.Mutex
	subs   map[chan simulator.Event]struct{}
	closed bool
}

// Publish implements control.World: it sends e to every reader whose buffer has room. It
// does not block.
func (h *broadcaster) Publish(e simulator.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.subs {
		select {
		case c <- e:
		default: // the reader is too slow, and reads the world again anyway
		}
	}
}

// Subscribe implements control.World: it returns the events from now on, and what ends
// that. The channel is closed at the end of either.
func (h *broadcaster) Subscribe() (<-chan simulator.Event, func()) {
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
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if _, ok := h.subs[c]; ok {
			delete(h.subs, c)
			close(c)
		}
	}
}

// unsubscribeAll ends every subscription, and those to come.
func (h *broadcaster) unsubscribeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.subs {
		close(c)
	}
	h.subs = nil
}
