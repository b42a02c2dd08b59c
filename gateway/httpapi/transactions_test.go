package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

func (f *fake) Transactions(_ context.Context, p gateway.Partner, filter gateway.TransactionFilter) ([]gateway.TransactionFile, error) {
	f.listed = filter
	if f.payment == nil || f.payment.Partner != p.Name {
		return nil, nil
	}
	return []gateway.TransactionFile{{Payment: f.payment, Webhooks: f.hooks}}, nil
}

func TestTransactionsAreListed(t *testing.T) {
	const item = `{"transaction_id":7,"merchant_request_id":"","checkout_request_id":"","result_code":null,"result_desc":"","amount":1,` +
		`"mpesa_receipt":null,"transaction_date":null,"phone":"254712345678","status":"successful","reference":"","support":false,` +
		`"review_reason":"a second receipt","review_since":"2025-05-22T08:47:05Z","created_at":"2025-05-22T08:47:05Z","webhook":null}`
	second := &gateway.Payment{
		ID: 7, Partner: "local", Phone: "254712345678", Amount: 100, State: gateway.Paid, ReviewReason: "a second receipt", ReviewAt: created, CreatedAt: created,
	}
	for _, tt := range []struct {
		name, query string
		payment     *gateway.Payment
		status      int
		asked       gateway.TransactionFilter
		body        string
	}{
		{"all", "", second, 200, gateway.TransactionFilter{Limit: 50}, `{"transactions":[` + item + `],"next":null}`},
		{"none", "?status=review", nil, 200, gateway.TransactionFilter{Status: "review", Limit: 50}, `{"transactions":[],"next":null}`},
		{"another's", "", &gateway.Payment{ID: 7, Partner: "other"}, 200, gateway.TransactionFilter{Limit: 50}, `{"transactions":[],"next":null}`},
		{"a page", "?status=review&after=3&limit=1", second, 200, gateway.TransactionFilter{Status: "review", After: 3, Limit: 1}, `{"transactions":[` + item + `],"next":7}`},
		{"no id", "?after=-1", second, 400, gateway.TransactionFilter{}, `{"status":"error","message":"after must be the id of a transaction"}`},
		{"too many", "?limit=501", second, 400, gateway.TransactionFilter{}, `{"status":"error","message":"limit must be 1 to 500"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFront(t, nil)
			f.payment = tt.payment
			want(t, f.call(t, http.MethodGet, "/api/v1/transactions"+tt.query, ""), tt.status, tt.body)
			if f.listed != tt.asked {
				t.Errorf("asked %+v, want %+v", f.listed, tt.asked)
			}
		})
	}
}

// A push that has no clear answer is shown as what it is.
func TestUnknownPushSaysSo(t *testing.T) {
	f := newFront(t, nil)
	f.payment = &gateway.Payment{ID: 7, Partner: "local", State: gateway.Unknown, ReviewAt: created, CreatedAt: created}
	w := f.call(t, http.MethodGet, "/api/v1/transactions/7", "")
	if !strings.Contains(w.Body.String(), `"status":"pending"`) || !strings.Contains(w.Body.String(), `"review_reason":"M-PESA did not clearly answer the push`) {
		t.Errorf("it is shown as %s", w.Body)
	}
}
