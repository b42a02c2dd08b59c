package admin

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// Why something of a customer's is kept.
const (
	paymentKept = "still open, or the webhook is not delivered; ask again later"
	keyKept     = "contains the number, and keeps an order from being pushed twice"
	chainKept   = "the token or the verdict contains the number, and the hash chain covers both"
)

// keptPayments are payments that were not erased.
type keptPayments struct {
	IDs    []int64 `json:"transaction_ids"`
	Reason string  `json:"reason"` // empty when there are none
}

// keptRows is how many idempotency keys, or callbacks, contain the number and stay.
type keptRows struct {
	Count  int    `json:"count"`
	Reason string `json:"reason"` // empty when there are none
}

// erased is what became of a wish to erase a customer's data. It does not repeat
// whose.
type erased struct {
	Payments      int          `json:"payments"`
	Mentions      int          `json:"masked_in_other_payments"`
	Callbacks     int          `json:"callbacks"`
	KeptPayments  keptPayments `json:"kept_payments"`
	KeptKeys      keptRows     `json:"kept_idempotency_keys"`
	KeptCallbacks keptRows     `json:"kept_callbacks"`
	LeftInFiles   string       `json:"left_in_files"` // why, empty when nothing is
}

func describeErased(e gateway.Erased) erased {
	d := erased{
		Payments: e.Payments, Mentions: e.Mentions, Callbacks: e.Callbacks, KeptPayments: keptPayments{IDs: append([]int64{}, e.Kept...)},
		KeptKeys: keptRows{Count: e.Keys}, KeptCallbacks: keptRows{Count: e.Chained}, LeftInFiles: e.Left,
	}
	if len(e.Kept) > 0 {
		d.KeptPayments.Reason = whyKept(e)
	}
	if e.Keys > 0 {
		d.KeptKeys.Reason = keyKept
	}
	if e.Chained > 0 {
		d.KeptCallbacks.Reason = chainKept
	}
	return d
}

// whyKept says why payments are kept, and what helps.
func whyKept(e gateway.Erased) string {
	if len(e.Reviews) == 0 {
		return paymentKept
	}
	ids := strings.Trim(strings.ReplaceAll(fmt.Sprint(e.Reviews), " ", ", "), "[]")
	text := fmt.Sprintf("%s: needs a person; resolve it first: darajabox gateway review resolve %d", ids, e.Reviews[0])
	if len(e.Reviews) > 1 {
		text = fmt.Sprintf("%s: need a person; resolve each first, as in: darajabox gateway review resolve %d", ids, e.Reviews[0])
	}
	if len(e.Reviews) < len(e.Kept) {
		text += "; the others: " + paymentKept
	}
	return text
}

// eraseCustomer is POST /customers/erase. The number is in the body, since paths end
// up in logs, and no refusal repeats what was sent, since refusals are logged.
func (a *api) eraseCustomer(r *http.Request) (response, error) {
	var ask struct {
		Phone string `json:"phone"`
	}
	if err := decode(r, &ask); err != nil {
		return response{}, refuse(told(err).status, `the body must be a JSON object with phone, a string: {"phone":"2547XXXXXXXX"}`)
	}
	phone, err := daraja.NormaliseMSISDN(ask.Phone)
	if err != nil {
		return response{}, gateway.Invalidf("%v", err)
	}
	if a.Eraser == nil {
		return response{}, refuse(http.StatusNotImplemented, "this gateway cannot erase a customer's data")
	}
	e, err := a.Eraser.EraseCustomer(r.Context(), phone)
	if err != nil {
		return response{}, err
	}
	return ok(describeErased(e))
}
