package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

const hook = "https://shop.example.com/hook?key=k"

// hooks are three webhooks of this partner and one of another.
func hooks() []*gateway.Delivery {
	d := gateway.Delivery{
		ID: 1, PaymentID: 102, Partner: "local", MessageID: "msg_a", URL: hook, Endpoint: "https://shop.example.com:443",
		Body: []byte(`{"phone":"254712345678"}`), State: gateway.DeliveryExhausted, Attempts: 10, Tries: 10,
		Reason: "10 tries have failed, the last: answered 503", CreatedAt: created, UpdatedAt: created.Add(75 * time.Hour),
	}
	due, other, done := d, d, d
	due.ID, due.State, due.Reason, due.DueAt = 2, gateway.DeliveryDue, "", created.Add(time.Minute)
	other.ID, other.Partner = 3, "other"
	done.ID, done.State, done.Reason, done.Resends = 4, gateway.DeliveryDone, "", 1
	return []*gateway.Delivery{&d, &due, &other, &done}
}

const (
	exhausted = `{"id":1,"transaction_id":102,"message_id":"msg_a","url":"` + hook + `","state":"exhausted",` +
		`"reason":"10 tries have failed, the last: answered 503","attempts":10,"resends":0,"due_at":null,` +
		`"created_at":"2025-05-22T08:47:05Z","updated_at":"2025-05-25T11:47:05Z"`
	waiting = `{"id":2,"transaction_id":102,"message_id":"msg_a","url":"` + hook + `","state":"due",` +
		`"reason":null,"attempts":10,"resends":0,"due_at":"2025-05-22T08:48:05Z",` +
		`"created_at":"2025-05-22T08:47:05Z","updated_at":"2025-05-25T11:47:05Z"`
)

func TestDeliveriesAreListedInPages(t *testing.T) {
	f := newFront(t, nil)
	f.hooks = hooks()
	want(t, f.call(t, http.MethodGet, "/api/v1/deliveries?state=exhausted&after=0&limit=2", ""), 200,
		`{"deliveries":[`+exhausted+`},`+waiting+`}],"next":2}`)
	if f.filter != (gateway.DeliveryFilter{Partner: "local", State: gateway.DeliveryExhausted, Limit: 2}) {
		t.Errorf("asked for %+v", f.filter)
	}
	want(t, f.call(t, http.MethodGet, "/api/v1/deliveries?after=4", ""), 200, `{"deliveries":[],"next":null}`)
	if f.filter != (gateway.DeliveryFilter{Partner: "local", After: 4, Limit: 50}) {
		t.Errorf("asked for %+v", f.filter)
	}
}

func TestDeliveriesRefuseOtherQueries(t *testing.T) {
	for query, message := range map[string]string{
		"state=lost": "state must be due, delivered or exhausted",
		"after=x":    "after must be the id of a delivery",
		"after=-1":   "after must be the id of a delivery",
		"after=":     "after must be the id of a delivery",
		"limit=0":    "limit must be 1 to 500",
		"limit=501":  "limit must be 1 to 500",
		"limit=all":  "limit must be 1 to 500",
	} {
		f := newFront(t, nil)
		want(t, f.call(t, http.MethodGet, "/api/v1/deliveries?"+query, ""), 400, `{"status":"error","message":"`+message+`"}`)
	}
}

func TestDeliveryHasItsAttempts(t *testing.T) {
	f := newFront(t, nil)
	f.hooks = hooks()
	f.tries = []gateway.Attempt{
		{DeliveryID: 1, Number: 1, At: created, Took: 1500 * time.Millisecond, Detail: "no answer within 15s"},
		{DeliveryID: 1, Number: 2, At: created, Took: time.Millisecond, Status: 503, Detail: "answered 503", Reply: "busy"},
		{DeliveryID: 1, Number: 3, At: created, Status: 200, Reply: "ok"},
	}
	want(t, f.call(t, http.MethodGet, "/api/v1/deliveries/1", ""), 200, exhausted+`,"attempts_total":10,"log":[`+
		`{"number":1,"at":"2025-05-22T08:47:05Z","took_ms":1500,"status":null,"detail":"no answer within 15s","reply":""},`+
		`{"number":2,"at":"2025-05-22T08:47:05Z","took_ms":1,"status":503,"detail":"answered 503","reply":"busy"},`+
		`{"number":3,"at":"2025-05-22T08:47:05Z","took_ms":0,"status":200,"detail":null,"reply":"ok"}]}`)
}

func TestResendIsAccepted(t *testing.T) {
	f := newFront(t, nil)
	f.hooks = hooks()
	want(t, f.call(t, http.MethodPost, "/api/v1/deliveries/2/resend", ""), 202, waiting+`}`)
	if len(f.resent) != 1 || f.resent[0] != 2 {
		t.Errorf("sent again: %v", f.resent)
	}
}

// A partner can't tell another's webhook from one that is not there.
func TestDeliveriesOfOthersAreNotThere(t *testing.T) {
	f := newFront(t, nil)
	f.hooks = hooks()
	for _, tt := range []struct{ method, path string }{
		{http.MethodGet, "/api/v1/deliveries/3"}, {http.MethodGet, "/api/v1/deliveries/99"},
		{http.MethodPost, "/api/v1/deliveries/3/resend"}, {http.MethodPost, "/api/v1/deliveries/99/resend"},
	} {
		want(t, f.call(t, tt.method, tt.path, ""), 404, `{"status":"error","message":"webhook is not known"}`)
	}
	for _, id := range []string{"x", "01", "1e3", "99999999999999999999"} {
		want(t, f.call(t, http.MethodGet, "/api/v1/deliveries/"+id, ""), 404, `{"status":"error","message":"this webhook is not known"}`)
		want(t, f.call(t, http.MethodPost, "/api/v1/deliveries/"+id+"/resend", ""), 404, `{"status":"error","message":"this webhook is not known"}`)
	}
	if len(f.resent) != 0 {
		t.Errorf("sent again: %v", f.resent)
	}
	for _, path := range []string{"/api/v1/deliveries", "/api/v1/deliveries/1"} {
		want(t, f.call(t, http.MethodGet, path, "", "X-API-KEY", ""), 401, `{"status":"error","message":"X-API-KEY is required"}`)
	}
	want(t, f.call(t, http.MethodPost, "/api/v1/deliveries/1/resend", "", "X-API-KEY", ""), 401, `{"status":"error","message":"X-API-KEY is required"}`)
}

// A settled payment whose webhook is exhausted says so.
func TestTransactionShowsItsWebhook(t *testing.T) {
	f := newFront(t, nil)
	f.hooks = hooks()[:1]
	f.payment = &gateway.Payment{ID: 102, Partner: "local", Phone: "254712345678", Amount: 100, State: gateway.Paid, CreatedAt: created}
	want(t, f.call(t, http.MethodGet, "/api/v1/transactions/102", ""), 200, `{"transaction_id":102,"merchant_request_id":"","checkout_request_id":"",`+
		`"result_code":null,"result_desc":"","amount":1,"mpesa_receipt":null,"transaction_date":null,"phone":"254712345678","status":"successful",`+
		`"reference":"","support":false,"review_reason":null,"review_since":null,"created_at":"2025-05-22T08:47:05Z",`+
		`"webhook":{"delivery_id":1,"state":"exhausted","reason":"10 tries have failed, the last: answered 503"}}`)
}
