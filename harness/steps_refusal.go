package harness

import (
	"context"
	"fmt"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// refusalSteps speak of what M-PESA refuses, and of why.
func (w *world) refusalSteps() []step {
	return []step{
		{`^M-PESA refuses with "([^"]*)"$`, w.mpesaRefuses},
		{`^M-PESA refuses without a word$`, w.mpesaRefusesWithoutAWord},
		{`^the simulator explains "([^"]*)"$`, w.theSimulatorExplains},
	}
}

func (w *world) mpesaRefuses(words string) error {
	e, ok := daraja.ParseError(w.daraja.status, w.daraja.body)
	if !ok || w.daraja.status < 400 || e.Message != words {
		return fmt.Errorf("M-PESA answered %s", w.daraja)
	}
	return nil
}

func (w *world) mpesaRefusesWithoutAWord() error {
	if w.daraja.status != 400 || len(w.daraja.body) > 0 {
		return fmt.Errorf("M-PESA answered %s", w.daraja)
	}
	return nil
}

// theSimulatorExplains looks for the reason that a developer finds in the journal.
func (w *world) theSimulatorExplains(ctx context.Context, reason string) error {
	return w.eventually(ctx, func(ctx context.Context) error {
		requests, err := w.recent(ctx)
		if err != nil {
			return err
		}
		last := request{Reason: "nothing"}
		for _, r := range requests {
			if r.Status >= 400 {
				last = r
			}
		}
		if !strings.Contains(last.Reason, reason) {
			return fmt.Errorf("the simulator explains: %s", last.Reason)
		}
		return nil
	})
}
