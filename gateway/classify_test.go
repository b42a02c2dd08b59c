package gateway

import (
	"fmt"
	"maps"
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
		"unreadable":          "\ufeff" + body("0", "ws_CO_1", amount+receipt+phone),
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

// trusts are what a callback's origin is worth: its word counts; it counts once a query has
// confirmed it; or only M-PESA's own answer counts.
func trusts() map[string]evidence {
	return map[string]evidence{
		"believed":  {believed: true, proven: true},
		"confirmed": {proven: true}, // --confirm always
		"unproven":  {},             // an address that is not listed
	}
}

// Every kind of callback, of every origin, beside every standing of a payment.
func TestClassify(t *testing.T) {
	const (
		dup       = Event("=" + VerdictDuplicate)
		elsewhere = Event("=" + VerdictMalformed + ": it names another prompt")
		noResult  = Event("=" + VerdictPending)
		inquiry   = Event("inquiry")
	)
	type row struct{ pending, failed, confirming, confirmingNone, paid, paidByQuery, unresolved Event }
	all := func(e Event) row {
		r := row{e, e, e, e, e, e, e}
		if e == CallbackQuestion {
			r.failed = inquiry
		}
		return r
	}
	claim := row{CallbackUnproven, inquiry, dup, CallbackUnproven, dup, CallbackUnproven, dup}
	noPhone := claim
	noPhone.paidByQuery = CallbackSuccess // which confirms the phone, and the result
	noReceipt := row{CallbackUnproven, inquiry, CallbackQuestion, CallbackQuestion, CallbackUnproven, CallbackUnproven, CallbackUnproven}
	contradicts := row{CallbackUnproven, inquiry, CallbackQuestion, CallbackQuestion, CallbackMismatch, CallbackMismatch, CallbackUnproven}
	failure := row{CallbackQuestion, dup, CallbackQuestion, CallbackQuestion, CallbackQuestion, CallbackQuestion, CallbackQuestion}
	believed := map[string]row{
		"success":             {CallbackSuccess, CallbackSuccess, CallbackSuccess, CallbackSuccess, dup, CallbackSuccess, CallbackSuccess},
		"second receipt":      {CallbackSuccess, CallbackSuccess, CallbackSuccess, CallbackSuccess, SecondReceipt, CallbackSuccess, CallbackSuccess},
		"success, no phone":   noPhone,
		"success, no receipt": noReceipt,
		"other amount":        all(CallbackMismatch),
		"other phone":         all(CallbackMismatch),
		"other prompt":        all(CallbackMismatch),
		"odd code, receipt":   noPhone,
		"failure, receipt":    claim,
		"odd code":            all(CallbackQuestion),
		"failure":             all(CallbackFailure),
		"unlisted failure":    all(CallbackFailure),
		"unlisted, metadata":  all(CallbackQuestion),
		"failure, metadata":   all(CallbackQuestion),
		"again, metadata":     all(CallbackQuestion),
		"failure, elsewhere":  all(CallbackMismatch),
		"push again":          all(CallbackRetryable),
		"no result":           all(noResult),
		"contradiction":       all(CallbackMismatch),
		"two receipts":        all(CallbackMismatch),
		"unreadable":          all(CallbackQuestion),
	}
	confirmed := map[string]row{
		"success":             {CallbackUnproven, inquiry, dup, CallbackUnproven, dup, CallbackSuccess, dup},
		"second receipt":      {CallbackUnproven, inquiry, CallbackQuestion, CallbackUnproven, SecondReceipt, CallbackSuccess, CallbackUnproven},
		"success, no phone":   noPhone,
		"success, no receipt": noReceipt,
		"other amount":        contradicts,
		"other phone":         contradicts,
		"other prompt":        contradicts,
		"odd code, receipt":   noPhone,
		"failure, receipt":    claim,
		"odd code":            all(CallbackQuestion),
		"failure":             failure,
		"unlisted failure":    failure,
		"unlisted, metadata":  all(CallbackQuestion),
		"failure, metadata":   all(CallbackQuestion),
		"again, metadata":     all(CallbackQuestion),
		"failure, elsewhere":  all(elsewhere),
		"push again":          failure,
		"no result":           all(noResult),
		"contradiction":       contradicts,
		"two receipts":        contradicts,
		"unreadable":          all(CallbackQuestion),
	}
	unproven := maps.Clone(confirmed)
	// Its receipt is nothing that could be noted, so a claim that is asked about brings nothing new.
	sameClaim := row{CallbackUnproven, inquiry, dup, CallbackQuestion, dup, CallbackUnproven, dup}
	for _, kind := range []string{"success", "success, no phone", "odd code, receipt", "failure, receipt"} {
		unproven[kind] = sameClaim
	}
	unproven["second receipt"] = row{CallbackUnproven, inquiry, CallbackQuestion, CallbackQuestion, SecondReceipt, CallbackUnproven, CallbackUnproven}
	rows := map[string]map[string]row{"believed": believed, "confirmed": confirmed, "unproven": unproven}
	for kind, body := range callbackKinds() {
		for trust, e := range trusts() {
			r, ok := rows[trust][kind]
			if !ok {
				t.Errorf("no row for %q", kind)
			}
			for standing, want := range map[string]Event{
				"pending": r.pending, "failed": r.failed, "confirming": r.confirming, "confirming, none": r.confirmingNone,
				"paid": r.paid, "paid by query": r.paidByQuery, "unresolved": r.unresolved,
			} {
				what := fmt.Sprintf("%s, %s, of a payment that is %s", kind, trust, standing)
				p := standings()[standing]
				e.payment, e.push, e.callback = &p, Push{PaymentID: 7, Number: 1, CheckoutRequestID: "ws_CO_1"}, decode([]byte(body))
				e.policy = PolicyFor(e.callback.result.code)
				c := e.classify()
				got := c.event
				switch {
				case c.inquiry != nil:
					got = inquiry
				case got == "":
					got = Event("=" + c.verdict)
				}
				if got != want {
					t.Errorf("%s: %s, want %s", what, got, want)
				}
				checkClassified(t, what, e, c)
			}
		}
	}
}

// A failure of an earlier push says nothing.
func TestClassifyFailureOfEarlierPush(t *testing.T) {
	p := standings()["pending"]
	p.Pushes = 2
	e := evidence{payment: &p, push: Push{Number: 1, CheckoutRequestID: "ws_CO_1"}, callback: decode([]byte(callbackKinds()["failure"])), believed: true, proven: true, policy: PolicyFor("1032")}
	if c := e.classify(); c.event != "" || c.verdict != VerdictStale {
		t.Errorf("it is %+v", c)
	}
}

// A body that cannot be read is a reason for a review where no query can ask what it was,
// but not without proof.
func TestClassifyUnreadable(t *testing.T) {
	for trust, e := range trusts() {
		for id, want := range map[string]bool{"ws_CO_1": false, "": e.proven, "ws_CO_" + hidden: e.proven} {
			p := standings()["pending"]
			e.payment, e.push, e.callback = &p, Push{Number: 1, CheckoutRequestID: id}, decode([]byte("\x1f\x8b"))
			if c := e.classify(); (c.fact.doubt != "") != want || VerdictKind(c.verdict) != VerdictMalformed {
				t.Errorf("%s, prompt %q: %+v", trust, id, c)
			}
		}
	}
}

// checkClassified is what must hold whatever the callback is.
func checkClassified(t *testing.T, what string, e evidence, c classified) {
	t.Helper()
	p, believed := e.payment, e.believed
	final := []Event{CallbackSuccess, CallbackFailure, CallbackRetryable, CallbackMismatch, ReceiptTaken, SecondReceipt}
	if !believed && p.State != Paid && slices.Contains(final, c.event) {
		t.Errorf("%s: %s without proof", what, c.event)
	}
	if !believed && c.event != CallbackSuccess && c.fact.receipt != "" {
		t.Errorf("%s: receipt %s is claimed without proof", what, c.fact.receipt)
	}
	if !e.proven && (c.fact.receipt != "" || c.fact.claimed != p.Claimed && c.event == CallbackUnproven) {
		t.Errorf("%s: a receipt without proof is taken, %+v", what, c.fact)
	}
	if c.event == CallbackMismatch && c.fact.receipt != "" {
		t.Errorf("%s: a contradiction claims receipt %s", what, c.fact.receipt)
	}
	if c.event == CallbackSuccess && (c.fact.receipt == "" || c.fact.code != daraja.ResultSuccess && p.State != Paid) {
		t.Errorf("%s: a success with %+v", what, c.fact)
	}
	if strings.HasPrefix(what, "unreadable") && VerdictKind(c.verdict) != VerdictMalformed {
		t.Errorf("%s: the verdict is %q", what, c.verdict)
	}
	if c.event != "" && c.fact.reason == "" {
		t.Errorf("%s: %s has no reason", what, c.event)
	}
	if asks := c.event == CallbackUnproven || c.event == CallbackQuestion; asks && strings.Contains(what, "contradiction") && c.fact.doubt == "" {
		t.Errorf("%s: no trace of the contradiction is kept", what)
	}
	if q := c.inquiry; q != nil && (q.What == "" || q.Proven != e.proven || !e.proven && q.Claimed != "" || c.event != "") {
		t.Errorf("%s: the inquiry is %+v", what, q)
	}
	if c.inquiry != nil && strings.Contains(what, "contradiction") && c.fact.reason == "" {
		t.Errorf("%s: no trace of the contradiction is kept", what)
	}
	if strings.Contains(c.fact.reason+c.fact.doubt, "99999999") {
		t.Errorf("%s: the number is told: %q %q", what, c.fact.reason, c.fact.doubt)
	}
}

// Callbacks of one push bring a query forward three times, those with proof three times
// more.
func TestAskSoon(t *testing.T) {
	now := time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC)
	g := &Gateway{Clock: cellClock{now}, Waits: StandardWaits()}
	for name, tt := range map[string]struct {
		p         Payment
		questions int
		want      bool // without proof
		proven    bool // with proof
	}{
		"the first":                   {Payment{State: Pending, DueAt: now.Add(30 * time.Second)}, 0, true, true},
		"the third":                   {Payment{State: Pending, DueAt: now.Add(30 * time.Second)}, 2, true, true},
		"the fourth":                  {Payment{State: Pending, DueAt: now.Add(30 * time.Second)}, 3, false, true},
		"the seventh":                 {Payment{State: Pending, DueAt: now.Add(30 * time.Second)}, 6, false, false},
		"a query is due by then":      {Payment{State: Pending, DueAt: now.Add(questionWait)}, 0, true, true},
		"a query is due already":      {Payment{State: Confirming, DueAt: now.Add(-1)}, 0, false, false},
		"a query may be on its way":   {Payment{State: Pending, DueAt: now}, 0, true, true},
		"nothing is due":              {Payment{State: Unresolved}, 0, true, true},
		"before the push is answered": {Payment{State: Sending, DueAt: now}, 0, true, true},
		"before another push":         {Payment{State: Retrying, DueAt: now}, 0, true, true},
	} {
		for proven, want := range map[bool]bool{false: tt.want, true: tt.proven} {
			e := evidence{payment: &tt.p, push: Push{Questions: tt.questions}, proven: proven}
			got := g.askSoon(&e)
			if got != want || (e.push.Questions > tt.questions) != want {
				t.Errorf("%s, proven %t: %t, and %d are counted", name, proven, got, e.push.Questions)
			}
		}
	}
}
