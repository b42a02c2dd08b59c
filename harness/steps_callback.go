package harness

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cucumber/godog"

	"github.com/darajabox/darajabox/daraja"
)

// callbackSteps speak of callbacks that the scenario itself posts to the gateway,
// true ones and others.
func (w *world) callbackSteps() []step {
	return []step{
		{`^the lost callback arrives after all$`, w.theLostCallback},
		{`^the same callback arrives (\d+) more times at once$`, w.theSameCallback},
		{`^a callback arrives with the body:$`, w.aCallbackWithBody},
		{`^a callback arrives at an address that the gateway never gave out, saying that the customer paid KES (\d+)$`, w.aCallbackForNobody},
		{`^a callback arrives that says the customer paid KES (\d+)$`, w.aPaidCallback},
		{`^a callback arrives that says another phone paid KES (\d+)$`, w.aPaidCallbackOfAnotherPhone},
		{`^a callback arrives that says the customer paid KES (\d+) at another prompt$`, w.aPaidCallbackOfAnotherPrompt},
		{`^a callback arrives that says the customer paid KES (\d+) with the first payment's receipt$`, w.aPaidCallbackWithFirstReceipt},
		{`^a callback arrives that says the prompt ended with result (\d+)$`, w.aFailedCallback},
		{`^the gateway knows no such address$`, w.theAddressIsUnknown},
		{`^the gateway accepts the callback$`, w.theCallbackIsAccepted},
		{`^the gateway accepts all (\d+) copies of the callback$`, w.theCopiesAreAccepted},
	}
}

// push is the order's latest prompt, as the simulator's journal has it.
func (w *world) push(ctx context.Context) (promptID, callbackURL string, err error) {
	if _, err := w.current(); err != nil {
		return "", "", err
	}
	requests, err := w.recent(ctx)
	if err != nil {
		return "", "", err
	}
	for _, r := range requests {
		if f := r.fields(); r.accepted() && f.AccountReference == w.last.reference {
			promptID, callbackURL = r.PromptID, text(f.CallBackURL)
		}
	}
	if promptID == "" {
		return "", "", fmt.Errorf("M-PESA has no prompt for the order")
	}
	return promptID, w.reachable(callbackURL), nil
}

// reachable turns a callback URL into one that the tests can post to.
func (w *world) reachable(callbackURL string) string {
	if rest, ok := strings.CutPrefix(callbackURL, w.at.GatewayForDaraja); ok {
		return w.at.Gateway + rest
	}
	return callbackURL
}

// arrive posts a callback as M-PESA does.
func (w *world) arrive(ctx context.Context, url string, body []byte) error {
	var err error
	w.callback, err = w.client.do(ctx, call{
		method: http.MethodPost, url: url, body: body,
		header: map[string]string{"Content-Type": "application/json;charset=UTF-8"},
	})
	return err
}

// journalled is the callback that M-PESA made of the order's prompt.
func (w *world) journalled(ctx context.Context) (sentCallback, string, error) {
	var found sentCallback
	promptID, url, err := w.push(ctx)
	if err != nil {
		return found, "", err
	}
	err = w.eventually(ctx, func(ctx context.Context) error {
		all, err := w.control.callbacks(ctx, w.since)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.PromptID == promptID {
				found = c
				return nil
			}
		}
		return fmt.Errorf("M-PESA has made no callback of prompt %s", promptID)
	})
	return found, url, err
}

func (w *world) theLostCallback(ctx context.Context) error {
	lost, url, err := w.journalled(ctx)
	if err != nil {
		return err
	}
	if !lost.Dropped {
		return fmt.Errorf("the callback was not lost")
	}
	return w.arrive(ctx, url, lost.Body)
}

func (w *world) theSameCallback(ctx context.Context, times int) error {
	same, url, err := w.journalled(ctx)
	if err != nil {
		return err
	}
	type outcome struct {
		answer
		err error
	}
	done := make(chan outcome)
	for range times {
		go func() {
			a, err := w.client.do(ctx, call{method: http.MethodPost, url: url, body: same.Body})
			done <- outcome{a, err}
		}()
	}
	for range times {
		o := <-done
		if o.err != nil {
			err = o.err
		}
		if w.callback.status/100 <= 2 { // keep one that was not accepted
			w.callback = o.answer
		}
	}
	return err
}

