package journal

import "sync"

// listenBuffer is how many records a subscriber may be behind.
const listenBuffer = 256

// Subscribe gives the records from now on. Adding never waits for a subscriber: one
// that is too slow misses records, and sees it by a Seq that is not one more than
// the last, as after a reset or restore. The channel is closed by cancel, which may
// be called at any time and more than once.
func (j *Journal) Subscribe() (records <-chan Record, cancel func()) {
	c := make(chan Record, listenBuffer)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.listening[c] = struct{}{}
	return c, sync.OnceFunc(func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.listening, c)
		close(c)
	})
}

// tell gives r to the subscribers that have room. The caller holds mu.
func (j *Journal) tell(r Record) {
	for c := range j.listening {
		select {
		case c <- r:
		default:
		}
	}
}

// watch gives a channel that has something in it whenever the journal has changed.
func (j *Journal) watch() (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.waiting[c] = struct{}{}
	return c, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.waiting, c)
	}
}

// wake tells those who watch. The caller holds mu.
func (j *Journal) wake() {
	for c := range j.waiting {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
