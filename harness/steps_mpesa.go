package harness

import (
	"context"
	"fmt"

	"github.com/cucumber/godog"
)

// mpesaSteps speak of how M-PESA behaves, and of what it knows.
func (w *world) mpesaSteps() []step {
	return []step{
		{`^M-PESA's setting "([^"]*)" is "([^"]*)"$`, w.aSetting},
		{`^M-PESA delays the callback by (\d+) seconds$`, w.theCallbackIsLate},
		{`^M-PESA sends the callback (\d+) times, (\d+) seconds apart$`, w.theCallbackIsCopied},
		{`^M-PESA loses the callback$`, w.theCallbackIsLost},
		{`^M-PESA puts the receipt of the previous payment on the callback$`, w.theReceiptIsReused},
		{`^M-PESA is slow to answer the gateway$`, w.mpesaIsSlow},
		{`^M-PESA answers the gateway$`, w.mpesaAnswers},
		{`^M-PESA moved KES (\d+)$`, w.moved},
		{`^the gateway has called M-PESA once for the order$`, w.calledOnce},
		{`^the gateway has asked M-PESA what became of the prompt$`, func(ctx context.Context) error { return w.hasAsked(ctx, 1) }},
		{`^the gateway has asked M-PESA more than once what became of the prompt$`, func(ctx context.Context) error { return w.hasAsked(ctx, 2) }},
	}
}

// loadFile puts what the steps have said of M-PESA so far in charge.
func (w *world) loadFile(ctx context.Context) error {
	w.loaded = true
	a, err := w.control.loadFile(ctx, w.file.String())
	if err != nil {
		return err
	}
	if a.status != 200 {
		return fmt.Errorf("the simulator does not take this scenario file: %s\n%s", a, w.file.String())
	}
	return nil
}

func (w *world) aSetting(ctx context.Context, name, value string) error {
	w.file.set(name, value)
	return w.loadFile(ctx)
}

func (w *world) callbackFault(ctx context.Context, parts ...string) error {
	r := w.file.rule(w.phone)
	r.callback = append(r.callback, parts...)
	return w.loadFile(ctx)
}

func (w *world) theCallbackIsLate(ctx context.Context, seconds int) error {
	return w.callbackFault(ctx, fmt.Sprintf("delay: %ds", seconds))
}

func (w *world) theCallbackIsCopied(ctx context.Context, times, apart int) error {
	return w.callbackFault(ctx, fmt.Sprintf("copies: %d", times), fmt.Sprintf("gap: %ds", apart))
}

func (w *world) theCallbackIsLost(ctx context.Context) error {
	return w.callbackFault(ctx, "drop: true")
}

func (w *world) theReceiptIsReused(ctx context.Context) error {
	return w.callbackFault(ctx, "reuse_receipt_of: previous")
}

func (w *world) mpesaIsSlow(ctx context.Context) error {
	holder, ok := w.stack.(Holder)
	if !ok {
		w.leftOut = true
		return godog.ErrSkip // nobody between the two can be told to wait
	}
	var err error
	w.release, err = holder.Hold(ctx)
	return err
}

func (w *world) mpesaAnswers(ctx context.Context) error {
	release := w.release
	w.release = nil
	return release(ctx)
}

// moved compares the customer's part of the ledger.
func (w *world) moved(ctx context.Context, shillings int64) error {
	prompts, err := w.prompts(ctx)
	if err != nil {
		return err
	}
	entries, err := w.control.ledger(ctx)
	if err != nil {
		return err
	}
	var cents int64
	for _, e := range entries {
		if prompts[e.PromptID] {
			cents += e.Cents
		}
	}
	if cents != shillings*100 {
		return fmt.Errorf("M-PESA moved KES %d.%02d", cents/100, cents%100)
	}
	return nil
}

// prompts are the ids of the prompts that the customer had in this scenario.
func (w *world) prompts(ctx context.Context) (map[string]bool, error) {
	requests, err := w.recent(ctx)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]bool)
	for _, r := range requests {
		if r.accepted() && text(r.fields().PhoneNumber) == w.phone {
			ids[r.PromptID] = true
		}
	}
	return ids, nil
}

func (w *world) calledOnce(ctx context.Context) error {
	requests, err := w.recent(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, r := range requests {
		if r.API == "stkpush" && r.fields().AccountReference == w.last.reference {
			n++
		}
	}
	if n != 1 {
		return fmt.Errorf("the gateway called M-PESA %d times for the order", n)
	}
	return nil
}

func (w *world) hasAsked(ctx context.Context, times int) error {
	prompts, err := w.prompts(ctx)
	if err != nil {
		return err
	}
	requests, err := w.recent(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, r := range requests {
		if r.API == "stkquery" && prompts[text(r.fields().CheckoutRequestID)] {
			n++
		}
	}
	if n < times {
		return fmt.Errorf("the gateway asked M-PESA %d times", n)
	}
	return nil
}
