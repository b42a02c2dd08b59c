package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
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
	Patience time.Duration // for something that must happen; 0 is 20 s
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

// defaultPatience is generous: it ends what will never happen, and is not a
// measure of how fast a stack should be.
const defaultPatience = 20 * time.Second

// Run runs features against a stack. Whatever did not pass is an error, and so is
// a choice of features that has no scenario.
func Run(ctx context.Context, stack Stack, o Options) (Result, error) {
	if o.Paths == nil {
		o.Paths = []string{"."}
	}
	if o.Format == "" {
		o.Format = "progress"
	}
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
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
	return result, errors.Join(err, s.audit(ctx))
}

// scenario is called by godog before each scenario: its world is made here, so
// that nothing of it outlives the scenario.
func (s *suite) scenario(sc *godog.ScenarioContext) {
	w := s.newWorld()
	for _, step := range w.steps() {
		sc.Step(s.sentence(step.says), step.does)
	}
	sc.Before(func(ctx context.Context, _ *godog.Scenario) (context.Context, error) {
		return ctx, w.begin(ctx)
	})
	sc.After(func(ctx context.Context, told *godog.Scenario, stepErr error) (context.Context, error) {
		err := w.end(ctx, stepErr == nil)
		switch {
		case stepErr != nil && !errors.Is(stepErr, godog.ErrSkip) || err != nil:
			s.result.Failed++
			s.report(told, w)
		case w.leftOut:
			s.result.LeftOut++
		default:
			s.result.Passed++
		}
		return ctx, err
	})
}

// sentence compiles an expression once for all scenarios.
func (s *suite) sentence(says string) *regexp.Regexp {
	if s.sentences[says] == nil {
		s.sentences[says] = regexp.MustCompile(says)
	}
	return s.sentences[says]
}

// report shows what a person needs who looks into a failure.
func (s *suite) report(told *godog.Scenario, w *world) {
	if s.output == nil {
		return
	}
	fmt.Fprintf(s.output, "\n--- %s: scenario %q of %s failed; its logs:\n", s.stack.Name(), told.Name, told.Uri)
	if file := w.file.String(); file != "" {
		fmt.Fprintf(s.output, "--- with this scenario file:\n%s\n", file)
	}
	fmt.Fprintf(s.output, "%s--- end of the logs\n", s.stack.Logs())
}
