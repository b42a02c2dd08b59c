// Package harness runs the Gherkin features against a gateway and a simulator of
// M-PESA. It knows them by their addresses alone: a Stack says where they are, and
// the same steps drive services in this process, in containers, or anywhere else.
//
// A scenario has a customer, orders and a webhook address of its own, so nothing
// has to be wiped between two of them. After each, and once more after the last,
// the records of the three parties (the partner's webhooks, the gateway's payments,
// M-PESA's ledger and journal) are compared; see
// Violations.
package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/cucumber/godog"
)

// Options chooses what Run runs.
type Options struct {
	Features fs.FS         // where the feature files are
	Paths    []string      // files or folders in Features; nil is all
	Format   string        // godog's; "" is progress
	Output   io.Writer     // of the format, and of the logs of a scenario that failed
	Timeout  time.Duration // for something that must happen; 0 is 20 s
}

// Result counts scenarios, each row of an outline being one.
type Result struct {
	Passed  int
	Failed  int
	LeftOut int // of a stack that cannot do what they ask for
}

// String is the result in words.
func (r Result) String() string {
	words := fmt.Sprintf("%d scenarios passed", r.Passed)
	if r.Failed > 0 {
		words += fmt.Sprintf(", %d failed", r.Failed)
	}
	if r.LeftOut > 0 {
		words += fmt.Sprintf(", %d left out", r.LeftOut)
	}
	return words
}

// defaultTimeout is long: it is no measure of how fast a stack should be.
const defaultTimeout = 20 * time.Second

// Run runs features against a stack. It is an error when a scenario fails, and when none
// is in the chosen features.
func Run(ctx context.Context, stack Stack, o Options) (Result, error) {
	if o.Paths == nil {
		o.Paths = []string{"."}
	}
	o.Format = cmp.Or(o.Format, "progress")
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	s, err := newSuite(ctx, stack, o)
	if err != nil {
		return Result{}, err
	}
	defer s.client.close()
	status := godog.TestSuite{
		Name:                stack.Name(),
		ScenarioInitializer: s.scenario,
		Options: &godog.Options{
			Strict: true, Format: o.Format, NoColors: true, Output: o.Output,
			FS: o.Features, Paths: o.Paths, DefaultContext: ctx,
		},
	}.Run()
	result := s.result
	switch {
	case status != 0:
		err = fmt.Errorf("%s: %s", stack.Name(), result)
	case result.Passed == 0:
		return result, fmt.Errorf("%s: no scenario in %s", stack.Name(), strings.Join(o.Paths, ", "))
	}
	return result, errors.Join(err, try(func() { s.audit(ctx) }))
}

// scenario is called by godog before each scenario: its world is made here, so
// that nothing of it outlives the scenario.
func (s *suite) scenario(sc *godog.ScenarioContext) {
	w := s.newWorld()
	for _, step := range w.steps() {
		sc.Step(step.says, handler(step.does))
	}
	sc.Before(func(ctx context.Context, _ *godog.Scenario) (context.Context, error) {
		return ctx, try(func() { w.begin(ctx) })
	})
	sc.After(func(ctx context.Context, scenario *godog.Scenario, stepErr error) (context.Context, error) {
		err := w.end(ctx, stepErr == nil)
		switch {
		case stepErr != nil && !errors.Is(stepErr, godog.ErrSkip) || err != nil:
			s.result.Failed++
			s.report(scenario, w)
		case w.leftOut:
			s.result.LeftOut++
		default:
			s.result.Passed++
		}
		return ctx, err
	})
}

// report shows the logs and the scenario file of a failure.
func (s *suite) report(scenario *godog.Scenario, w *world) {
	if s.output == nil {
		return
	}
	fmt.Fprintf(s.output, "\n--- %s: scenario %q of %s failed; its logs:\n", s.stack.Name(), scenario.Name, scenario.Uri)
	fmt.Fprintf(s.output, "--- with this scenario file:\n%s\n", w.file.String())
	fmt.Fprintf(s.output, "%s--- end of the logs\n", s.stack.Logs())
}

// step is a sentence of a feature, as a regular expression, and what it does. See failure
// for how it fails.
type step struct {
	says string
	does any
}

// steps are all sentences that the features may use, by their subject.
func (w *world) steps() []step {
	return slices.Concat(
		w.customerSteps(), w.mpesaSteps(), w.callbackSteps(), w.partnerSteps(), w.badOrderSteps(), w.duplicateSteps(),
		w.gatewaySteps(), w.webhookSteps(), w.timeSteps(), w.bulkSteps(), w.inboxSteps(), w.developerSteps(),
		w.refusalSteps(), w.scenarioFileSteps(), w.limitSteps(), w.merchantSteps(), w.reviewSteps(), w.apiSteps(),
	)
}
