package simulator

import "github.com/darajabox/darajabox/daraja"

// PaymentStatus is the state of a payment in one word.
type PaymentStatus string

// The statuses of a payment.
const (
	PaymentWaiting     PaymentStatus = "waiting" // the prompt is open
	PaymentPaid        PaymentStatus = "paid"
	PaymentCancelled   PaymentStatus = "cancelled"   // by the customer
	PaymentWrongPIN    PaymentStatus = "wrong_pin"   // or a PIN that is locked
	PaymentNoMoney     PaymentStatus = "no_money"    // in the customer's wallet
	PaymentExpired     PaymentStatus = "expired"     // M-PESA gave up in time
	PaymentUnreachable PaymentStatus = "unreachable" // no answer came from the phone
	PaymentFailed      PaymentStatus = "failed"      // for any other reason
	PaymentRefused     PaymentStatus = "refused"     // the request was: there never was a prompt, so a World has none of these
)

// PaymentStatuses lists every status.
func PaymentStatuses() []PaymentStatus {
	return []PaymentStatus{
		PaymentWaiting, PaymentPaid, PaymentCancelled, PaymentWrongPIN, PaymentNoMoney, PaymentExpired,
		PaymentUnreachable, PaymentFailed, PaymentRefused,
	}
}

// StatusOf is the status of a payment that ended with a result code. What is in no
// case has failed.
func StatusOf(code daraja.ResultCode) PaymentStatus {
	switch code {
	case daraja.ResultSuccess:
		return PaymentPaid
	case daraja.ResultProcessing:
		return PaymentWaiting
	case daraja.ResultInsufficient:
		return PaymentNoMoney
	case "1031", daraja.ResultCancelled:
		return PaymentCancelled
	case resultWrongPIN, resultPINLocked:
		return PaymentWrongPIN
	case "1019", "2026", daraja.ResultTimeout:
		return PaymentExpired
	case "1036", daraja.ResultUnreachable:
		return PaymentUnreachable
	default:
		return PaymentFailed
	}
}

// Payment is a request for a payment that was accepted, and its state.
type Payment struct {
	PromptState
	Number     uint64 // counts a world's payments from 1
	Name       string // the customer's
	Status     PaymentStatus
	StatusText string // the outcome in at most five words
}

// PaymentFilter selects payments. Zero fields select all.
type PaymentFilter struct {
	Status PaymentStatus
	Phone  daraja.MSISDN
	Before uint64 // only payments with a smaller Number
	Limit  int    // at most so many; below 1 is 1
}

// paymentsPerLock is how many payments are looked at while the world's lock is held.
const paymentsPerLock = 1_000

// Payments lists payments, the newest first. It holds the lock for paymentsPerLock of them
// at a time, so that requests are served in between.
func (w *World) Payments(f PaymentFilter) []Payment {
	f.Limit = max(f.Limit, 1)
	found := []Payment{}
	for more := true; more && len(found) < f.Limit; {
		found, f.Before, more = w.scanPayments(f, found)
	}
	return found
}

// scanPayments adds the matches among the next few payments. It returns the number before
// which to continue, and whether there are more.
func (w *World) scanPayments(f PaymentFilter, found []Payment) ([]Payment, uint64, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.prompts.added
	if f.Before > 0 {
		last = min(last, f.Before-1)
	}
	for range paymentsPerLock {
		id, kept := w.prompts.nth(last)
		if !kept {
			return found, last, false
		}
		if p := w.prompts.byKey[id]; p != nil && f.matches(p) && !w.catalogue.operation(p.API).Agreement {
			found = append(found, w.payment(p))
			if len(found) == f.Limit {
				return found, last, false
			}
		}
		last--
	}
	return found, last + 1, true
}

func (f PaymentFilter) matches(p *prompt) bool {
	return (f.Phone == "" || f.Phone == p.Phone) && (f.Status == "" || f.Status == p.status())
}

// Payment is the payment with the id of a prompt.
func (w *World) Payment(id string) (Payment, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.prompts.get(id)
	if !ok {
		return Payment{}, false
	}
	return w.payment(p), true
}

// PaymentMessages lists the SMS that a payment brought its customer, as far as they are among
// the customer's latest.
func (w *World) PaymentMessages(p Payment) (about []Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, known := w.customers.get(p.Phone)
	if !known {
		return nil
	}
	for _, m := range c.inbox.latest(maxMessages) {
		if m.Payment == p.ID {
			about = append(about, m)
		}
	}
	return about
}

func (p *prompt) status() PaymentStatus {
	if p.open != nil {
		return PaymentWaiting
	}
	return StatusOf(p.Result)
}

// payment describes p. The caller holds mu.
func (w *World) payment(p *prompt) Payment {
	v := Payment{PromptState: p.PromptState, Number: p.number, Status: p.status(), StatusText: "waiting for the customer"}
	if c, known := w.customers.get(p.Phone); known {
		v.Name = c.Name
	} else {
		v.Name = w.seedCustomer(p.Phone).Name
	}
	if p.open == nil {
		known, _ := w.catalogue.Result(p.API, p.Result)
		if v.StatusText = known.Short; v.StatusText == "" {
			v.StatusText = "result " + string(p.Result)
		}
	}
	return v
}
