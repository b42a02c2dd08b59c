package simulator

import "time"

// lastReceipts are the receipts that successful callbacks carried last.
type lastReceipts struct {
	latest  string // the greatest of those of the latest instant
	at      time.Time
	earlier string // the same of the instant before
}

// add records the receipt of a callback. Of several at one instant the greatest
// counts, so that it does not matter who came first.
func (r *lastReceipts) add(receipt string, at time.Time) {
	if !at.Equal(r.at) {
		r.earlier, r.latest, r.at = r.latest, "", at
	}
	r.latest = max(r.latest, receipt)
}

// before is the latest receipt before an instant, or "".
func (r *lastReceipts) before(at time.Time) string {
	if at.Equal(r.at) {
		return r.earlier
	}
	return r.latest
}
