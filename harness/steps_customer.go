package harness

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cucumber/godog"

	"github.com/darajabox/darajabox/daraja"
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// customerSteps speak of the person with the phone.
func (w *world) customerSteps() []step {
	return []step{
		{`^(?:a|another) customer$`, w.newCustomer},
		{`^a customer with the number (\d+)$`, func(number string) { w.phone = number }},
		{`^a customer whose number asks for result (\d+)$`, func(code int) {
			failIf(code > 99999, "no phone number asks for result %d", code)
			w.phone = fmt.Sprintf("2547000%05d", code)
		}},
		{`^(?:a|another) customer who never answers the prompt$`, func(ctx context.Context) {
			w.customerWhoTakes(ctx, 24*60*60) // longer than the suite runs
		}},
		{`^a customer who takes (\d+) seconds to answer$`, w.customerWhoTakes},
		{`^a customer who has KES (\d+)$`, func(ctx context.Context, shillings int) {
			w.newCustomer()
			w.file.World.Customers = append(w.file.World.Customers, customer{w.phone, shillings})
			w.loadFile(ctx)
		}},
		{`^the customer's prompt ends with result (\S+)$`, func(ctx context.Context, code string) {
			w.endPrompt(ctx, code, "")
		}},
		{`^the customer's prompt ends with result (\S+) and the words "([^"]*)"$`, w.endPrompt},
		{`^the customer has a prompt open from another shop$`, func(ctx context.Context) {
			w.developerPushes(ctx, 1)
			w.promptIsSent()
		}},
		{`^the customer was prompted once$`, func(ctx context.Context) { w.wasPrompted(ctx, 1) }},
		{`^the customer was prompted (\d+) times$`, w.wasPrompted},
		{`^no prompt reaches the customer$`, func(ctx context.Context) {
			failIf(w.phone == "", "the scenario has no customer")
			w.countPrompts(ctx, 0, w.ofCustomer)
		}},
		{`^the customer does "([^"]*)" of "([^"]*)" with:$`, w.doAction},
		{`^the simulator refuses it, because "([^"]*)"$`, func(why string) {
			failIf(w.actionErr == nil || !strings.Contains(w.actionErr.Error(), why), "the answer to the action: %v", w.actionErr)
		}},
		{`^M-PESA's ledger has KES (\d+) from the customer for the account "([^"]*)"$`, w.ledgerHas},
	}
}

// doAction does an action of a product, with a table of its fields. Any product may declare
// one. A refusal is kept, not returned.
func (w *world) doAction(ctx context.Context, action, product string, table *godog.Table) {
	_, w.actionErr = w.control.Do(ctx, product, action, w.rows(ctx, table))
	checkUnlessRefused(w.actionErr)
}

func (w *world) ledgerHas(ctx context.Context, shillings int64, account string) {
	w.eventually(ctx, func(ctx context.Context) {
		found := slices.ContainsFunc(must(w.control.Ledger(ctx)), func(e controlclient.LedgerEntry) bool {
			return e.Phone == w.phone && e.AmountCents == shillings*100 && e.AccountReference == account
		})
		failIf(!found, "the ledger has no such payment; the answer to the action: %v", w.actionErr)
	})
}

func (w *world) newCustomer() { w.phone = w.newPhone() }

func (w *world) customerWhoTakes(ctx context.Context, seconds int) {
	w.newCustomer()
	w.file.rule(w.phone).Then.After = fmt.Sprintf("%ds", seconds)
	w.loadFile(ctx)
}

func (w *world) endPrompt(ctx context.Context, code, words string) {
	then := &w.file.rule(w.phone).Then
	then.Result, then.Desc = code, words
	w.loadFile(ctx)
}

// wasPrompted counts the prompts of the scenario's payments.
func (w *world) wasPrompted(ctx context.Context, times int) {
	references := make(map[daraja.Text]bool)
	for _, o := range w.orders {
		references[daraja.Text(o.reference)] = true
	}
	w.countPrompts(ctx, times, func(f fields) bool { return references[f.AccountReference] })
}

func (w *world) countPrompts(ctx context.Context, want int, match func(fields) bool) {
	n := len(w.prompts(ctx, match))
	failIf(n != want, "there were %d prompts, not %d", n, want)
}
