package harness

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cucumber/godog"

	"github.com/darajabox/darajabox/daraja"
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// callbackSteps speak of callbacks that the scenario itself posts to the gateway,
// true ones and others.
func (w *world) callbackSteps() []step {
	paid := func(change func(*daraja.STKCallback)) func(context.Context, int64) error {
		return func(ctx context.Context, shillings int64) error {
			body, url, err := w.paidCallback(ctx, shillings, change)
			if err != nil {
				return err
			}
			return w.post(ctx, url, body)
		}
	}
	return []step{
		{`^the lost callback arrives after all$`, w.lostCallback},
		{`^the same callback arrives (\d+) more times at once$`, w.sameCallback},
		{`^a callback arrives with the body:$`, w.callbackWithBody},
		{`^a callback arrives at an address that the gateway never gave out, saying that the customer paid KES (\d+)$`, w.callbackWithUnknownToken},
		{`^a callback arrives that says the customer paid KES (\d+)$`, paid(func(*daraja.STKCallback) {})},
		{`^a callback arrives that says another phone paid KES (\d+)$`, paid(func(cb *daraja.STKCallback) { cb.Payment.Phone = w.newPhone() })},
		{`^a callback arrives that says the customer paid KES (\d+) at another prompt$`, paid(func(cb *daraja.STKCallback) {
			cb.CheckoutRequestID = "ws_CO_01012026120000000700000000"
		})},
		{`^a callback arrives that says the customer paid KES (\d+) with the first payment's receipt$`, w.callbackWithFirstReceipt},
		{`^a callback arrives that says the prompt ended with result (\d+)$`, func(ctx context.Context, code string) error {
			return paid(func(cb *daraja.STKCallback) {
				known, _ := daraja.LookupResult(daraja.ResultCode(code))
				cb.ResultCode, cb.ResultDesc, cb.Payment = known.Code, known.Text, nil
			})(ctx, 0)
		}},
		{`^the gateway knows no such address$`, func() error { return w.callbackAnswered(http.StatusNotFound) }},
		{`^the gateway accepts the callback$`, func() error { return w.callbackAnswered(http.StatusOK) }},
		{`^the gateway accepts all (\d+) copies of the callback$`, w.copiesAreAccepted},
	}
}

// push is the order's latest prompt, as the simulator's journal has it, with a callback
// URL that the tests can reach.
func (w *world) push(ctx context.Context) (promptID, callbackURL string, err error) {
	o, err := w.current()
	if err != nil {
		return "", "", err
	}
	prompts, err := w.prompts(ctx, ofOrder(o))
	if err != nil {
		return "", "", err
	}
	if len(prompts) == 0 {
		return "", "", fmt.Errorf("M-PESA has no prompt for the order")
	}
	latest := prompts[len(prompts)-1]
	callbackURL = string(latest.fields().CallBackURL)
	if path, ok := strings.CutPrefix(callbackURL, w.at.GatewayForDaraja); ok {
		callbackURL = w.at.Gateway + path
	}
	return latest.Payment, callbackURL, nil
}

// post sends a callback as M-PESA does.
func (w *world) post(ctx context.Context, url string, body []byte) error {
	var err error
	w.callback, err = w.client.do(ctx, call{
		method: http.MethodPost, url: url, body: body,
		header: map[string]string{"Content-Type": "application/json;charset=UTF-8"},
	})
	return err
}

// sentCallback is the callback that M-PESA made of the order's prompt, and its URL.
func (w *world) sentCallback(ctx context.Context) (found controlclient.Record, url string, err error) {
	promptID, url, err := w.push(ctx)
	if err != nil {
		return found, "", err
	}
	err = w.eventually(ctx, func(ctx context.Context) error {
		all, err := w.callbacks(ctx, w.since)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(c controlclient.Record) bool { return c.Payment == promptID })
		if i < 0 {
			return fmt.Errorf("M-PESA has made no callback of prompt %s", promptID)
		}
		found = all[i]
		return nil
	})
	return found, url, err
}

func (w *world) lostCallback(ctx context.Context) error {
	lost, url, err := w.sentCallback(ctx)
	if err != nil {
		return err
	}
	if !lost.Dropped {
		return fmt.Errorf("the callback was not lost")
	}
	return w.post(ctx, url, lost.Request)
}

func (w *world) sameCallback(ctx context.Context, times int) error {
	same, url, err := w.sentCallback(ctx)
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
			a, err := w.client.do(ctx, call{method: http.MethodPost, url: url, body: same.Request})
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

func (w *world) callbackWithBody(ctx context.Context, body *godog.DocString) error {
	promptID, url, err := w.push(ctx)
	if err != nil {
		return err
	}
	return w.post(ctx, url, []byte(strings.ReplaceAll(body.Content, "{prompt}", promptID)))
}

// paidCallback says that the customer's prompt was paid, which M-PESA does not know of.
func (w *world) paidCallback(ctx context.Context, shillings int64, change func(*daraja.STKCallback)) (body []byte, url string, err error) {
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

func (w *world) callbackWithFirstReceipt(ctx context.Context, shillings int64) error {
	first, err := w.partner.transaction(ctx, w.orders[0].apiKey, w.orders[0].id)
	if err != nil {
		return err
	}
	if first.Receipt == nil {
		return fmt.Errorf("the first payment has no receipt")
	}
	body, url, err := w.paidCallback(ctx, shillings, func(cb *daraja.STKCallback) { cb.Payment.Receipt = *first.Receipt })
	if err != nil {
		return err
	}
	return w.post(ctx, url, body)
}

func (w *world) callbackWithUnknownToken(ctx context.Context, shillings int64) error {
	body, url, err := w.paidCallback(ctx, shillings, func(*daraja.STKCallback) {})
	if err != nil {
		return err
	}
	token := url[strings.LastIndex(url, "/")+1:]
	return w.post(ctx, strings.TrimSuffix(url, token)+strings.Repeat("0", len(token)), body)
}

func (w *world) callbackAnswered(status int) error {
	return failIf(w.callback.status != status, "the gateway answered the callback with %s", w.callback)
}

// copiesAreAccepted waits until M-PESA has had its answer to each copy.
func (w *world) copiesAreAccepted(ctx context.Context, copies int) error {
	promptID, _, err := w.push(ctx)
	if err != nil {
		return err
	}
	return w.eventually(ctx, func(ctx context.Context) error {
		all, err := w.callbacks(ctx, w.since)
		n := 0
		for _, c := range all {
			if c.Payment == promptID && c.Status == http.StatusOK {
				n++
			}
		}
		return cmp.Or(err, failIf(n != copies, "the gateway has accepted %d copies of the callback", n))
	})
}
