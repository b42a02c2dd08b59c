package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cucumber/godog"
)

// webhookSteps speak of what the partner is told of a payment.
func (w *world) webhookSteps() []step {
	return []step{
		{`^the partner is told that the payment was successful$`, w.isToldSuccess},
		{`^the partner is told at the other address that the payment was successful$`, w.isToldSuccess},
		{`^the partner is told that the payment failed with result "?(\w+)"? "([^"]*)"$`, w.isToldFailure},
		{`^the partner is told nothing$`, func(ctx context.Context) error { return w.isTold(ctx, 0) }},
		{`^the partner is told once$`, func(ctx context.Context) error { return w.isTold(ctx, 1) }},
		{`^it was told (\d+) times, in the same words$`, w.isTold},
		{`^the webhook carries the receipt in M-PESA's ledger$`, w.carriesTheReceipt},
		{`^the webhook carries no receipt$`, w.carriesNoReceipt},
		{`^the webhook's date is the one in M-PESA's ledger, in UTC$`, w.carriesTheDate},
		{`^the webhook has these fields:$`, w.hasFields},
	}
}

// told lists the webhooks about the payment that is spoken of.
func (w *world) told(ctx context.Context) ([]Webhook, error) {
	o, err := w.current()
	if err != nil {
		return nil, err
	}
	all, err := w.partner.received(ctx, o.path)
	if err != nil {
		return nil, err
	}
	var about []Webhook
	for _, hook := range all {
		if c, err := hook.Content(); err == nil && c.TransactionID == o.id {
			about = append(about, hook)
		}
	}
	return about, nil
}

// heard waits until the partner has heard of a status.
func (w *world) heard(ctx context.Context, status string) (content Content, hook Webhook, err error) {
	o, err := w.current()
	if err != nil {
		return content, hook, err
	}
	err = w.eventually(ctx, func(ctx context.Context) error {
		if _, moved := w.stack.(Traveller); !moved {
			if err := w.partner.arrival(ctx, o.path, o.id); err != nil {
				return err
			}
		}
		hooks, err := w.told(ctx)
		if err != nil {
			return err
		}
		for _, hook = range hooks {
			if content, err = hook.Content(); err == nil && hook.Delivered() && content.Status == status {
				return nil
			}
		}
		t, err := w.payment(ctx)
		if err != nil {
			return err
		}
		return fmt.Errorf("the partner has not heard that the payment is %s; of %d webhooks the last says %q, and the gateway says %q", status, len(hooks), content.Status, t.Status)
	})
	return content, hook, err
}

func (w *world) isToldSuccess(ctx context.Context) error {
	c, _, err := w.heard(ctx, "successful")
	if err != nil {
		return err
	}
	o := w.last
	if string(c.ResultCode) != "0" || c.Amount != o.amount || c.Phone != normal(o.asked) {
		return fmt.Errorf("the webhook says result %s, KES %d, phone %s", c.ResultCode, c.Amount, c.Phone)
	}
	return nil
}

func (w *world) isToldFailure(ctx context.Context, code, words string) error {
	c, _, err := w.heard(ctx, "failed")
	if err != nil {
		return err
	}
	want := code
	if _, err := strconv.Atoi(code); err != nil {
		want = strconv.Quote(code)
	}
	if string(c.ResultCode) != want || c.ResultDesc != words {
		return fmt.Errorf("the webhook says result %s %q", c.ResultCode, c.ResultDesc)
	}
	if c.Receipt != nil {
		return fmt.Errorf("the webhook of a failure carries receipt %s", *c.Receipt)
	}
	return nil
}

// isTold counts the webhooks, which must all be the same.
func (w *world) isTold(ctx context.Context, times int) error {
	hooks, err := w.told(ctx)
	if err != nil {
		return err
	}
	if len(hooks) != times {
		return fmt.Errorf("the partner was told %d times", len(hooks))
	}
	for _, hook := range hooks {
		if !bytes.Equal(hook.Body, hooks[0].Body) {
			return fmt.Errorf("the partner was told %s and %s", hooks[0].Body, hook.Body)
		}
	}
	return nil
}

func (w *world) carriesTheReceipt(ctx context.Context) error {
	e, err := w.entry(ctx)
	if err != nil {
		return err
	}
	c, _, err := w.heard(ctx, "successful")
	if err == nil && (c.Receipt == nil || *c.Receipt != e.Receipt) {
		err = fmt.Errorf("the webhook's receipt is %s, the ledger's %s", shown(c.Receipt), e.Receipt)
	}
	return err
}

func (w *world) carriesNoReceipt(ctx context.Context) error {
	c, _, err := w.heard(ctx, "successful")
	if err == nil && c.Receipt != nil {
		err = fmt.Errorf("the webhook carries receipt %s", *c.Receipt)
	}
	return err
}

func (w *world) carriesTheDate(ctx context.Context) error {
	e, err := w.entry(ctx)
	if err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, e.At)
	if err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	c, _, err := w.heard(ctx, "successful")
	if want := at.UTC().Truncate(time.Second).Format(time.RFC3339); err == nil && shown(c.TransactionDate) != want {
		err = fmt.Errorf("the webhook's date is %s, the ledger's %s", shown(c.TransactionDate), want)
	}
	return err
}

// hasFields compares the latest webhook with a table of keys, in their order, and
// what each must be.
func (w *world) hasFields(ctx context.Context, table *godog.Table) error {
	hooks, err := w.told(ctx)
	if err != nil || len(hooks) == 0 {
		return fmt.Errorf("there is no webhook: %w", err)
	}
	hook := hooks[len(hooks)-1]
	keys, err := hook.Keys()
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(hook.Body, &fields); err != nil {
		return err
	}
	var want []string
	for _, row := range table.Rows {
		key, what := row.Cells[0].Value, row.Cells[1].Value
		want = append(want, key)
		if !w.fits(string(fields[key]), what) {
			return fmt.Errorf("%s is %s, not %s", key, fields[key], what)
		}
	}
	if strings.Join(keys, " ") != strings.Join(want, " ") {
		return fmt.Errorf("the webhook's fields are %s", strings.Join(keys, ", "))
	}
	return nil
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
