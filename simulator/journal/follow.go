package journal

import "iter"

// Follower reads the records of a journal as they are added. It is for one goroutine.
type Follower struct {
	Changed <-chan struct{} // has a value when there may be more to read

	journal    *Journal
	last       uint64 // number of the latest record that was read
	generation int
}

// Follow returns a follower of the records after the number seq; without such records,
// of those that are added from now on. Adding never waits for a follower.
func (j *Journal) Follow(seq uint64) (f *Follower, stop func()) {
	changed, stop := j.watch()
	kept := j.since(seq)
	return &Follower{Changed: changed, journal: j, last: min(seq, kept.next-1), generation: kept.generation}, stop
}

// Next returns the latest records that were added since the last call, at most so many,
// oldest first. lost counts those before them that are not returned. After a reset or a
// restore it goes on with what was added since.
func (f *Follower) Next(most int) (records iter.Seq[Record], lost uint64) {
	kept := f.journal.since(f.last)
	for kept.generation != f.generation {
		f.last, f.generation = kept.start-1, kept.generation
		kept = f.journal.since(f.last)
	}
	entries := kept.entries[max(0, len(kept.entries)-most):]
	lost = kept.next - 1 - f.last - uint64(len(entries))
	f.last = kept.next - 1
	return func(yield func(Record) bool) {
		for _, e := range entries {
			if !yield(e.decode().record(f.journal.world)) {
				return
			}
		}
	}, lost
}

// watch returns a channel that has a value whenever the journal has changed.
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

// notify signals the watchers. The caller holds mu.
func (j *Journal) notify() {
	for c := range j.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
