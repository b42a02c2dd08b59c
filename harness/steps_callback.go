package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cucumber/godog"

	"github.com/darajabox/darajabox/daraja"
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// callbackSteps speak of callbacks that the scenario itself posts to the gateway,
// true ones and others.
func (w *world) callbackSteps() []step {
	paid := func(change func(*daraja.STKCallback)) func(context.Context, int64) {
		return func(ctx context.Context, shillings int64) {
			body, url := w.paidCallback(ctx, shillings, change)
			w.post(ctx, url, body)
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
		{`^a callback arrives that says the customer paid KES (\d+) with the first payment's receipt$`, func(ctx context.Context, shillings int64) {
			first := w.partner.transaction(ctx, w.orders[0].apiKey, w.orders[0].id)
			failIf(first.Receipt == nil, "the first payment has no receipt")
			paid(func(cb *daraja.STKCallback) { cb.Payment.Receipt = *first.Receipt })(ctx, shillings)
		}},
		{`^a callback arrives that says the prompt ended with result (\d+)$`, func(ctx context.Context, code string) {
			paid(func(cb *daraja.STKCallback) {
				known, _ := daraja.LookupResult(daraja.ResultCode(code))
				cb.ResultCode, cb.ResultDesc, cb.Payment = known.Code, known.Text, nil
			})(ctx, 0)
		}},
		{`^the gateway knows no such address$`, func() { w.callbackAnswered(http.StatusNotFound) }},
		{`^the gateway accepts the callback$`, func() { w.callbackAnswered(http.StatusOK) }},
		{`^the gateway accepts all (\d+) copies of the callback$`, w.copiesAreAccepted},
	}
}

// push is the order's latest prompt, as the simulator's journal has it, with a callback
// URL that the tests can reach.
func (w *world) push(ctx context.Context) (promptID, callbackURL string) {
	prompts := w.prompts(ctx, ofOrder(w.current()))
	failIf(len(prompts) == 0, "M-PESA has no prompt for the order")
	latest := prompts[len(prompts)-1]
	callbackURL = string(latest.fields().CallBackURL)
	if path, ok := strings.CutPrefix(callbackURL, w.at.GatewayForDaraja); ok {
		callbackURL = w.at.Gateway + path
	}
	return latest.Payment, callbackURL
}

// post sends a callback as M-PESA does.
func (w *world) post(ctx context.Context, url string, body []byte) {
	w.callback = w.client.do(ctx, call{
		method: http.MethodPost, url: url, body: body,
		header: map[string]string{"Content-Type": "application/json;charset=UTF-8"},
	})
}

// sentCallback is the callback that M-PESA made of the order's prompt, and its URL.
func (w *world) sentCallback(ctx context.Context) (found controlclient.Record, url string) {
	promptID, url := w.push(ctx)
	w.eventually(ctx, func(ctx context.Context) {
		all := w.callbacks(ctx)
		i := slices.IndexFunc(all, func(c controlclient.Record) bool { return c.Payment == promptID })
		failIf(i < 0, "M-PESA has made no callback of prompt %s", promptID)
		found = all[i]
	})
	return found, url
}

func (w *world) lostCallback(ctx context.Context) {
	lost, url := w.sentCallback(ctx)
	failIf(!lost.Dropped, "the callback was not lost")
	w.post(ctx, url, lost.Request)
}

func (w *world) sameCallback(ctx context.Context, times int) {
	same, url := w.sentCallback(ctx)
	answers, errs := make([]answer, times), make([]error, times)
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() {
			errs[i] = try(func() { answers[i] = w.client.do(ctx, call{method: http.MethodPost, url: url, body: same.Request}) })
		})
	}
	all.Wait()
	check(errors.Join(errs...))
	w.callback = slices.MaxFunc(answers, func(a, b answer) int { return a.status - b.status }) // one that was not accepted
}

func (w *world) callbackWithBody(ctx context.Context, body *godog.DocString) {
	promptID, url := w.push(ctx)
	w.post(ctx, url, []byte(strings.ReplaceAll(body.Content, "{prompt}", promptID)))
}

// paidCallback says that the customer's prompt was paid, which M-PESA does not know of.
func (w *world) paidCallback(ctx context.Context, shillings int64, change func(*daraja.STKCallback)) (body []byte, url string) {
	promptID, url := w.push(ctx)
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
	return must(cb.Encode(daraja.CallbackStyle{})), url
}

func (w *world) callbackWithUnknownToken(ctx context.Context, shillings int64) {
	body, url := w.paidCallback(ctx, shillings, func(*daraja.STKCallback) {})
	token := url[strings.LastIndex(url, "/")+1:]
	w.post(ctx, strings.TrimSuffix(url, token)+strings.Repeat("0", len(token)), body)
}

func (w *world) callbackAnswered(status int) {
	failIf(w.callback.status != status, "the gateway answered the callback with %s", w.callback)
}

// copiesAreAccepted waits until M-PESA has had its answer to each copy.
func (w *world) copiesAreAccepted(ctx context.Context, copies int) {
	promptID, _ := w.push(ctx)
	w.eventually(ctx, func(ctx context.Context) {
		n := 0
		for _, c := range w.callbacks(ctx) {
			if c.Payment == promptID && c.Status == http.StatusOK {
				n++
			}
		}
		failIf(n != copies, "the gateway has accepted %d copies of the callback", n)
	})
}
