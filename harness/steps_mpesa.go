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
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// mpesaSteps speak of how M-PESA behaves, and of what it knows.
func (w *world) mpesaSteps() []step {
	return []step{
		{`^M-PESA's setting "([^"]*)" is "([^"]*)"$`, func(ctx context.Context, name, value string) {
			w.file.set(name, value)
			w.loadFile(ctx)
		}},
		{`^M-PESA delays the callback by (\d+) seconds$`, func(ctx context.Context, seconds int) {
			w.addFaults(ctx, map[string]any{"delay": fmt.Sprintf("%ds", seconds)})
		}},
		{`^M-PESA sends the callback (\d+) times, (\d+) seconds apart$`, func(ctx context.Context, times, apart int) {
			w.addFaults(ctx, map[string]any{"copies": times, "gap": fmt.Sprintf("%ds", apart)})
		}},
		{`^M-PESA loses the callback$`, func(ctx context.Context) {
			w.addFaults(ctx, map[string]any{"drop": true})
		}},
		{`^M-PESA puts the receipt of the previous payment on the callback$`, func(ctx context.Context) {
			w.addFaults(ctx, map[string]any{"reuse_receipt_of": "previous"})
		}},
		{`^M-PESA is slow to answer the gateway$`, func(ctx context.Context) {
			w.release = must(can[Holder](w).Hold(ctx))
		}},
		{`^M-PESA answers the gateway$`, func(ctx context.Context) {
			release := w.release
			w.release = nil
			check(release(ctx))
		}},
		{`^M-PESA moved KES (\d+)$`, w.moved},
		{`^the gateway has called M-PESA once for the order$`, w.calledOnce},
		{`^the gateway has asked M-PESA what became of the prompt$`, func(ctx context.Context) { w.hasQueried(ctx, 1) }},
		{`^the gateway has asked M-PESA more than once what became of the prompt$`, func(ctx context.Context) { w.hasQueried(ctx, 2) }},
	}
}

// addFaults adds faults of the callback of the customer's prompt.
func (w *world) addFaults(ctx context.Context, faults map[string]any) {
	maps.Copy(w.file.rule(w.phone).Then.Callback, faults)
	w.loadFile(ctx)
}

// moved compares the customer's part of the ledger.
func (w *world) moved(ctx context.Context, shillings int64) {
	prompts := w.prompts(ctx, w.ofCustomer)
	var cents int64
	for _, e := range must(w.control.Ledger(ctx)) {
		if slices.ContainsFunc(prompts, func(r request) bool { return r.Payment == e.CheckoutRequestID }) {
			cents += e.AmountCents
		}
	}
	failIf(cents != shillings*100, "M-PESA moved %s", daraja.Money(cents).Grouped())
}

func (w *world) calledOnce(ctx context.Context) {
	n := 0
	for _, r := range w.recent(ctx) {
		if r.API == "stkpush" && ofOrder(w.last)(r.fields()) {
			n++
		}
	}
	failIf(n != 1, "the gateway called M-PESA %d times for the order", n)
}

func (w *world) hasQueried(ctx context.Context, least int) {
	prompts := w.prompts(ctx, w.ofCustomer)
	n := 0
	for _, r := range w.recent(ctx) {
		id := string(r.fields().CheckoutRequestID)
		if r.API == "stkquery" && slices.ContainsFunc(prompts, func(p request) bool { return p.Payment == id }) {
			n++
		}
	}
	failIf(n < least, "the gateway asked M-PESA %d times", n)
}

// scenarioFileSteps speak of the simulator's scenario files as a tester writes
// them.
func (w *world) scenarioFileSteps() []step {
	return []step{
		{`^the ready scenario "([^"]*)" is loaded$`, func(ctx context.Context, name string) {
			w.loaded = true
			must(w.control.LoadReadyScenario(ctx, name))
		}},
		{`^this scenario file is loaded:$`, func(ctx context.Context, source *godog.DocString) {
			w.tryFile(ctx, source)
			check(w.fileErr)
		}},
		{`^somebody loads this scenario file:$`, w.tryFile},
		{`^the file is refused at line (\d+), naming "([^"]*)"$`, w.fileIsRefused},
	}
}

// tryFile loads a file. A refusal is kept, not returned.
func (w *world) tryFile(ctx context.Context, source *godog.DocString) {
	w.loaded = true
	_, w.fileErr = w.control.LoadScenario(ctx, "", strings.ReplaceAll(source.Content, "{customer}", w.phone))
	checkUnlessRefused(w.fileErr)
}

func (w *world) fileIsRefused(line int, named string) {
	faults := controlclient.ScenarioErrors(w.fileErr)
	failIf(!slices.ContainsFunc(faults, func(f controlclient.ScenarioError) bool { return f.Line == line && strings.Contains(f.Text, named) }),
		"loading the file: %w", cmp.Or(w.fileErr, errors.New("it was not refused")))
}
