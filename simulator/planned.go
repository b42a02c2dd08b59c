package simulator

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/ids"
)

// maxPlanned bounds how many ids of planned transfers are remembered; each has two or three.
const maxPlanned = 300_000

// PlannedTransfer is a transfer that a conversation asks for, and how the conversation has
// ended so far. It does not change.
type PlannedTransfer struct {
	Transfer
	AskedAt time.Time

	EndedAt       time.Time // zero while it has no result, as is what follows
	Result        daraja.ResultCode
	TransactionID string // of the result
}

// plannedKey is an id by which an organisation asks about a transfer.
type plannedKey struct{ shortcode, id string }

// Plan keeps the transfer that a conversation asks for, so that it is known before it is made
// and when it is not made. It returns the transfer with the ids of the conversation.
func (l *Locked) Plan(c Conversation, t Transfer) Transfer {
	t.API, t.ID, t.RequestID, t.ConversationID = c.callback.API, c.ID, c.OriginatorConversationID, c.ConversationID
	l.keepPlanned(c, &PlannedTransfer{Transfer: t, AskedAt: l.clock.Now()})
	return t
}

// Planned is the transfer that a conversation of an organisation asked for: by its
// OriginatorConversationID, its ConversationID, or the TransactionID of its result. Those of
// the latest conversations are known.
func (l *Locked) Planned(shortcode, id string) (PlannedTransfer, bool) {
	if p, ok := l.planned.get(plannedKey{shortcode, id}); ok {
		return *p, true
	}
	return PlannedTransfer{}, false
}

// endPlanned keeps how a conversation has ended, if it asked for a transfer.
func (l *Locked) endPlanned(c Conversation, m daraja.ResultMessage) {
	p, ok := l.Planned(c.Shortcode, c.ConversationID)
	if !ok {
		return
	}
	p.EndedAt, p.Result, p.TransactionID = l.clock.Now(), m.ResultCode, m.TransactionID
	l.keepPlanned(c, &p)
}

func (l *Locked) keepPlanned(c Conversation, p *PlannedTransfer) {
	all := []string{c.OriginatorConversationID, c.ConversationID}
	if p.TransactionID != "" && p.TransactionID != ids.NoReceipt(p.EndedAt) {
		all = append(all, p.TransactionID)
	}
	for _, id := range all {
		l.planned.put(plannedKey{c.Shortcode, id}, p)
	}
}

// ConversationOf is the ConversationID of a payment that no initiator asked for: one of a
// customer, by its id and the time at which it began.
func (l *Locked) ConversationOf(payment string, began time.Time) string {
	return ids.ConversationOf(payment, began)
}
