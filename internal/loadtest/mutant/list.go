package mutant

import (
	"slices"

	"github.com/darajabox/darajabox/internal/loadtest"
)

// List has every mutant. A text under Old stands once in its file and is as short as it
// can be, so that it seldom becomes stale. A fault happens always, or one in ten times,
// so that a run of seconds has it.
func List() []Mutant {
	return slices.Concat(webhooks(), pushes(), results(), records())
}

// insertDelivery is the code that stores the webhook of a result.
const insertDelivery = "if err := tx.InsertDelivery(d); err != nil {"

// webhooks are faults in the webhooks to the partner.
func webhooks() []Mutant {
	return []Mutant{
		{Name: "a result has two webhook-ids", Breaks: []loadtest.Rule{loadtest.OneWebhook}, Short: true, Edits: []Edit{{
			"gateway/report.go", insertDelivery, `if second := *d; p.ID%10 == 0 {
		second.MessageID += "0"
		_ = tx.InsertDelivery(&second)
	}
	` + insertDelivery,
		}}},
		{Name: "a webhook is never sent", Breaks: []loadtest.Rule{loadtest.Notified}, Edits: []Edit{{
			"gateway/report.go", insertDelivery, `if p.ID%10 == 0 {
		return nil
	}
	` + insertDelivery,
		}}},
		{Name: "a webhook is sent before the commit", Breaks: []loadtest.Rule{loadtest.Committed}, Edits: []Edit{
			{"gateway/report.go", "\"encoding/json\"\n", "\"context\"\n\t\"encoding/json\"\n"},
			{"gateway/report.go", insertDelivery, `if p.ID%10 == 0 {
		_, _ = g.Sender.Send(context.Background(), Webhook{URL: d.URL, Body: d.Body, MessageID: d.MessageID, At: p.UpdatedAt})
	}
	` + insertDelivery},
		}},
		{Name: "a 500 counts as delivered", Breaks: []loadtest.Rule{loadtest.Notified}, Edits: []Edit{{
			"gateway/deliver.go", "case err == nil:\n\t\treturn delivered", "case err == nil, status == 500:\n\t\treturn delivered",
		}}},
		{Name: "a webhook has a wrong amount", Breaks: []loadtest.Rule{loadtest.Money}, Edits: []Edit{{
			"gateway/report.go", "p.Amount.Shillings(),", "p.Amount.Shillings() + 1,",
		}}},
		{Name: "due work is lost at a restart", Breaks: []loadtest.Rule{loadtest.Settled, loadtest.Notified}, Edits: []Edit{{
			"gateway/sqlite/work.go", "s.due.apply(due)\n", "_ = due\n",
		}}},
	}
}

// pushes are faults in prompting the customer.
func pushes() []Mutant {
	return []Mutant{
		{Name: "an unanswered push is made again", Breaks: []loadtest.Rule{loadtest.OnePush}, Short: true, Edits: []Edit{beforeTransition(
			"if s == Sending && e == PushWasUnanswered {\n\t\treturn Transition{Retrying, Nothing}, true\n\t}",
		)}},
		{Name: "a push that a crash interrupted is made again", Breaks: []loadtest.Rule{loadtest.OnePush}, Edits: []Edit{{
			"gateway/gateway.go", "if err := g.crashed(tx, p); err != nil {",
			"p.State, p.DueAt = Retrying, g.now()\n\t\t\t\tif err := tx.SavePayment(p); err != nil {",
		}}},
		{Name: "an unclear answer to a push counts as a refusal", Breaks: []loadtest.Rule{loadtest.Refusals}, Edits: []Edit{
			{
				"gateway/push.go", "case errors.As(pushErr, &refusal) && !refusal.Ambiguous:\n\t\tpush.State",
				"case errors.As(pushErr, &refusal):\n\t\tpush.State",
			},
			{
				"gateway/push.go", "case errors.As(pushErr, &refusal) && !refusal.Ambiguous:\n\t\treturn",
				"case errors.As(pushErr, &refusal):\n\t\treturn",
			},
		}},
		{Name: "every 503 counts as a refusal", Breaks: []loadtest.Rule{loadtest.Refusals}, Edits: []Edit{{
			"gateway/mpesa/refusal.go", "http.StatusTooManyRequests:", "http.StatusTooManyRequests, http.StatusServiceUnavailable:",
		}}},
		{Name: "the idempotency key is forgotten", Breaks: []loadtest.Rule{loadtest.OnePush}, Edits: []Edit{{
			"gateway/order.go", `if p.IdempotencyKey == "" {`, "if p.IdempotencyKey = \"\"; p.IdempotencyKey == \"\" {",
		}}},
		{Name: "a refused order is a duplicate later", Breaks: []loadtest.Rule{loadtest.SameAnswer}, Edits: []Edit{{
			"gateway/order.go", `case earlier.Refusal != "" &&`, `case earlier.Refusal == "\x00" &&`,
		}}},
		{Name: "a later push that is refused becomes the order's answer", Breaks: []loadtest.Rule{loadtest.SameAnswer}, Edits: []Edit{
			{"gateway/gateway.go", "case Settle:\n", "case Settle:\n\t\tp.Refusal = f.refusal\n"},
			{"gateway/order.go", `case earlier.Refusal != "" && earlier.Pushes == 1:`, `case earlier.Refusal != "":`},
		}},
		{Name: "another order with a used key is a duplicate", Breaks: []loadtest.Rule{loadtest.SameAnswer}, Edits: []Edit{{
			"gateway/order.go", "case g.Vault.differ(p, earlier):", "case g.Vault.differ(earlier, earlier):",
		}}},
	}
}

