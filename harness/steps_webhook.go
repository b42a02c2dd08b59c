package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cucumber/godog"

	"github.com/darajabox/darajabox/internal/inbox"
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// webhookSteps speak of the webhooks of a payment.
func (w *world) webhookSteps() []step {
	return []step{
		{`^the partner is told that the payment was successful$`, w.webhookOfSuccess},
		{`^the partner is told at the other address that the payment was successful$`, w.webhookOfSuccess},
		{`^the partner is told that the payment failed with result "?(\w+)"? "([^"]*)"$`, w.webhookOfFailure},
		{`^the partner is told nothing$`, func(ctx context.Context) { w.countWebhooks(ctx, 0) }},
		{`^the partner is told once$`, func(ctx context.Context) { w.countWebhooks(ctx, 1) }},
		{`^it was told (\d+) times, in the same words$`, w.countWebhooks},
		{`^the webhook carries the receipt in M-PESA's ledger$`, func(ctx context.Context) {
			w.compareWebhook(ctx, "receipt", func(c Content, e controlclient.LedgerEntry) (got *string, want string) { return c.Receipt, e.Receipt })
		}},
		{`^the webhook carries no receipt$`, func(ctx context.Context) {
			c, _ := w.webhook(ctx, "successful")
			failIf(c.Receipt != nil, "the webhook carries receipt %s", shown(c.Receipt))
		}},
		{`^the webhook's date is the one in M-PESA's ledger, in UTC$`, func(ctx context.Context) {
			w.compareWebhook(ctx, "date", func(c Content, e controlclient.LedgerEntry) (got *string, want string) {
				return c.TransactionDate, e.At.UTC().Truncate(time.Second).Format(time.RFC3339)
			})
		}},
		{`^the webhook has these fields:$`, w.hasFields},
	}
}

// webhooks lists the webhooks of the payment.
func (w *world) webhooks(ctx context.Context) []Webhook {
	o := w.current()
	return slices.DeleteFunc(w.partner.received(ctx, o.path), func(hook Webhook) bool { return hook.Content().TransactionID != o.id })
}

// webhook waits until a webhook with a status is delivered.
func (w *world) webhook(ctx context.Context, status string) (content Content, hook Webhook) {
	o := w.current()
	w.eventually(ctx, func(ctx context.Context) {
		if _, moved := w.stack.(Stepper); !moved {
			w.partner.arrival(ctx, o.path, o.id)
		}
		hooks := w.webhooks(ctx)
		for _, hook = range hooks {
			if content = hook.Content(); hook.Delivered() && content.Status == status {
				return
			}
		}
		fail("no delivered webhook says that the payment is %s; of %d the last says %q, and the gateway says %q",
			status, len(hooks), content.Status, w.payment(ctx).Status)
	})
	return content, hook
}

func (w *world) webhookOfSuccess(ctx context.Context) {
	c, _ := w.webhook(ctx, "successful")
	o := w.last
	failIf(string(c.ResultCode) != "0" || c.Amount != o.amount || c.Phone != normal(o.phone),
		"the webhook says result %s, KES %d, phone %s", c.ResultCode, c.Amount, c.Phone)
}

func (w *world) webhookOfFailure(ctx context.Context, code, words string) {
	c, _ := w.webhook(ctx, "failed")
	want := code
	if _, err := strconv.Atoi(code); err != nil {
		want = strconv.Quote(code)
	}
	failIf(string(c.ResultCode) != want || c.ResultDesc != words, "the webhook says result %s %q", c.ResultCode, c.ResultDesc)
	failIf(c.Receipt != nil, "the webhook of a failure carries receipt %s", shown(c.Receipt))
}

// countWebhooks counts the webhooks, which must all be the same.
func (w *world) countWebhooks(ctx context.Context, times int) {
	hooks := w.webhooks(ctx)
	failIf(len(hooks) != times, "there are %d webhooks", len(hooks))
	for _, hook := range hooks {
		failIf(!bytes.Equal(hook.Body, hooks[0].Body), "the webhooks differ: %s and %s", hooks[0].Body, hook.Body)
	}
}

// compareWebhook compares a field with M-PESA's ledger.
func (w *world) compareWebhook(ctx context.Context, name string, field func(Content, controlclient.LedgerEntry) (got *string, want string)) {
	e := w.entry(ctx)
	c, _ := w.webhook(ctx, "successful")
	got, want := field(c, e)
	failIf(shown(got) != want, "the webhook's %s is %s, the ledger's %s", name, shown(got), want)
}

// hasFields compares the latest webhook with a table of keys, in their order, and
// what each must be.
func (w *world) hasFields(ctx context.Context, table *godog.Table) {
	hooks := w.webhooks(ctx)
	failIf(len(hooks) == 0, "there is no webhook")
	hook := hooks[len(hooks)-1]
	keys := must(hook.Keys())
	var fields map[string]json.RawMessage
	check(json.Unmarshal(hook.Body, &fields))
	var want []string
	for _, row := range table.Rows {
		key, what := row.Cells[0].Value, row.Cells[1].Value
		want = append(want, key)
		failIf(!w.fits(string(fields[key]), what), "%s is %s, not %s", key, fields[key], what)
	}
	failIf(!slices.Equal(keys, want), "the webhook's fields are %s", strings.Join(keys, ", "))
}

func (w *world) fits(value, what string) bool {
	switch what {
	case "a text":
		return len(value) > 2 && value[0] == '"'
	case "the payment's":
		return value == strconv.FormatInt(w.last.id, 10)
	case "the customer's":
		return value == strconv.Quote(w.phone)
	default:
		return value == what
	}
}

// inboxSteps speak of how the partner's own system takes webhooks.
func (w *world) inboxSteps() []step {
	first := func(ctx context.Context, status int) { w.behave(ctx, inbox.Behaviour{Status: status, Times: 1}) }
	status := func(status int) func(context.Context) {
		return func(ctx context.Context) { w.behave(ctx, inbox.Behaviour{Status: status}) }
	}
	return []step{
		{`^the partner's system answers (\d+) at the first webhook$`, first},
		{`^the partner's system sends elsewhere, answering (\d+) at the first webhook$`, first},
		{`^the partner's system breaks the connection at the first webhook$`, func(ctx context.Context) {
			w.behave(ctx, inbox.Behaviour{Drop: true, Times: 1})
		}},
		{`^the partner's system answers (\d+) to every webhook$`, func(ctx context.Context, code int) { status(code)(ctx) }},
		{`^the partner's system takes (\d+) milliseconds to answer$`, func(ctx context.Context, milliseconds int) {
			w.behave(ctx, inbox.Behaviour{Delay: fmt.Sprintf("%dms", milliseconds)})
		}},
		{`^the partner's system stays down$`, func(ctx context.Context) {
			w.down = true // beyond the scenario, so that its webhooks need not arrive
			status(http.StatusServiceUnavailable)(ctx)
		}},
		{`^the partner's system is down for now$`, status(http.StatusServiceUnavailable)}, // this one must get its webhooks in the end
		{`^the partner's system is up again$`, status(http.StatusOK)},
	}
}

// behave sets how the scenario's webhooks are answered.
func (w *world) behave(ctx context.Context, b inbox.Behaviour) {
	b.Path = w.path()
	w.partner.behave(ctx, b)
}
