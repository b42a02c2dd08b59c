package harness

import (
	"fmt"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/internal/inbox"
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// hook is a webhook about transaction 7, answered with 200, with changes.
func hook(changes ...string) Webhook {
	body := `{"transaction_id":7,"merchant_request_id":"m","checkout_request_id":"ws_CO_1","result_code":0,` +
		`"result_desc":"ok","amount":150,"mpesa_receipt":"RKT7S9T2UB","transaction_date":"2026-01-02T03:04:05Z",` +
		`"phone":"254110000001","status":"successful"}`
	return Webhook{inbox.Webhook{Seq: 1, Path: "/webhook/a", Answered: 200, Body: []byte(strings.NewReplacer(changes...).Replace(body))}}
}

func failed() Webhook {
	return hook(`"result_code":0`, `"result_code":1032`, `"RKT7S9T2UB"`, "null", "successful", "failed")
}

func answered(w Webhook, status int) Webhook {
	w.Answered = status
	return w
}

// sound is a record that nothing is wrong with: one payment, told once.
func sound() Evidence {
	return Evidence{
		Payments: []Payment{{ID: 7, Phone: "254110000001", Amount: 150, Path: "/webhook/a", Status: "successful", Prompts: 1}},
		Webhooks: []Webhook{hook()},
		Ledger:   []controlclient.LedgerEntry{{Receipt: "RKT7S9T2UB", CheckoutRequestID: "ws_CO_1", Phone: "254110000001", AmountCents: 15000}},
	}
}

// TestSoundRecords promises that what may happen is no violation.
func TestSoundRecords(t *testing.T) {
	for name, change := range map[string]func(*Evidence){
		"told once":            func(*Evidence) {},
		"nothing happened":     func(r *Evidence) { *r = Evidence{} },
		"told again after 503": func(r *Evidence) { r.Webhooks = []Webhook{answered(hook(), 503), hook()} },
		"told again after a broken connection": func(r *Evidence) {
			r.Webhooks = []Webhook{answered(hook(), 0), hook()}
		},
		"paid on a query's word": func(r *Evidence) { r.Webhooks = []Webhook{hook(`"RKT7S9T2UB"`, "null")} },
		"failed, and then proved wrong": func(r *Evidence) {
			r.Webhooks = []Webhook{failed(), hook()}
		},
		"failed": func(r *Evidence) {
			r.Payments[0].Status, r.Webhooks, r.Ledger = "failed", []Webhook{failed()}, nil
		},
		"refused":                   func(r *Evidence) { r.Payments[0].Status, r.Payments[0].Refused, r.Webhooks = "failed", true, nil },
		"pending":                   func(r *Evidence) { r.Payments[0].Status, r.Webhooks, r.Ledger = "pending", nil, nil },
		"review":                    func(r *Evidence) { r.Payments[0].Status, r.Webhooks = "review", nil },
		"the partner stays down":    func(r *Evidence) { r.Payments[0].Down, r.Webhooks = true, []Webhook{answered(hook(), 503)} },
		"prompted again after 4005": func(r *Evidence) { r.Payments[0].Prompts, r.Payments[0].Timeouts = 3, 2 },
		"4005 to the end":           func(r *Evidence) { r.Payments[0].Prompts, r.Payments[0].Timeouts = 3, 3 },
	} {
		t.Run(name, func(t *testing.T) {
			r := sound()
			change(&r)
			if v := Violations(r); len(v) > 0 {
				t.Errorf("called a violation: %s", strings.Join(v, "; "))
			}
		})
	}
}

// TestViolations promises that each thing that must never be is found.
func TestViolations(t *testing.T) {
	second := Payment{ID: 8, Phone: "254110000001", Amount: 150, Path: "/webhook/a", Status: "successful", Prompts: 1}
	for name, c := range map[string]struct {
		change func(*Evidence)
		want   string
	}{
		"lost": {func(r *Evidence) { r.Webhooks = nil }, "no webhook that says so"},
		"never answered with success": {
			func(r *Evidence) { r.Webhooks = []Webhook{answered(hook(), 503)} }, "no webhook that says so",
		},
		"settled and told otherwise": {func(r *Evidence) { r.Payments[0].Status = "failed" }, "no webhook that says so"},
		"told again": {
			func(r *Evidence) { r.Webhooks = []Webhook{hook(), hook()} }, "again",
		},
		"told in two ways": {
			func(r *Evidence) { r.Webhooks = []Webhook{answered(hook(), 503), hook("ok", "okay")} }, "that differ",
		},
		"failed after success": {func(r *Evidence) { r.Webhooks = append(r.Webhooks, failed()) }, "again"},
		"unknown transaction":  {func(r *Evidence) { r.Webhooks = append(r.Webhooks, hook(`:7,`, `:9,`)) }, "was not ordered"},
		"at another address": {
			func(r *Evidence) { r.Payments[0].Path = "/webhook/b" }, "went to /webhook/a",
		},
		"about a refusal": {func(r *Evidence) { r.Payments[0].Refused = true }, "the answer to the order refused"},
		"about a refusal, failed": {
			func(r *Evidence) {
				r.Payments[0].Status, r.Payments[0].Refused, r.Webhooks, r.Ledger = "failed", true, []Webhook{failed()}, nil
			}, "the answer to the order refused",
		},
		"of another amount": {func(r *Evidence) { r.Webhooks[0] = hook("150", "151") }, "another amount"},
		"of another phone":  {func(r *Evidence) { r.Webhooks[0] = hook("254110000001", "254110000002") }, "another phone"},
		"another status":    {func(r *Evidence) { r.Webhooks[0] = hook("successful", "paid") }, `says "paid"`},
		"a field too many":  {func(r *Evidence) { r.Webhooks[0] = hook(`"status"`, `"note":"","status"`) }, "has the fields"},
		"fields in another order": {
			func(r *Evidence) {
				r.Webhooks[0] = hook(`"result_code":0,"result_desc":"ok"`, `"result_desc":"ok","result_code":0`)
			}, "has the fields",
		},
		"not JSON":       {func(r *Evidence) { r.Webhooks[0].Body = []byte(`"hello"`) }, "not a JSON object"},
		"without money":  {func(r *Evidence) { r.Ledger = nil }, "has nothing for it"},
		"too much money": {func(r *Evidence) { r.Ledger[0].AmountCents = 1500 }, "moved 1500 cents"},
		"twice": {
			func(r *Evidence) {
				r.Payments = append(r.Payments, second)
				r.Webhooks = append(r.Webhooks, hook(`:7,`, `:8,`))
			}, "credited twice",
		},
		"a prompt too many":       {func(r *Evidence) { r.Payments[0].Prompts = 2 }, "made 2 prompts"},
		"a fourth prompt":         {func(r *Evidence) { r.Payments[0].Prompts, r.Payments[0].Timeouts = 4, 4 }, "made 4 prompts"},
		"prompted after one 4005": {func(r *Evidence) { r.Payments[0].Prompts, r.Payments[0].Timeouts = 3, 1 }, "made 3 prompts"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sound()
			c.change(&r)
			if got := fmt.Sprint(Violations(r)); !strings.Contains(got, c.want) {
				t.Errorf("found %s, not %q", got, c.want)
			}
		})
	}
}
