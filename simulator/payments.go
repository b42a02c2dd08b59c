package simulator

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// PaymentStatus says in one word how a payment stands.
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
	PaymentRefused     PaymentStatus = "refused"     // the push was: there never was a prompt, so a World has none of these
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

// waitingText is the outcome of a prompt that is open, in words.
const waitingText = "waiting for the customer"

// Payment is an STK push that was accepted, and how it stands.
type Payment struct {
	Number            uint64 // counts a world's accepted pushes from 1
	CheckoutRequestID string
	MerchantRequestID string
	At                time.Time // when the prompt came to the phone
	EndedAt           time.Time // zero while it is open
	Phone             daraja.MSISDN
	Name              string // the customer's
	Shortcode         string
	Amount            daraja.Money
	Reference         string
	Status            PaymentStatus
	StatusText        string            // the outcome in at most five words
	Result            daraja.ResultCode // "" while it is open
	Desc              string            // the ResultDesc, "" while it is open
	Receipt           string            // of a success
	By                string            // who decided: "rule 2 of shop"; "" is nobody in particular
	Reason            string            // why it ended so, where the result does not say it
}

// PaymentFilter says which payments are meant. Zero fields are not looked at.
type PaymentFilter struct {
	Status PaymentStatus
	Phone  daraja.MSISDN
	Before uint64 // only payments with a smaller Number
	Limit  int    // at most so many; below 1 is 1
}

// lookedAt is how many payments are looked at while the world's lock is held.
const lookedAt = 1_000

// Payments lists payments, the newest first. It looks at no more than it needs, and
// lets requests go on in between.
func (w *World) Payments(f PaymentFilter) []Payment {
	f.Limit = max(f.Limit, 1)
	found := []Payment{}
	for more := true; more && len(found) < f.Limit; {
		found, f.Before, more = w.lookForPayments(f, found)
	}
	return found
}

// lookForPayments adds what f means among the next few payments, and says before
// which number to go on and whether there are more.
func (w *World) lookForPayments(f PaymentFilter, found []Payment) ([]Payment, uint64, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.prompts.added
	if f.Before > 0 {
		last = min(last, f.Before-1)
	}
	for range lookedAt {
		id, kept := w.prompts.nth(last)
		if !kept {
			return found, last, false
		}
		if p := w.prompts.byKey[id]; p != nil && f.means(p) {
			found = append(found, w.payment(p, last))
			if len(found) == f.Limit {
				return found, last, false
			}
		}
		last--
	}
	return found, last + 1, true
}

func (f PaymentFilter) means(p *prompt) bool {
	return (f.Phone == "" || f.Phone == p.phone) && (f.Status == "" || f.Status == p.status())
}

// Payment is the payment with a CheckoutRequestID; its Number is not filled in.
func (w *World) Payment(checkoutID string) (Payment, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.prompts.get(checkoutID)
	if !ok {
		return Payment{}, false
	}
	return w.payment(p, 0), true
}

func (p *prompt) status() PaymentStatus {
	if p.open != nil {
		return PaymentWaiting
	}
	return StatusOf(p.result)
}

// payment is what is told of p. The caller holds mu.
func (w *World) payment(p *prompt, number uint64) Payment {
	v := Payment{
		Number: number, CheckoutRequestID: p.checkoutID, MerchantRequestID: p.merchantID, At: p.openedAt, EndedAt: p.endedAt,
		Phone: p.phone, Shortcode: p.shortcode, Amount: p.amount, Reference: p.reference,
		Status: p.status(), StatusText: waitingText, Result: p.result, Desc: p.desc, Receipt: p.receipt, By: p.by, Reason: p.why,
	}
	if c, known := w.customers.get(p.phone); known {
		v.Name = c.Name
	} else {
		v.Name = w.born(p.phone).Name
	}
	if p.open == nil {
		known, _ := daraja.LookupResult(p.result)
		if v.StatusText = known.Short; v.StatusText == "" {
			v.StatusText = "result " + string(p.result)
		}
	}
	return v
}
