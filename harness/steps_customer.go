package harness

import (
	"context"
	"fmt"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
)

// customerSteps speak of the person with the phone.
func (w *world) customerSteps() []step {
	return []step{
		{`^(?:a|another) customer$`, w.aCustomer},
		{`^a customer with the number (\d+)$`, w.aCustomerWithNumber},
		{`^a customer whose number asks for result (\d+)$`, w.aMagicCustomer},
		{`^(?:a|another) customer who never answers the prompt$`, w.aCustomerWhoNeverAnswers},
		{`^a customer who takes (\d+) seconds to answer$`, w.aCustomerWhoTakes},
		{`^a customer who has KES (\d+)$`, w.aCustomerWhoHas},
		{`^the customer's prompt ends with result (\S+)$`, w.thePromptEndsWith},
		{`^the customer's prompt ends with result (\S+) and the words "([^"]*)"$`, w.thePromptEndsWithWords},
		{`^the customer has a prompt open from another shop$`, w.aPromptFromAnotherShop},
		{`^the customer was prompted once$`, func(ctx context.Context) error { return w.wasPrompted(ctx, 1) }},
		{`^the customer was prompted (\d+) times$`, w.wasPrompted},
		{`^no prompt reaches the customer$`, w.noPrompt},
	}
}

func (w *world) aCustomer() { w.phone = w.newPhone() }

func (w *world) aCustomerWithNumber(number string) { w.phone = number }

func (w *world) aMagicCustomer(code string) error {
	w.phone = daraja.ResultCode(code).MagicMSISDN().Digits()
	if w.phone == "" {
		return fmt.Errorf("no phone number asks for result %s", code)
	}
	return nil
}

// aCustomerWhoNeverAnswers looks at the prompt for longer than the suite runs.
func (w *world) aCustomerWhoNeverAnswers(ctx context.Context) error {
	w.aCustomer()
	return w.after(ctx, "24h")
}

func (w *world) aCustomerWhoTakes(ctx context.Context, seconds int) error {
	w.aCustomer()
	return w.after(ctx, strconv.Itoa(seconds)+"s")
}

func (w *world) after(ctx context.Context, wait string) error {
	w.file.rule(w.phone).after = wait
	return w.loadFile(ctx)
}

func (w *world) aCustomerWhoHas(ctx context.Context, shillings int) error {
	w.aCustomer()
	w.file.balance(w.phone, shillings)
	return w.loadFile(ctx)
}

func (w *world) thePromptEndsWith(ctx context.Context, code string) error {
	return w.thePromptEndsWithWords(ctx, code, "")
}

func (w *world) thePromptEndsWithWords(ctx context.Context, code, words string) error {
	r := w.file.rule(w.phone)
	r.result, r.desc = code, words
	return w.loadFile(ctx)
}

func (w *world) aPromptFromAnotherShop(ctx context.Context) error {
	if err := w.aDeveloperPushes(ctx, 1); err != nil {
		return err
	}
	return w.mpesaHasSentThePrompt()
}

// wasPrompted counts the prompts of the scenario's payments.
func (w *world) wasPrompted(ctx context.Context, times int) error {
	references := make(map[string]bool)
	for _, o := range w.orders {
		references[o.reference] = true
	}
	return w.promptsAre(ctx, times, func(f pushFields) bool { return references[fmt.Sprint(f.AccountReference)] })
}

// noPrompt looks at the phone, whoever may have asked.
func (w *world) noPrompt(ctx context.Context) error {
	if w.phone == "" {
		return fmt.Errorf("the scenario has no customer")
	}
	return w.promptsAre(ctx, 0, func(f pushFields) bool { return text(f.PhoneNumber) == w.phone })
}

func (w *world) promptsAre(ctx context.Context, times int, ours func(pushFields) bool) error {
	requests, err := w.recent(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, r := range requests {
		if r.accepted() && ours(r.fields()) {
			n++
		}
	}
	if n != times {
		return fmt.Errorf("there were %d prompts, not %d", n, times)
	}
	return nil
}

// recent lists the scenario's part of the simulator's journal.
func (w *world) recent(ctx context.Context) ([]request, error) {
	return w.control.requests(ctx, w.since)
}

// text is a JSON string or number without its form.
func text(v any) string {
	if n, ok := v.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