// results are faults in how the gateway decides a result.
func results() []Mutant {
	return []Mutant{
		{Name: "a receipt is used twice", Breaks: []loadtest.Rule{loadtest.OneCredit}, Short: true, Edits: []Edit{{
			"gateway/sqlite/callbacks.go", "if n == 1 {", "if n <= 1 {",
		}}},
		{Name: "a receipt is used twice on PostgreSQL", Breaks: []loadtest.Rule{loadtest.OneCredit}, Postgres: true, Edits: []Edit{{
			"gateway/postgres/callbacks.go", "if t.member.claim(receipt, paymentID, at) {", "if t.member.claim(receipt, paymentID, at) || true {",
		}}},
		{Name: "the amount is not compared", Breaks: []loadtest.Rule{loadtest.Money}, Edits: []Edit{{
			"gateway/classify.go", "cb.hasAmount && cb.amount != p.Amount", "cb.hasAmount && cb.amount < 0",
		}}},
		{Name: "the phone is not compared", Breaks: []loadtest.Rule{loadtest.Money}, Edits: []Edit{{
			"gateway/classify.go", `p.Phone != "" && p.Phone.Compare(`, `p.Phone == "" && p.Phone.Compare(`,
		}}},
		{Name: "a failure after the success is believed", Breaks: []loadtest.Rule{loadtest.Notified, loadtest.Money}, Edits: []Edit{beforeTransition(
			"if s == Paid && e == CallbackFailure {\n\t\treturn Transition{Failed, Settle}, true\n\t}",
		)}},
		{Name: "a success after a failure is dropped", Breaks: []loadtest.Rule{loadtest.Money}, Edits: []Edit{beforeTransition(
			"if (s == Failed || s == PresumedFailed) && e == CallbackSuccess {\n\t\treturn Transition{s, Ignore}, true\n\t}",
		)}},
		{Name: "a query that says failed counts as paid", Breaks: []loadtest.Rule{loadtest.Money}, Edits: []Edit{{
			"gateway/reconcile.go", "return QueryFailure\n", "return QuerySuccess\n",
		}}},
		{Name: "a failure from elsewhere is believed", Breaks: []loadtest.Rule{loadtest.Proof}, Edits: []Edit{{
			"gateway/classify.go", "case !e.believed:\n\t\treturn", "case !e.believed && cb.claimsMoney():\n\t\treturn",
		}}},
		{Name: "a contradiction from elsewhere is believed", Breaks: []loadtest.Rule{loadtest.Applied, loadtest.Settled}, Edits: []Edit{{
			"gateway/classify.go", `why != "" && (e.believed || p.State == Paid)`, `why != ""`,
		}}},
		{Name: "a receipt from elsewhere is taken", Breaks: []loadtest.Rule{loadtest.Money}, Edits: []Edit{{
			"gateway/classify.go", `if why == "" && e.proven {`, `if why == "" {`,
		}}},
		{Name: "a code that is not known is a failure", Breaks: []loadtest.Rule{loadtest.Proof}, Short: true, Edits: []Edit{{
			"gateway/classify.go", `case !final || e.believed && cb.checkoutID`, `case !final && false || e.believed && cb.checkoutID`,
		}}},
		{Name: "a callback that contradicts itself is believed", Breaks: []loadtest.Rule{loadtest.Proof}, Edits: []Edit{{
			"gateway/classify.go", "contradiction: r.Contradiction,", `contradiction: "",`,
		}}},
		{Name: "a review has no reason", Breaks: []loadtest.Rule{loadtest.Reasons}, Edits: []Edit{{
			"gateway/settle.go", "p.ReviewReason = strings.Join(reasons, reasonSeparator)", "_ = reasons",
		}}},
	}
}

