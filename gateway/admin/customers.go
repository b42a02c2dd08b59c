package admin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/adminapi"
)

// Why something of a customer's is kept.
const (
	paymentOpen = "still open; ask again later"
	untold      = "given up: the partner was not told the result of the payment"
	chainKept   = "the token or the verdict contains the number; they stay for good, since the hash chain covers both"
)

func describeErased(e gateway.Erased) adminapi.Erased {
	d := adminapi.Erased{
		Payments: e.Payments, Mentions: e.Mentions, Callbacks: e.Callbacks, KeptPayments: adminapi.KeptPayments{IDs: append([]int64{}, e.Kept...)},
		Undelivered: adminapi.KeptRows{Count: e.Untold}, KeptCallbacks: adminapi.KeptRows{Count: e.Chained}, LeftInFiles: e.Left,
	}
	if len(e.Kept) > 0 {
		d.KeptPayments.Reason = whyKept(e)
	}
	if len(e.Trying) > 0 {
		d.KeptPayments.Until = moment(e.Until)
	}
	if e.Untold > 0 {
		d.Undelivered.Reason = untold
	}
	if e.Chained > 0 {
		d.KeptCallbacks.Reason = chainKept
	}
	return d
}

// whyKept says why payments are kept, and what helps.
func whyKept(e gateway.Erased) string {
	var why []string
	switch n := len(e.Reviews); {
	case n == 1:
		why = append(why, fmt.Sprintf("%s: needs a person; read it with 'darajabox gateway review show %[1]s', and resolve it first: darajabox gateway review resolve %[1]s --as DECISION --seen MARK --note TEXT", listed(e.Reviews)))
	case n > 1:
		why = append(why, fmt.Sprintf("%s: need a person; read each with 'darajabox gateway review show', and resolve it first, as in: darajabox gateway review resolve %d --as DECISION --seen MARK --note TEXT", listed(e.Reviews), e.Reviews[0]))
	}
	open := slices.DeleteFunc(slices.Clone(e.Kept), func(id int64) bool {
		return slices.Contains(e.Reviews, id) || slices.Contains(e.Trying, id)
	})
	if len(open) > 0 {
		why = append(why, listed(open)+": "+paymentOpen)
	}
	if len(e.Trying) > 0 {
		why = append(why, fmt.Sprintf("%s: the webhook is not delivered yet; ask again after %s, when it is given up at the latest", listed(e.Trying), moment(e.Until)))
	}
	return strings.Join(why, "; ")
}

func listed(ids []int64) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ", "), "[]")
}

// moment is a time to be told, not before it.
func moment(t time.Time) string {
	return t.Add(time.Second - 1).UTC().Truncate(time.Second).Format(time.RFC3339)
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
