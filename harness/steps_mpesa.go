package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cucumber/godog"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/apiclient"
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// mpesaSteps speak of how M-PESA behaves, and of what it knows.
func (w *world) mpesaSteps() []step {
	return []step{
		{`^M-PESA's setting "([^"]*)" is "([^"]*)"$`, func(ctx context.Context, name, value string) error {
			w.file.set(name, value)
			return w.loadFile(ctx)
		}},
		{`^M-PESA delays the callback by (\d+) seconds$`, func(ctx context.Context, seconds int) error {
			return w.addFaults(ctx, map[string]any{"delay": fmt.Sprintf("%ds", seconds)})
		}},
		{`^M-PESA sends the callback (\d+) times, (\d+) seconds apart$`, func(ctx context.Context, times, apart int) error {
			return w.addFaults(ctx, map[string]any{"copies": times, "gap": fmt.Sprintf("%ds", apart)})
		}},
		{`^M-PESA loses the callback$`, func(ctx context.Context) error {
			return w.addFaults(ctx, map[string]any{"drop": true})
		}},
		{`^M-PESA puts the receipt of the previous payment on the callback$`, func(ctx context.Context) error {
			return w.addFaults(ctx, map[string]any{"reuse_receipt_of": "previous"})
		}},
		{`^M-PESA is slow to answer the gateway$`, func(ctx context.Context) error {
			stack, err := can[Holder](w)
			if err != nil {
				return err
			}
			w.release, err = stack.Hold(ctx)
			return err
		}},
		{`^M-PESA answers the gateway$`, func(ctx context.Context) error {
			release := w.release
			w.release = nil
			return release(ctx)
		}},
		{`^M-PESA moved KES (\d+)$`, w.moved},
		{`^the gateway has called M-PESA once for the order$`, w.calledOnce},
		{`^the gateway has asked M-PESA what became of the prompt$`, func(ctx context.Context) error { return w.hasQueried(ctx, 1) }},
		{`^the gateway has asked M-PESA more than once what became of the prompt$`, func(ctx context.Context) error { return w.hasQueried(ctx, 2) }},
	}
}

// addFaults adds faults of the callback of the customer's prompt.
func (w *world) addFaults(ctx context.Context, faults map[string]any) error {
	maps.Copy(w.file.rule(w.phone).Then.Callback, faults)
	return w.loadFile(ctx)
}

// moved compares the customer's part of the ledger.
func (w *world) moved(ctx context.Context, shillings int64) error {
	prompts, err := w.prompts(ctx, w.ofCustomer)
	if err != nil {
		return err
	}
	entries, err := w.control.Ledger(ctx)
	var cents int64
	for _, e := range entries {
		if slices.ContainsFunc(prompts, func(r request) bool { return r.Payment == e.CheckoutRequestID }) {
			cents += e.AmountCents
		}
	}
	return cmp.Or(err, failIf(cents != shillings*100, "M-PESA moved %s", daraja.Money(cents).Grouped()))
}

func (w *world) calledOnce(ctx context.Context) error {
	requests, err := w.recent(ctx)
	n := 0
	for _, r := range requests {
		if r.API == "stkpush" && ofOrder(w.last)(r.fields()) {
			n++
		}
	}
	return cmp.Or(err, failIf(n != 1, "the gateway called M-PESA %d times for the order", n))
}

func (w *world) hasQueried(ctx context.Context, least int) error {
	prompts, err := w.prompts(ctx, w.ofCustomer)
	if err != nil {
		return err
	}
	requests, err := w.recent(ctx)
	n := 0
	for _, r := range requests {
		id := string(r.fields().CheckoutRequestID)
		if r.API == "stkquery" && slices.ContainsFunc(prompts, func(p request) bool { return p.Payment == id }) {
			n++
		}
	}
	return cmp.Or(err, failIf(n < least, "the gateway asked M-PESA %d times", n))
}

// scenarioFileSteps speak of the simulator's scenario files as a tester writes
// them.
func (w *world) scenarioFileSteps() []step {
	return []step{
		{`^the ready scenario "([^"]*)" is loaded$`, func(ctx context.Context, name string) error {
			w.loaded = true
			_, err := w.control.LoadReadyScenario(ctx, name)
			return err
		}},
		{`^this scenario file is loaded:$`, func(ctx context.Context, source *godog.DocString) error {
			return errors.Join(w.tryFile(ctx, source), w.fileErr)
		}},
		{`^somebody loads this scenario file:$`, w.tryFile},
		{`^the file is refused at line (\d+), naming "([^"]*)"$`, w.fileIsRefused},
	}
}

// tryFile loads a file. A refusal is kept, not returned.
func (w *world) tryFile(ctx context.Context, source *godog.DocString) error {
	w.loaded = true
	_, w.fileErr = w.control.LoadScenario(ctx, "", strings.ReplaceAll(source.Content, "{customer}", w.phone))
	if refused := (*apiclient.RefusedError)(nil); errors.As(w.fileErr, &refused) {
		return nil
	}
	return w.fileErr
}

func (w *world) fileIsRefused(line int, named string) error {
	faults := controlclient.ScenarioErrors(w.fileErr)
	return failIf(!slices.ContainsFunc(faults, func(f controlclient.ScenarioError) bool { return f.Line == line && strings.Contains(f.Text, named) }),
		"loading the file: %w", cmp.Or(w.fileErr, errors.New("it was not refused")))
}
