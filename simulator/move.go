package simulator

import (
	"errors"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// NewTransfer is a transfer with the fee of the tariff that is set.
func (l *Locked) NewTransfer(from, to AccountID, amount daraja.Money) Transfer {
	t := Transfer{From: from, To: to, Amount: amount}
	t.Fee = l.settings.fee(t)
	return t
}

// Reversal is the transfer that takes an amount of a transaction back, without a fee. A
// transaction is reversed at most once, whatever the amount.
func (l *Locked) Reversal(done Transaction, amount daraja.Money) Transfer {
	return Transfer{From: done.To, To: done.From, Amount: amount, Reverses: done.Receipt, Type: done.Type, Reference: done.Reference}
}

// Transfer moves money between any two accounts, such as a payout's or a reversal's, and
// tells its customers by SMS, the organisations in their inboxes, and the products. It returns
// the transaction, or why it is not made; nothing has changed then. A transfer without a
// Receipt gets one.
func (l *Locked) Transfer(t Transfer) (Transaction, *TransferError) {
	w, now := l.world(), l.clock.Now()
	w.open(t.From.Owner)
	w.open(t.To.Owner)
	var refused *TransferError
	if !errors.As(w.refuse(t, now), &refused) {
		return w.move(t, w.nameOf(t.To.Owner), now), nil
	}
	if m := t.From.Owner.Phone(); m != "" && refused.Reason == ReasonInsufficient {
		c := w.customer(m)
		w.sendSMS(c, t.ID, insufficientSMS(t, w.nameOf(t.To.Owner), w.balance(c), now), now)
	}
	return Transaction{}, refused
}

// FindTransaction is the latest transaction of which something is true. is keeps and changes
// nothing.
func (l *Locked) FindTransaction(is func(*Transaction) bool) (Transaction, bool) {
	if found := l.accounts.find(is); found != nil {
		return *found, true
	}
	return Transaction{}, false
}

// TransactionOf is the transaction with a receipt.
func (l *Locked) TransactionOf(receipt string) (Transaction, bool) {
	return l.FindTransaction(func(t *Transaction) bool { return t.Receipt == receipt })
}

// ReversalOf is the transaction that reversed the one with a receipt.
func (l *Locked) ReversalOf(receipt string) (Transaction, bool) {
	return l.FindTransaction(func(t *Transaction) bool { return receipt != "" && t.Reverses == receipt })
}

// open makes a party that is there from its first use on, with what its accounts begin with.
func (w *World) open(o Owner) {
	if m := o.Phone(); m != "" {
		w.customer(m)
	} else {
		w.organisation(o.Shortcode())
	}
}

// nameOf is what messages call the owner of an account.
func (w *World) nameOf(o Owner) string {
	if m := o.Phone(); m != "" {
		return w.customer(m).Name
	}
	if org := w.organisation(o.Shortcode()); org != nil {
		return org.Name
	}
	return o.String()
}

// move makes a transfer that is not refused, with its receipt, and notifies customers,
// organisations and products. A forced one tops up an account that has too little. receiver
// is the name of who is paid.
func (w *World) move(t Transfer, receiver string, now time.Time) Transaction {
	if t.Receipt == "" {
		party := t.From.Owner
		if m := t.Phone(); m != "" {
			party = Owner(m)
		}
		t.Receipt = w.ids.Receipt(now, string(party))
	}
	done, err := w.accounts.transfer(t, newLimits(w.settings), now)
	if err != nil {
		panic("simulator: a transfer was not checked: " + err.Error())
	}
	w.notifyPayer(done, receiver)
	w.notifyReceiver(done)
	for _, listener := range w.catalogue.listeners {
		listener(w.locked(), done)
	}
	return done
}

// notifyPayer sends the messages to the party that has paid.
func (w *World) notifyPayer(t Transaction, receiver string) {
	if m := t.From.Owner.Phone(); m != "" {
		c := w.customer(m)
		if t.Reverses == "" {
			c.lastPayment = paid{amount: t.Amount, at: t.At}
		}
		w.sendSMS(c, t.ID, paidSMS(t, receiver), t.At)
		return
	}
	o := w.organisation(t.From.Owner.Shortcode())
	switch {
	case o == nil:
	case t.To.Owner == t.From.Owner:
		o.inbox.add(newMessage(t.ID, movedSMS(t), t.At), maxMessages)
	default:
		o.inbox.add(newMessage(t.ID, sentSMS(t, party(t.To.Owner, receiver)), t.At), maxMessages)
	}
}

// notifyReceiver sends the messages to the party that was paid.
func (w *World) notifyReceiver(t Transaction) {
	if m := t.To.Owner.Phone(); m != "" {
		w.sendSMS(w.customer(m), t.ID, creditedSMS(t, w.nameOf(t.From.Owner)), t.At)
		return
	}
	if o := w.organisation(t.To.Owner.Shortcode()); o != nil && t.To.Owner != t.From.Owner {
		o.inbox.add(newMessage(t.ID, receivedSMS(t, party(t.From.Owner, w.nameOf(t.From.Owner))), t.At), maxMessages)
	}
}

// party is a party in the inbox of an organisation: a customer's name and masked number, or an
// organisation's shortcode and name.
func party(o Owner, name string) string {
	if o.Phone() != "" {
		return name + " " + o.String()
	}
	return o.String() + " " + name
}
