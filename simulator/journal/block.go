package journal

import (
	"slices"
	"sort"
)

// Sizes of a block. The first is small, for worlds that a single test uses.
const (
	minBlock = 4 << 10
	maxBlock = 256 << 10
)

// block is a run of packed records. What is in it never changes: more is only
// appended, within its capacity, so whoever has a copy of the struct may read what
// it covers without a lock.
type block struct {
	first uint64 // the number of its first record
	data  []byte
	ends  []uint32 // where each record ends in data
}

func (b *block) at(seq uint64) []byte {
	i := seq - b.first
	start := uint32(0)
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.data[start:b.ends[i]]
}

// next is the number of the record that would come after its last.
func (b *block) next() uint64 { return b.first + uint64(len(b.ends)) }

// records are the blocks with the latest records. A copy made by since stays as it
// is while the original goes on.
type records struct {
	blocks []block
	first  uint64 // the number of the oldest that is kept
	next   uint64 // the number of the next to come
	bytes  int    // of what is kept, packed
}

func (rs *records) len() int { return int(rs.next - rs.first) }

// at is the record with the number seq, which must be kept.
func (rs *records) at(seq uint64) []byte {
	i := sort.Search(len(rs.blocks), func(i int) bool { return rs.blocks[i].next() > seq })
	return rs.blocks[i].at(seq)
}

// add keeps a packed record as the next.
func (rs *records) add(packed []byte) uint64 {
	seq := rs.next
	b := rs.room(len(packed))
	b.data = append(b.data, packed...)
	b.ends = append(b.ends, uint32(len(b.data)))
	rs.bytes += len(packed)
	rs.next++
	return seq
}

// room is the last block when it has room for n bytes more, or a new one.
func (rs *records) room(n int) *block {
	size := minBlock
	if len(rs.blocks) > 0 {
		b := &rs.blocks[len(rs.blocks)-1]
		if cap(b.data)-len(b.data) >= n {
			return b
		}
		size = min(max(2*cap(b.data), minBlock), maxBlock)
	}
	size = max(size, n)
	rs.blocks = append(rs.blocks, block{first: rs.next, data: make([]byte, 0, size), ends: make([]uint32, 0, 8+size/1024)})
	return &rs.blocks[len(rs.blocks)-1]
}

// evict lets the oldest go until at most size records and bytes are kept; the
// newest stays whatever its length.
func (rs *records) evict(size, bytes int) {
	for rs.len() > size || rs.bytes > bytes && rs.len() > 1 {
		rs.bytes -= len(rs.blocks[0].at(rs.first))
		rs.first++
		if rs.blocks[0].next() == rs.first {
			rs.blocks = slices.Delete(rs.blocks, 0, 1)
		}
	}
}

// since is a view of the records after the number seq, safe to read without a lock.
func (rs *records) since(seq uint64) records {
	i := sort.Search(len(rs.blocks), func(i int) bool { return rs.blocks[i].next() > seq+1 })
	kept := *rs
	kept.first = min(max(rs.first, seq+1), rs.next)
	kept.blocks = slices.Clone(rs.blocks[i:])
	return kept
}

// sealed is a copy to which more is added in blocks of its own.
func (rs *records) sealed() records {
	kept := rs.since(0)
	for i := range kept.blocks {
		b := &kept.blocks[i]
		b.data, b.ends = slices.Clip(b.data), slices.Clip(b.ends)
	}
	return kept
}
