package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

const (
	accepted = `{"status":"success","transaction_id":1,"message":"STK Push accepted for processing"}`
	success  = `{"transaction_id":1,"merchant_request_id":"29115-1-1","checkout_request_id":"ws_CO_1","result_code":0,` +
		`"result_desc":"The service request is processed successfully.","amount":150,"mpesa_receipt":"TEM0000001",` +
		`"transaction_date":"2025-05-22T08:47:05Z","phone":"254708374149","status":"successful"}`
)

func TestWholePayment(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	a := start(t, config(t, d.URL))
	if got := pay(t, a, p); got != (response{200, accepted}) {
		t.Fatalf("got %+v", got)
	}
	if got := status(t, a, 1); got != "pending" {
		t.Errorf("before the callback: %s", got)
	}
	push := next(t, d.made)
	d.call(t, push, 1, daraja.ResultSuccess)
	if got := next(t, p.received); got != success {
		t.Errorf("webhook\n%s\nwant\n%s", got, success)
	}
	if got := status(t, a, 1); got != "successful" {
		t.Errorf("after the callback: %s", got)
	}
	if !strings.HasPrefix(string(push.CallBackURL), a.URL()+"/daraja/stk/") {
		t.Errorf("Daraja was told to call %s", push.CallBackURL)
	}
	d.call(t, push, 1, daraja.ResultSuccess) // twice
	stop(t, a)
	none(t, p.received)
	none(t, d.made)
}

func TestRestartDeliversWhatWasOwed(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	p.answers(func(ctx context.Context) int { // nothing, until the gateway hangs up
		<-ctx.Done()
		return 500
	})
	first := start(t, cfg)
	pay(t, first, p)
	d.call(t, next(t, d.made), 1, daraja.ResultSuccess)
	next(t, p.received)
	stop(t, first)

	p.answers(nil)
	second := start(t, cfg)
	if got := next(t, p.received); got != success {
		t.Errorf("got %s", got)
	}
	if got := status(t, second, 1); got != "successful" {
		t.Errorf("got %s", got)
	}
}

func TestAHundredCopiesMakeOnePush(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	a := start(t, config(t, d.URL))
	const copies = 100
	got := make(chan response, copies)
	var all sync.WaitGroup
	for range copies {
		all.Go(func() {
			r, err := do(context.Background(), http.MethodPost, a.URL()+"/api/v1/mpesa/stk_push", order(p), "X-Idempotency-Key", "order-1")
			if err != nil {
				t.Error(err)
			}
			got <- r
		})
	}
	all.Wait()
	close(got)
	counts := map[int]int{}
	for r := range got {
		counts[r.status]++
	}
	if counts[200]+counts[409] != copies || counts[200] == 0 {
		t.Errorf("got %v", counts)
	}
	const duplicate = `{"status":"duplicate","transaction_id":1,"message":"Duplicate request (idempotency)"}`
	if got := pay(t, a, p, "X-Idempotency-Key", "order-1"); got != (response{200, duplicate}) {
		t.Errorf("got %+v", got)
	}
	other := strings.Replace(order(p), "150", "151", 1)
	if got := post(t, a.URL()+"/api/v1/mpesa/stk_push", other, "X-Idempotency-Key", "order-1"); got.status != 422 {
		t.Errorf("another body: %+v", got)
	}
	if n := d.count(); n != 1 {
		t.Errorf("%d pushes", n)
	}
}

func TestRefusalIsOnRecord(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	d.onPush = func(context.Context, int) (int, string) {
		return 500, `{"requestId":"1","errorCode":"500.001.1001","errorMessage":"Merchant does not exist"}`
	}
	a := start(t, config(t, d.URL))
	want := response{502, `{"status":"error","message":"Merchant does not exist (500.001.1001)","transaction_id":1}`}
	for range 2 { // the same key gives the same answer for good
		if got := pay(t, a, p, "X-Idempotency-Key", "order-1"); got != want {
			t.Errorf("got %+v", got)
		}
	}
	if got := status(t, a, 1); got != "failed" {
		t.Errorf("on record as %s", got)
	}
	if n := d.count(); n != 1 {
		t.Errorf("%d pushes", n)
	}
	stop(t, a)
	none(t, p.received)
}

