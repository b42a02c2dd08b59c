package admin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/admin"
)

func (f *fake) Reviews(_ context.Context, filter gateway.ReviewFilter) ([]gateway.ReviewFile, error) {
	var list []gateway.ReviewFile
	for _, p := range f.payments {
		list = append(list, gateway.ReviewFile{Payment: p, Mark: "3fa2c1d0"})
	}
	return list, f.ask("reviews", filter)
}

func (f *fake) OpenReviews(context.Context) ([]gateway.ReviewSummary, error) {
	return []gateway.ReviewSummary{{Kind: gateway.ReviewContradiction, Open: 2, Oldest: now}, {Kind: gateway.ReviewNoResult}}, f.ask("open reviews")
}

func (f *fake) Declarations(context.Context) ([]gateway.Declaration, error) {
	return []gateway.Declaration{{Code: "1050", Outcome: gateway.DeclaredFailed, Note: "n", By: "jane", At: now}}, f.ask("declarations")
}

func (f *fake) ResolveReview(_ context.Context, id int64, r gateway.Resolution) (*gateway.Payment, error) {
	return &gateway.Payment{ID: id, State: gateway.Paid, Receipt: r.Receipt, Phone: "254712345678"}, f.ask("resolve", id, r)
}

func (f *fake) DeclareResult(_ context.Context, d gateway.Declaration, after int64) (gateway.Declared, error) {
	return gateway.Declared{Declaration: d, Settled: 3, Kept: 1, Next: 9}, f.ask("declare", d, after)
}

func (f *fake) ForgetResult(_ context.Context, code daraja.ResultCode, note, by string) error {
	return f.ask("forget", code, note, by)
}

func TestReviewAnswers(t *testing.T) {
	d := newDoor(nil)
	d.payments = []*gateway.Payment{{ID: 7, Partner: "duka", State: gateway.Unknown, Phone: "254712345678", CreatedAt: now, ReviewAt: now}}
	for _, tt := range []struct{ method, path, body, want string }{
		{"GET", "/reviews?limit=1", "", `{"reviews":[{"transaction_id":7,"partner":"duka","state":"unknown","amount":0,"phone":"2547XXXXX678","reference":"","mpesa_receipt":"",` +
			`"result_code":null,"result_desc":"","support":false,"review_reason":"` + (&gateway.Payment{State: gateway.Unknown, ReviewAt: now}).WhyReview() + `",` +
			`"review_since":"2026-11-24T09:00:00Z","created_at":"2026-11-24T09:00:00Z","updated_at":null,"kind":"unknown_push","mark":"3fa2c1d0"}],"next":7,` +
			`"open":[{"kind":"contradiction","open":2,"oldest":"2026-11-24T09:00:00Z"},{"kind":"no_result","open":0,"oldest":null}]}`},
		{"GET", "/results", "", `{"results":[{"code":"1050","outcome":"failed","note":"n","by":"jane","declared_at":"2026-11-24T09:00:00Z"}]}`},
		{"POST", "/results", `{"code":"1050","outcome":"failed","note":"n","by":"jane"}`, `{"code":"1050","outcome":"failed","note":"n","by":"jane","declared_at":null,"settled":3,"kept":1,"next":9}`},
		{"POST", "/results/1050/forget", `{"note":"n","by":"jane"}`, `{"forgotten":"1050"}`},
		{"PATCH", "/partners/duka", `{"review_webhooks":true}`, `{"name":"duka","configured":false,"review_webhooks":true,"created_at":"2026-11-24T09:00:00Z"}`},
	} {
		if w := d.call(tt.method, admin.Base+tt.path, strings.NewReader(tt.body)); w.Body.String() != tt.want {
			t.Errorf("%s %s:\n got %s\nwant %s", tt.method, tt.path, w.Body, tt.want)
		}
	}
}

// A list of a partner that there is not says so; one of a partner without lines is empty.
func TestListsOfAPartnerThatThereIsNot(t *testing.T) {
	for _, path := range []string{"/reviews", "/payments"} {
		d := newDoor(nil)
		if w := d.call("GET", admin.Base+path+"?partner=duak", nil); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), `there is no partner \"duak\"`) {
			t.Errorf("%s of duak: HTTP %d %s", path, w.Code, w.Body)
		}
		for _, name := range []string{"duka", "local"} {
			if w := d.call("GET", admin.Base+path+"?partner="+name, nil); w.Code != http.StatusOK {
				t.Errorf("%s of %s: HTTP %d %s", path, name, w.Code, w.Body)
			}
		}
	}
}

