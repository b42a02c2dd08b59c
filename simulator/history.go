package simulator

import "slices"

// historyBlock is how many transactions share a block: 240 KB.
const historyBlock = 1024

// history is the latest transactions, oldest first. They are in blocks, so that none of them
// is copied when one is added: with 200,000 in one slice that took some 100 ms.
type history struct {
	blocks [][]Transaction
	kept   int
}

// add appends a transaction. Of those before it at least keep-1 remain.
func (h *history) add(t Transaction, keep int) {
	last := len(h.blocks) - 1
	if last < 0 || len(h.blocks[last]) == historyBlock {
		h.blocks = append(h.blocks, make([]Transaction, 0, historyBlock))
		last++
	}
	h.blocks[last] = append(h.blocks[last], t)
	h.kept++
	if first := len(h.blocks[0]); h.kept-first >= keep {
		h.blocks = slices.Delete(h.blocks, 0, 1)
		h.kept -= first
	}
}

// clone is a copy for a snapshot or a reader. It shares the transactions, which never change.
func (h history) clone() history {
	h.blocks = slices.Clone(h.blocks)
	if last := len(h.blocks) - 1; last >= 0 {
		h.blocks[last] = slices.Clip(h.blocks[last])
	}
	return h
}

// latest lists the latest transactions, at most keep.
func (h history) latest(keep int) []Transaction {
	all := slices.Concat(h.blocks...)
	return all[max(0, len(all)-keep):]
}