func TestDarajaThatIsNotThereIsARefusal(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	a := start(t, config(t, d.URL))
	d.Close()
	want := response{502, `{"status":"error","message":"M-PESA could not be reached","transaction_id":1}`}
	if got := pay(t, a, p); got != want {
		t.Errorf("got %+v", got)
	}
}

// Daraja reads a push over a kept connection and hangs up. Whatever the partner
// sent as idempotency key, nobody pushes again; the callback still finds its
// payment.
func TestUnansweredPushIsNotRepeated(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	d.onPush = func(context.Context, int) (int, string) { return 0, "" }
	a := start(t, config(t, d.URL))
	got := pay(t, a, p, "X-Idempotency-Key", "order-1")
	if got.status != 504 || !strings.Contains(got.body, `"transaction_id":1`) {
		t.Errorf("got %+v", got)
	}
	if got := pay(t, a, p, "X-Idempotency-Key", "order-1"); got.status != 200 || !strings.Contains(got.body, `"duplicate"`) {
		t.Errorf("the same again: %+v", got)
	}
	if n := d.count(); n != 1 {
		t.Fatalf("%d pushes", n)
	}
	if got := status(t, a, 1); got != "pending" {
		t.Errorf("unanswered is %s", got)
	}
	d.call(t, next(t, d.made), 1, daraja.ResultSuccess)
	if got := next(t, p.received); got != success {
		t.Errorf("got %s", got)
	}
}

func TestPartnerDownThenUp(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	a := start(t, config(t, d.URL))
	var n atomic.Int64
	p.answers(func(context.Context) int {
		if n.Add(1) < 3 {
			return 503
		}
		return 200
	})
	pay(t, a, p)
	d.call(t, next(t, d.made), 1, daraja.ResultSuccess)
	for range 3 {
		if got := next(t, p.received); got != success {
			t.Errorf("got %s", got)
		}
	}
	stop(t, a)
	none(t, p.received)
}

// 4005 is pushed again, three times in all, and told once. Speed divides the five
// seconds between.
func TestRetryablePushes(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	cfg.Speed = 1000
	cfg.Waits.Callback = 1000 * time.Hour
	a := start(t, cfg)
	pay(t, a, p)
	for n := 1; n <= 3; n++ {
		d.call(t, next(t, d.made), n, daraja.ResultTimeout)
	}
	if got := next(t, p.received); !strings.Contains(got, `"result_code":4005,`) || !strings.Contains(got, `"status":"failed"`) {
		t.Errorf("got %s", got)
	}
	stop(t, a)
	none(t, p.received)
	none(t, d.made)
}

func TestPaymentWithoutCallbackIsAskedFor(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	var n atomic.Int64
	d.onQuery = func(id string) (int, string) {
		code := "4999"
		if n.Add(1) > 1 {
			code = "1032"
		}
		return 200, fmt.Sprintf(`{"ResponseCode":"0","CheckoutRequestID":%q,"ResultCode":%q,"ResultDesc":"Request cancelled by user"}`, id, code)
	}
	cfg := config(t, d.URL)
	cfg.Speed = 1e6 // an hour without callback is 3.6 ms
	cfg.Waits.Query = []time.Duration{time.Hour, time.Hour, time.Hour}
	a := start(t, cfg)
	pay(t, a, p)
	if got := next(t, p.received); !strings.Contains(got, `"result_code":1032,`) {
		t.Errorf("got %s", got)
	}
	if got := status(t, a, 1); got != "failed" {
		t.Errorf("got %s", got)
	}
}