// A payment is resolved by what the customer sees as well as by its id.
func TestResolveByReference(t *testing.T) {
	d := newDoor(nil)
	w := d.call("POST", admin.Base+"/reviews/"+gateway.DefaultReference(102)+"/resolve", strings.NewReader(`{"as":"failed","note":"n","by":"jane"}`))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"transaction_id":102`) {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
}

// What is kept for a person is not erased by asking again.
func TestWhyPaymentsAreKept(t *testing.T) {
	until := time.Date(2026, 1, 4, 15, 0, 0, 0, time.FixedZone("EAT", 3*60*60))
	for name, tt := range map[string]struct {
		erased gateway.Erased
		want   string
	}{
		"open": {gateway.Erased{Kept: []int64{7}}, `{"transaction_ids":[7],"reason":"7: still open; ask again later","until":""}`},
		"a webhook is tried": {gateway.Erased{Kept: []int64{7}, Trying: []int64{7}, Until: until},
			`{"transaction_ids":[7],"reason":"7: the webhook is not delivered yet; ask again after 2026-01-04T12:00:00Z, when it is given up at the latest","until":"2026-01-04T12:00:00Z"}`},
		"in review":     {gateway.Erased{Kept: []int64{7}, Reviews: []int64{7}}, `"reason":"7: needs a person; read it with 'darajabox gateway review show 7', and resolve it first: darajabox gateway review resolve 7 --as DECISION --seen MARK --note TEXT"`},
		"two in review": {gateway.Erased{Kept: []int64{7, 9}, Reviews: []int64{7, 9}}, `"reason":"7, 9: need a person; read each with 'darajabox gateway review show', and resolve it first, as in: darajabox gateway review resolve 7 --as DECISION --seen MARK --note TEXT"`},
		"both": {gateway.Erased{Kept: []int64{7, 9}, Reviews: []int64{9}},
			`"reason":"9: needs a person; read it with 'darajabox gateway review show 9', and resolve it first: darajabox gateway review resolve 9 --as DECISION --seen MARK --note TEXT; 7: still open; ask again later"`},
		"all": {gateway.Erased{Kept: []int64{5, 7, 8, 9}, Reviews: []int64{9}, Trying: []int64{5, 7}, Until: until},
			`"reason":"9: needs a person; read it with 'darajabox gateway review show 9', and resolve it first: darajabox gateway review resolve 9 --as DECISION --seen MARK --note TEXT; 8: still open; ask again later; 5, 7: the webhook is not delivered yet; ask again after 2026-01-04T12:00:00Z, when it is given up at the latest"`},
		"a webhook was given up":     {gateway.Erased{Payments: 1, Untold: 1}, `"undelivered_webhooks":{"count":1,"reason":"given up: the partner was not told the result of the payment"}`},
		"two webhooks were given up": {gateway.Erased{Payments: 1, Untold: 2}, `"undelivered_webhooks":{"count":2,"reason":"given up: the partner was not told the result of the payment"}`},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(func(c *admin.Config) { c.Eraser = eraser(tt.erased) })
			if w := d.call("POST", admin.Base+"/customers/erase", strings.NewReader(`{"phone":"0712345678"}`)); !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("HTTP %d %s, want %s", w.Code, w.Body, tt.want)
			}
		})
	}
}

// eraser answers with what it is.
type eraser gateway.Erased

func (e eraser) EraseCustomer(context.Context, daraja.MSISDN) (gateway.Erased, error) {
	return gateway.Erased(e), nil
}

func TestReviewsThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		method, path, body string
		want               int
	}{
		{"PATCH", "/partners/duka", `{}`, 400},
		{"PATCH", "/partners/duka", `{"review_webhooks":"on"}`, 400},
		{"GET", "/reviews?after=x", "", 400},
		{"POST", "/reviews/x/resolve", `{}`, 404},
		{"POST", "/reviews/7/resolve", `{"as":"paid","who":"jane"}`, 400},
		{"POST", "/results", `{"code":1050}`, 400}, // a code is a text: 1050, SFC_IC0009
		{"DELETE", "/results/1050", "", 404},
	} {
		d := newDoor(nil)
		if w := d.call(tt.method, admin.Base+tt.path, strings.NewReader(tt.body)); w.Code != tt.want || len(d.asked) > 0 {
			t.Errorf("%s %s %s: HTTP %d %s, asked %v", tt.method, tt.path, tt.body, w.Code, w.Body, d.asked)
		}
	}
	d := newDoor(func(c *admin.Config) { c.Resolver = nil })
	for _, path := range []string{"/reviews/7/resolve", "/results", "/results/1/forget"} {
		if w := d.call("POST", admin.Base+path, nil); w.Code != http.StatusNotImplemented {
			t.Errorf("%s without a resolver: HTTP %d", path, w.Code)
		}
	}
}
