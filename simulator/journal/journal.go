// Package journal keeps what happened in a simulated world: the requests that came
// in with the answers and the reason of each refusal, the attempts to deliver
// callbacks, and what people and testers did. It finds records again, verifies that
// what was expected is among them, waits until it is, and exports them.
//
// It is the tester's own record, so it has phone numbers in full. Bodies are kept as
// they came; passwords and tokens are taken out whenever a record is read. The journal
// is bounded: the oldest records go.
package journal

import (
	"cmp"
	"sync"
)

// Limits of a journal.
const (
	DefaultSize  = 20_000   // records kept
	DefaultBytes = 64 << 20 // bytes kept, of all records together

	MaxBody        = 64 << 10 // bytes kept of a body
	MaxText        = 2 << 10  // bytes kept of any other text of a record
	MaxHeaders     = 32       // lines kept of a request's header
	MaxHeaderBytes = 4 << 10  // bytes kept of them together
	MaxFaults      = 16       // faults kept of a record
)

// Config is what a journal is made of. Its zero value is a journal with the default
// bounds.
type Config struct {
	World    string // put into every record
	Size     int    // records kept; below 1 is DefaultSize
	MaxBytes int    // bytes kept of them; below 1 is DefaultBytes

	// Tee gets every record as it is added, in order of Seq, one at a time; nil for none.
	// Add returns after Tee has, so a Tee that blocks delays those who add, but not
	// those who read, wait or follow. It must not add, reset or restore.
	Tee func(Record)
}

// Journal is the record of one world. Its methods may be called concurrently.
type Journal struct {
	world    string
	size     int
	maxBytes int
	tee      func(Record)

	order sync.Mutex // held over a change and its Tee, so that Tee sees the order; taken before mu

	mu       sync.Mutex
	kept     contents
	bytes    int // of the kept entries
	watchers map[chan struct{}]struct{}
}

// contents is what a journal keeps at a moment.
type contents struct {
	entries    []*entry // oldest first, their numbers without gaps
	start      uint64   // the number of the first entry since the latest reset or restore
	next       uint64   // the number of the next entry
	lost       uint64   // entries evicted
	generation int      // counts the resets and restores
}

// New returns an empty journal.
func New(c Config) *Journal {
	return &Journal{
		world: c.World, size: cmp.Or(max(c.Size, 0), DefaultSize), maxBytes: cmp.Or(max(c.MaxBytes, 0), DefaultBytes), tee: c.Tee,
		kept:     contents{start: 1, next: 1},
		watchers: map[chan struct{}]struct{}{},
	}
}

// Add records r and returns its number. It copies what it keeps, so the caller may go
// on using what is in r. The bodies are given as they came, nil where there is none;
// their secrets are taken out when the record is read. Secrets in the header, the URL
// and the error are not kept. Everything is cut to its limit, World is the journal's.
func (j *Journal) Add(r Record) uint64 {
	e := newEntry(&r)
	if j.tee == nil {
		return j.append(e)
	}
	j.order.Lock()
	defer j.order.Unlock()
	seq := j.append(e)
	j.tee(e.decode().record(j.world))
	return seq
}

func (j *Journal) append(e *entry) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.seq = j.kept.next
	j.kept.next++
	j.kept.entries = append(j.kept.entries, e)
	j.bytes += len(e.buffer)
	j.evict()
	j.notify()
	return e.seq
}

// evict drops the oldest entries until the rest is within the bounds. The newest
// stays whatever its length. The caller holds mu.
func (j *Journal) evict() {
	k := &j.kept
	for len(k.entries) > j.size || j.bytes > j.maxBytes && len(k.entries) > 1 {
		j.bytes -= len(k.entries[0].buffer)
		k.entries[0] = nil // the array below the slice would keep it in memory
		k.entries = k.entries[1:]
		k.lost++
	}
}

// Get is the record with the number seq, or false when it is not there, or no more.
func (j *Journal) Get(seq uint64) (Record, bool) {
	e := j.entry(seq)
	if e == nil {
		return Record{}, false
	}
	return e.decode().record(j.world), true
}

func (j *Journal) entry(seq uint64) *entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	k := &j.kept
	first := k.next - uint64(len(k.entries))
	if seq < first || seq >= k.next {
		return nil
	}
	return k.entries[seq-first]
}

// Reset forgets everything and counts from 1 again.
func (j *Journal) Reset() { j.replace(contents{next: 1}) }

// Snapshot is what a journal had at a moment. It never changes.
type Snapshot struct{ kept contents }

// Snapshot takes one. It shares the records with the journal, and keeps them in memory
// as long as it is kept.
func (j *Journal) Snapshot() *Snapshot { return &Snapshot{j.since(0)} }

// Restore brings back exactly what was there, and counts on from there. It may be a
// snapshot of another journal; World is then this one's, and what its bounds do not
// hold is evicted.
func (j *Journal) Restore(s *Snapshot) { j.replace(s.kept.since(0)) }

func (j *Journal) replace(kept contents) {
	j.order.Lock()
	defer j.order.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	kept.generation, kept.start = j.kept.generation+1, kept.next
	j.kept, j.bytes = kept, 0
	for _, e := range kept.entries {
		j.bytes += len(e.buffer)
	}
	j.evict()
	j.notify()
}

// since is a copy with the entries after the number seq, to be read without a lock.
func (j *Journal) since(seq uint64) contents {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.kept.since(seq)
}

func (k contents) since(seq uint64) contents {
	first := k.next - uint64(len(k.entries))
	skip := min(max(seq+1, first), k.next) - first
	k.entries = append([]*entry(nil), k.entries[skip:]...)
	return k
}
