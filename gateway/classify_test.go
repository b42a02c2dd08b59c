package gateway

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// kinds of callbacks for a payment of KES 150 by 254708374149 at prompt ws_CO_1.
func callbackKinds() map[string]string {
	body := func(code, id, items string) string {
		s := fmt.Sprintf(`{"Body":{"stkCallback":{"MerchantRequestID":"m","CheckoutRequestID":%q,"ResultCode":%s,"ResultDesc":"d"`, id, code)
		if items != "" {
			s += `,"CallbackMetadata":{"Item":[` + items + `]}`
		}
		return s + `}}}`
	}
	const (
		amount  = `{"Name":"Amount","Value":150},`
		little  = `{"Name":"Amount","Value":15},`
		receipt = `{"Name":"MpesaReceiptNumber","Value":"UA1AAAAAAA"}`
		second  = `{"Name":"MpesaReceiptNumber","Value":"UA1BBBBBBB"}`
		phone   = `,{"Name":"PhoneNumber","Value":254708374149}`
		other   = `,{"Name":"PhoneNumber","Value":"0799999999"}`
	)
	return map[string]string{
		"success":             body("0", "ws_CO_1", amount+receipt+phone),
		"second receipt":      body("0", "ws_CO_1", amount+second+phone),
		"success, no phone":   body("0", "ws_CO_1", amount+receipt),
		"success, no receipt": body("0", "ws_CO_1", ""),
		"other amount":        body("0", "ws_CO_1", little+receipt+phone),
		"other phone":         body("0", "ws_CO_1", amount+receipt+other),
		"other prompt":        body("0", "ws_CO_2", amount+receipt+phone),
		"odd code, receipt":   body(`"00"`, "ws_CO_1", amount+receipt+phone),
		"failure, receipt":    body("1032", "ws_CO_1", amount+receipt+phone),
		"odd code":            body(`"00"`, "ws_CO_1", ""),
		"failure":             body("1032", "ws_CO_1", ""),
		"unlisted failure":    body("1050", "ws_CO_1", ""),
		"unlisted, metadata":  body("1050", "ws_CO_1", `{"Name":"Amount","Value":150}`),
		"failure, elsewhere":  body("1032", "ws_CO_2", ""),
		"push again":          body("4005", "ws_CO_1", ""),
		"failure, metadata":   body("1032", "ws_CO_1", `{"Name":"Amount","Value":150}`),
		"again, metadata":     body("4005", "ws_CO_1", `{"Name":"Other","Value":[]}`),
		"no result":           body("4999", "ws_CO_1", ""),
		"contradiction":       body("1032", "ws_CO_1", "") + "{}",
		"two receipts":        body("0", "ws_CO_1", amount+receipt+","+second+phone),
	}
}

// standings are how a payment may stand when a callback comes: all that classify looks at
// beside the callback.
func standings() map[string]Payment {
	p := func(s State, receipt, claimed string) Payment {
		return Payment{ID: 7, State: s, Amount: 15000, Phone: "254708374149", Pushes: 1, Receipt: receipt, Claimed: claimed}
	}
	return map[string]Payment{
		"pending":          p(Pending, "", ""),
		"failed":           p(Failed, "", ""),
		"confirming":       p(Confirming, "", "UA1AAAAAAA"),
		"confirming, none": p(Confirming, "", ""),
		"paid":             p(Paid, "UA1AAAAAAA", ""),
		"paid by query":    p(Paid, "", ""),
		"unresolved":       p(Unresolved, "", "UA1AAAAAAA"),
	}
}

