package simulator

import (
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Entry is a payment that really moved money.
type Entry struct {
	Receipt           string
	At                time.Time
	Phone             daraja.MSISDN
	Shortcode         string
	Amount            daraja.Money
	AccountReference  string
	MerchantRequestID string
	CheckoutRequestID string
}

// chunkSize is how many entries are kept and dropped together.
const chunkSize = 1_000

// ledger is what was paid. Entries are only ever added, so that snapshots can share
// them.
type ledger struct {
	chunks [][]Entry // full but for the last

	told    string // the greatest of the receipts that successful callbacks of the latest instant carried
	toldAt  time.Time
	earlier string // the same of the instant before
}

func (l *ledger) add(e Entry) {
	last := len(l.chunks) - 1
	if last < 0 || len(l.chunks[last]) >= chunkSize {
		if len(l.chunks) > maxEntries/chunkSize {
			l.chunks = slices.Clone(l.chunks[1:])
		}
		l.chunks = append(l.chunks, nil)
		last = len(l.chunks) - 1
	}
	l.chunks[last] = append(l.chunks[last], e)
}

// clone shares the entries.
func (l *ledger) clone() ledger {
	c := *l
	c.chunks = slices.Clone(l.chunks)
	for i := range c.chunks {
		c.chunks[i] = slices.Clip(c.chunks[i])
	}
	return c
}

// tell notes that a callback tells of a receipt. Of several at one instant the greatest
// counts, so that it does not matter who came first.
func (l *ledger) tell(receipt string, at time.Time) {
	if !at.Equal(l.toldAt) {
		l.earlier, l.told, l.toldAt = l.told, "", at
	}
	l.told = max(l.told, receipt)
}

// before is the receipt that was told latest before an instant, or "".
func (l *ledger) before(at time.Time) string {
	if at.Equal(l.toldAt) {
		return l.earlier
	}
	return l.told
}

// Ledger lists the payments that moved money, oldest first; the latest 200,000.
func (w *World) Ledger() []Entry {
	w.mu.Lock()
	kept := w.ledger.clone()
	w.mu.Unlock()
	entries := slices.Concat(kept.chunks...)
	return entries[max(0, len(entries)-maxEntries):]
}
