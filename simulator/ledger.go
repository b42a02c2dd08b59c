package simulator

import (
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

// maxEntries bounds the ledger; the oldest go.
const maxEntries = 200_000

type ledger struct {
	entries []Entry
	told    string // the receipt that the latest successful callback carried
}

func (l *ledger) add(e Entry) {
	l.entries = append(l.entries, e)
	if len(l.entries) > maxEntries+maxEntries/4 {
		l.entries = append([]Entry(nil), l.entries[len(l.entries)-maxEntries:]...)
	}
}

// Ledger lists the payments that moved money, oldest first; the latest 200,000.
func (w *World) Ledger() []Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Entry(nil), w.ledger.entries...)
}
