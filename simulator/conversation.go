package simulator

import (
	"time"

	"github.com/darajabox/darajabox/simulator/ids"
)

// A conversation is a request of an initiator that is accepted at once and whose result
// comes later: B2C, an account balance, a reversal.

// SettingQueueTimeout is how long such a request may wait for its result.
const SettingQueueTimeout = "queue_timeout"

// ConversationID is the identifier that M-PESA gives a request whose result comes later.
func (l *Locked) ConversationID(x *Exchange) string { return l.ids.ConversationID(x.stream, x.Now) }

// NoReceipt is the TransactionID of a result that is of no transaction.
func (l *Locked) NoReceipt() string { return ids.NoReceipt(l.clock.Now()) }

// QueueWait says how long a request waits that would take some time, and whether that is
// until its result. Otherwise it is until the queue's timeout.
func (l *Locked) QueueWait(takes time.Duration) (wait time.Duration, inTime bool) {
	limit := l.settings.duration(SettingQueueTimeout)
	return min(takes, limit), takes <= limit
}

// Balances are the accounts of an organisation, in the order in which M-PESA lists them.
func (l *Locked) Balances(shortcode string) []AccountBalance {
	var all []AccountBalance
	for _, kind := range OrganisationAccounts() {
		id := OrganisationAccount(shortcode, kind)
		all = append(all, AccountBalance{Account: id, Balance: l.accounts.balance(id)})
	}
	return all
}