// beforeTransition inserts code before the look-up in the table of transitions.
func beforeTransition(code string) Edit {
	const lookUp = "t, ok := table[s][e]"
	return Edit{"gateway/state.go", lookUp, code + "\n\t" + lookUp}
}

// records are faults in what is stored, and in who may read it.
func records() []Mutant {
	return []Mutant{
		{Name: "a callback is acknowledged and not stored", Breaks: []loadtest.Rule{loadtest.Logged}, Short: true, Edits: []Edit{{
			"gateway/callback.go", "g.reach(CallbackCame)", "g.reach(CallbackCame)\n\tif c.Token[0] == 'a' {\n\t\treturn VerdictApplied, nil\n\t}",
		}}},
		{Name: "a callback is stored and not applied", Breaks: []loadtest.Rule{loadtest.Applied}, Edits: []Edit{{
			"gateway/callback.go", "policy, err := g.policy(", "if push.Token[0] == 'a' {\n\t\treturn VerdictApplied, nil\n\t}\n\tpolicy, err := g.policy(",
		}}},
		{Name: "a callback is stored with other bytes", Breaks: []loadtest.Rule{loadtest.Logged}, Edits: []Edit{{
			"gateway/callback.go", "c.ErasedAt = body, salt,", "c.ErasedAt = append(body[:len(body):len(body)], '\\n'), salt,",
		}}},
		{Name: "answers are given before the commit", Breaks: []loadtest.Rule{loadtest.Logged, loadtest.Stored, loadtest.Committed, loadtest.Refusals}, Edits: []Edit{
			{"gateway/sqlite/writer.go", "\"sync/atomic\"\n", "\"sync/atomic\"\n\t\"time\"\n"},
			{
				"gateway/sqlite/writer.go", "if _, err := w.session.exec(\"COMMIT\")",
				"for _, r := range w.pending[:w.ran] {\n\t\tr.answer <- r.err\n\t}\n\ttime.Sleep(300 * time.Millisecond)\n\tif _, err := w.session.exec(\"COMMIT\")",
			},
		}},
		{Name: "the chain of the audit log is broken", Breaks: []loadtest.Rule{loadtest.Chain}, Short: true, Edits: []Edit{{
			"gateway/chain.go", "c.Hash = c.link()", "if c.ID%50 == 0 {\n\t\tc.Prev = ChainStart()\n\t}\n\tc.Hash = c.link()",
		}}},
		{Name: "another partner's payment can be read", Breaks: []loadtest.Rule{loadtest.Private}, Edits: []Edit{
			{"gateway/gateway.go", "p.Partner != partner.Name", "p.Partner == \"\""},
			{"gateway/deadletters.go", "err == nil && p.Partner != partner.Name) {\n\t\t\treturn &Error{Code: CodeNotFound, Message: fmt.Sprintf(\"transaction", "err == nil && p.Partner == \"\") {\n\t\t\treturn &Error{Code: CodeNotFound, Message: fmt.Sprintf(\"transaction"},
		}},
		{Name: "a callback with an unknown token is accepted", Breaks: []loadtest.Rule{loadtest.UnknownTokens}, Edits: []Edit{{
			"gateway/httpapi/callback.go", "case gateway.VerdictNobody, gateway.VerdictDropped:", "case gateway.VerdictDropped:",
		}}},
	}
}
