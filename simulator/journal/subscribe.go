package journal

import "sync"

// subscriberBuffer is how many records a subscriber may be behind.
const subscriberBuffer = 256

// Subscribe gives the records from now on. Adding never waits for a subscriber: one
// that is too slow misses records, and sees it by a Seq that is not one more than
// the last, as after a reset or restore. The channel is closed by cancel, which may
// be called at any time and more than once.
func (j *Journal) Subscribe() (records <-chan Record, cancel func()) {
	c := make(chan Record, subscriberBuffer)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.subscribers[c] = struct{}{}
	return c, sync.OnceFunc(func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.subscribers, c)
		close(c)
	})
}

// publish sends e to the subscribers that have room. The caller holds mu, so that
// nothing else fills their buffers.
func (j *Journal) publish(e *entry) {
	var r *Record
	for c := range j.subscribers {
		if len(c) == cap(c) {
			continue
		}
		if r == nil {
			read := e.decode().record(j.world)
			r = &read
		}
		c <- *r
	}
}

// watch gives a channel that has something in it whenever the journal has changed.
func (j *Journal) watch() (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.watchers[c] = struct{}{}
	return c, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.watchers, c)
	}
}

// wake signals the watchers. The caller holds mu.
func (j *Journal) wake() {
	for c := range j.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