func (w *world) aCallbackWithBody(ctx context.Context, body *godog.DocString) error {
	promptID, url, err := w.push(ctx)
	if err != nil {
		return err
	}
	return w.arrive(ctx, url, []byte(strings.ReplaceAll(body.Content, "{prompt}", promptID)))
}

// paid is the body of a payment that never was, at the customer's prompt.
func (w *world) paid(ctx context.Context, shillings int64, change func(*daraja.STKCallback)) (body []byte, url string, err error) {
	promptID, url, err := w.push(ctx)
	if err != nil {
		return nil, "", err
	}
	w.phones++
	cb := daraja.STKCallback{
		MerchantRequestID: "29115-34620561-1", CheckoutRequestID: promptID,
		ResultCode: daraja.ResultSuccess, ResultDesc: "The service request is processed successfully.",
		Payment: &daraja.STKPayment{
			Amount: daraja.Money(shillings * 100), Receipt: fmt.Sprintf("ZZ%08d", w.phones%100_000_000),
			At: time.Now(), Phone: w.phone,
		},
	}
	change(&cb)
	body, err = cb.Encode(daraja.CallbackStyle{})
	return body, url, err
}

func (w *world) paidCallback(ctx context.Context, shillings int64, change func(*daraja.STKCallback)) error {
	body, url, err := w.paid(ctx, shillings, change)
	if err != nil {
		return err
	}
	return w.arrive(ctx, url, body)
}

func (w *world) aPaidCallback(ctx context.Context, shillings int64) error {
	return w.paidCallback(ctx, shillings, func(*daraja.STKCallback) {})
}

func (w *world) aPaidCallbackOfAnotherPhone(ctx context.Context, shillings int64) error {
	return w.paidCallback(ctx, shillings, func(cb *daraja.STKCallback) { cb.Payment.Phone = w.newPhone() })
}

func (w *world) aPaidCallbackOfAnotherPrompt(ctx context.Context, shillings int64) error {
	return w.paidCallback(ctx, shillings, func(cb *daraja.STKCallback) {
		cb.CheckoutRequestID = "ws_CO_01012026120000000700000000"
	})
}

func (w *world) aPaidCallbackWithFirstReceipt(ctx context.Context, shillings int64) error {
	first, err := w.partner.transaction(ctx, w.orders[0].apiKey, w.orders[0].id)
	if err != nil {
		return err
	}
	if first.Receipt == nil {
		return fmt.Errorf("the first payment has no receipt")
	}
	return w.paidCallback(ctx, shillings, func(cb *daraja.STKCallback) { cb.Payment.Receipt = *first.Receipt })
}

func (w *world) aCallbackForNobody(ctx context.Context, shillings int64) error {
	body, url, err := w.paid(ctx, shillings, func(*daraja.STKCallback) {})
	if err != nil {
		return err
	}
	token := url[strings.LastIndex(url, "/")+1:]
	return w.arrive(ctx, strings.TrimSuffix(url, token)+strings.Repeat("0", len(token)), body)
}

func (w *world) aFailedCallback(ctx context.Context, code string) error {
	return w.paidCallback(ctx, 0, func(cb *daraja.STKCallback) {
		known, _ := daraja.LookupResult(daraja.ResultCode(code))
		cb.ResultCode, cb.ResultDesc, cb.Payment = known.Code, known.Text, nil
	})
}

func (w *world) theCallbackIsAccepted() error {
	if w.callback.status != http.StatusOK {
		return fmt.Errorf("the gateway answered the callback with %s", w.callback)
	}
	return nil
}

func (w *world) theAddressIsUnknown() error {
	if w.callback.status != http.StatusNotFound {
		return fmt.Errorf("the gateway answered the callback with %s", w.callback)
	}
	return nil
}

// theCopiesAreAccepted waits until M-PESA has had its answer to each copy.
func (w *world) theCopiesAreAccepted(ctx context.Context, copies int) error {
	promptID, _, err := w.push(ctx)
	if err != nil {
		return err
	}
	return w.eventually(ctx, func(ctx context.Context) error {
		all, err := w.control.callbacks(ctx, w.since)
		if err != nil {
			return err
		}
		n := 0
		for _, c := range all {
			if c.PromptID == promptID && c.Status == http.StatusOK {
				n++
			}
		}
		if n != copies {
			return fmt.Errorf("the gateway has accepted %d copies of the callback", n)
		}
		return nil
	})
}
