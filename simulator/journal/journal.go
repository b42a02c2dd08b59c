// Package journal keeps what happened in a simulated world: the requests that came
// in with the answers and the reason of each refusal, the attempts to deliver
// callbacks, and what people and testers did. It finds records again, verifies that
// what was expected is among them, waits until it is, and exports them.
//
// It is the tester's own record, so it has phone numbers in full; passwords and
// tokens are taken out before anything is kept. It is bounded: the oldest records go.
package journal

import (
	"sync"
)

// Limits of a journal.
const (
	DefaultSize  = 20_000   // records kept
	DefaultBytes = 64 << 20 // bytes kept, of all records together

	MaxBody        = 64 << 10 // bytes kept of a body, before it is put into JSON
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

	// Tee gets every record as it is kept, in order of Seq, one at a time; nil is
	// nobody. Add returns after Tee has, so one that blocks holds up whoever adds,
	// but nobody who reads, waits or subscribes. It must not add, reset or restore.
	Tee func(Record)
}

// Journal is the record of one world. Its methods may be called concurrently.
type Journal struct {
	world    string
	size     int
	maxBytes int
	tee      func(Record)
	room     sync.Pool // of *[]byte to pack in

	order sync.Mutex // held over a change and its Tee, so that Tee sees the order; taken before mu

	mu        sync.Mutex
	kept      records
	lost      uint64 // evicted
	era       int    // counts the resets and restores
	waiting   map[chan struct{}]struct{}
	listening map[chan Record]struct{}
}

// New returns an empty journal.
func New(c Config) *Journal {
	j := &Journal{
		world: c.World, size: c.Size, maxBytes: c.MaxBytes, tee: c.Tee,
		kept:    records{first: 1, next: 1},
		waiting: map[chan struct{}]struct{}{}, listening: map[chan Record]struct{}{},
	}
	j.room.New = func() any { return new([]byte) }
	if j.size < 1 {
		j.size = DefaultSize
	}
	if j.maxBytes < 1 {
		j.maxBytes = DefaultBytes
	}
	return j
}

// Add records r and returns its number. Nothing of r is kept in place, so the caller
// may go on using what is in it. Secrets in the header, the URL and the error are
// taken out here; the bodies must be made by Body. Texts, faults and header are cut
// to their limits, World is the journal's.
func (j *Journal) Add(r Record) uint64 {
	room := j.room.Get().(*[]byte)
	packed := pack((*room)[:0], &r)
	seq := j.addPacked(packed)
	if *room = packed; cap(packed) <= maxBlock {
		j.room.Put(room)
	}
	return seq
}

func (j *Journal) addPacked(packed []byte) uint64 {
	if j.tee == nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		return j.keep(packed)
	}
	j.order.Lock()
	defer j.order.Unlock()
	seq := j.keepLocked(packed)
	var v view
	v.open(seq, packed)
	j.tee(v.record(j.world))
	return seq
}

func (j *Journal) keepLocked(packed []byte) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.keep(packed)
}

// keep adds a record and tells those who wait for one. The caller holds mu.
func (j *Journal) keep(packed []byte) uint64 {
	before := j.kept.first
	seq := j.kept.add(packed)
	j.kept.evict(j.size, j.maxBytes)
	j.lost += j.kept.first - before
	j.wake()
	if len(j.listening) > 0 {
		j.tell(j.record(seq))
	}
	return seq
}

// record reads a record that is kept. The caller holds mu.
func (j *Journal) record(seq uint64) Record {
	var v view
	v.open(seq, j.kept.at(seq))
	return v.record(j.world)
}

// Len is how many records are kept.
func (j *Journal) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.kept.len()
}

// Get is the record with the number seq, or false when it is not there, or no more.
func (j *Journal) Get(seq uint64) (Record, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if seq < j.kept.first || seq >= j.kept.next {
		return Record{}, false
	}
	return j.record(seq), true
}

// Reset forgets everything and counts from 1 again.
func (j *Journal) Reset() { j.change(records{first: 1, next: 1}, 0) }

// Snapshot is what a journal had at a moment. It never changes.
type Snapshot struct {
	kept records
	lost uint64
}

// Snapshot takes one. It copies no records: it shares them with the journal, and
// keeps them in memory as long as it is kept.
func (j *Journal) Snapshot() *Snapshot {
	j.mu.Lock()
	defer j.mu.Unlock()
	return &Snapshot{kept: j.kept.sealed(), lost: j.lost}
}

// Restore brings back exactly what was there, and counts on from there. It may be a
// snapshot of another journal; World is then this one's, and what its bounds do not
// hold is evicted. Subscribers notice by the gap in Seq.
func (j *Journal) Restore(s *Snapshot) { j.change(s.kept.sealed(), s.lost) }

// change puts other records in the place of those that are kept.
func (j *Journal) change(to records, lost uint64) {
	j.order.Lock()
	defer j.order.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	before := to.first
	to.evict(j.size, j.maxBytes)
	j.kept, j.lost = to, lost+to.first-before
	j.era++
	j.wake()
}

// since is a view of the records after the number seq, to be read without a lock.
func (j *Journal) since(seq uint64) (kept records, lost uint64, era int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.kept.since(seq), j.lost, j.era
}