// Every kind of callback, believed or not, beside every standing of a payment.
func TestClassify(t *testing.T) {
	const (
		dup, stale = Event("=" + VerdictDuplicate), Event("=" + VerdictStale)
		elsewhere  = Event("=" + VerdictMalformed + ": it names another prompt")
		noResult   = Event("=" + VerdictPending)
	)
	type row struct{ pending, failed, confirming, confirmingNone, paid, paidByQuery, unresolved Event }
	all := func(e Event) row { return row{e, e, e, e, e, e, e} }
	unproven := row{CallbackUnproven, CallbackUnproven, dup, CallbackUnproven, dup, CallbackUnproven, CallbackUnproven}
	contradicts := row{CallbackUnproven, CallbackUnproven, CallbackQuestion, CallbackQuestion, CallbackMismatch, CallbackMismatch, CallbackUnproven}
	believed := map[string]row{
		"success":             {CallbackSuccess, CallbackSuccess, CallbackSuccess, CallbackSuccess, dup, CallbackSuccess, CallbackSuccess},
		"second receipt":      {CallbackSuccess, CallbackSuccess, CallbackSuccess, CallbackSuccess, SecondReceipt, CallbackSuccess, CallbackSuccess},
		"success, no phone":   unproven,
		"success, no receipt": {CallbackUnproven, CallbackUnproven, CallbackQuestion, CallbackQuestion, CallbackUnproven, CallbackUnproven, CallbackUnproven},
		"other amount":        all(CallbackMismatch),
		"other phone":         all(CallbackMismatch),
		"other prompt":        all(CallbackMismatch),
		"odd code, receipt":   unproven,
		"failure, receipt":    unproven,
		"odd code":            all(CallbackQuestion),
		"failure":             all(CallbackFailure),
		"unlisted failure":    all(CallbackFailure),
		"unlisted, metadata":  all(CallbackQuestion),
		"failure, metadata":   all(CallbackQuestion),
		"again, metadata":     all(CallbackQuestion),
		"failure, elsewhere":  all(elsewhere),
		"push again":          all(CallbackRetryable),
		"no result":           all(noResult),
		"contradiction":       all(CallbackMismatch),
		"two receipts":        all(CallbackMismatch),
	}
	without := map[string]row{
		"success":             {CallbackUnproven, CallbackUnproven, dup, CallbackUnproven, dup, CallbackSuccess, CallbackUnproven},
		"second receipt":      {CallbackUnproven, CallbackUnproven, CallbackQuestion, CallbackUnproven, SecondReceipt, CallbackSuccess, CallbackUnproven},
		"success, no phone":   unproven,
		"success, no receipt": believed["success, no receipt"],
		"other amount":        contradicts,
		"other phone":         contradicts,
		"other prompt":        contradicts,
		"odd code, receipt":   unproven,
		"failure, receipt":    unproven,
		"odd code":            all(CallbackQuestion),
		"failure":             all(CallbackQuestion),
		"unlisted failure":    all(CallbackQuestion),
		"unlisted, metadata":  all(CallbackQuestion),
		"failure, metadata":   all(CallbackQuestion),
		"again, metadata":     all(CallbackQuestion),
		"failure, elsewhere":  all(elsewhere),
		"push again":          all(CallbackQuestion),
		"no result":           all(noResult),
		"contradiction":       contradicts,
		"two receipts":        contradicts,
	}
	for kind, body := range callbackKinds() {
		for proof, rows := range map[bool]map[string]row{true: believed, false: without} {
			r, ok := rows[kind]
			if !ok {
				t.Errorf("no row for %q", kind)
			}
			for standing, want := range map[string]Event{
				"pending": r.pending, "failed": r.failed, "confirming": r.confirming, "confirming, none": r.confirmingNone,
				"paid": r.paid, "paid by query": r.paidByQuery, "unresolved": r.unresolved,
			} {
				p := standings()[standing]
				cb := decode([]byte(body))
				push := Push{PaymentID: 7, Number: 1, CheckoutRequestID: "ws_CO_1"}
				c := evidence{&p, push, cb, proof, PolicyFor(cb.result.code)}.classify()
				got := c.event
				if got == "" {
					got = Event("=" + c.verdict)
				}
				if got != want {
					t.Errorf("%s, believed %t, of a payment that is %s: %s, want %s", kind, proof, standing, got, want)
				}
				checkClassified(t, fmt.Sprintf("%s, believed %t, %s", kind, proof, standing), p, proof, c)
			}
		}
	}
	p := standings()["pending"]
	p.Pushes = 2
	cb := decode([]byte(callbackKinds()["failure"]))
	if c := (evidence{&p, Push{Number: 1, CheckoutRequestID: "ws_CO_1"}, cb, true, PolicyFor("1032")}).classify(); Event("="+c.verdict) != stale {
		t.Errorf("a failure of an earlier push: %+v", c)
	}
}

// checkClassified is what must hold whatever the callback is.
func checkClassified(t *testing.T, what string, p Payment, believed bool, c classified) {
	t.Helper()
	final := []Event{CallbackSuccess, CallbackFailure, CallbackRetryable, CallbackMismatch, ReceiptTaken, SecondReceipt}
	if !believed && p.State != Paid && slices.Contains(final, c.event) {
		t.Errorf("%s: %s without proof", what, c.event)
	}
	if !believed && c.event != CallbackSuccess && c.fact.receipt != "" {
		t.Errorf("%s: receipt %s is claimed without proof", what, c.fact.receipt)
	}
	if c.event == CallbackMismatch && c.fact.receipt != "" {
		t.Errorf("%s: a contradiction claims receipt %s", what, c.fact.receipt)
	}
	if c.event == CallbackSuccess && (c.fact.receipt == "" || c.fact.code != daraja.ResultSuccess) {
		t.Errorf("%s: a success with %+v", what, c.fact)
	}
	if c.event != "" && c.fact.reason == "" {
		t.Errorf("%s: %s has no reason", what, c.event)
	}
	if asks := c.event == CallbackUnproven || c.event == CallbackQuestion; asks && strings.Contains(what, "contradiction") && c.fact.doubt == "" {
		t.Errorf("%s: no trace of the contradiction is kept", what)
	}
	if strings.Contains(c.fact.reason+c.fact.doubt, "99999999") {
		t.Errorf("%s: the number is told: %q %q", what, c.fact.reason, c.fact.doubt)
	}
}

// Callbacks of one push bring a query forward three times, and never put one off.
func TestAskSoon(t *testing.T) {
	now := time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC)
	g := &Gateway{Clock: cellClock{now}, Waits: StandardWaits()}
	for name, tt := range map[string]struct {
		p         Payment
		questions int
		want      bool
	}{
		"the first":                   {Payment{State: Pending, DueAt: now.Add(30 * time.Second)}, 0, true},
		"the third":                   {Payment{State: Pending, DueAt: now.Add(30 * time.Second)}, 2, true},
		"the fourth":                  {Payment{State: Pending, DueAt: now.Add(30 * time.Second)}, 3, false},
		"a query is due by then":      {Payment{State: Pending, DueAt: now.Add(questionWait)}, 0, false},
		"a query is due already":      {Payment{State: Confirming, DueAt: now.Add(-1)}, 0, false},
		"a query may be on its way":   {Payment{State: Pending, DueAt: now}, 0, true},
		"nothing is due":              {Payment{State: Unresolved}, 0, true},
		"before the push is answered": {Payment{State: Sending, DueAt: now}, 0, true},
	} {
		push := Push{Questions: tt.questions}
		got := g.askSoon(&tt.p, &push)
		if got != tt.want || (push.Questions > tt.questions) != tt.want {
			t.Errorf("%s: %t, and %d are counted", name, got, push.Questions)
		}
	}
}
