package httpapi_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
	"github.com/darajabox/darajabox/internal/testkit"
)

const (
	key      = "dbx_test_a-key-that-must-not-be-logged"
	otherKey = "dbx_test_another-key-that-must-not-be-logged"
)

var created = time.Date(2025, time.May, 22, 8, 47, 5, 0, time.UTC)

// fake is the domain: it answers what it is told and keeps what it was asked.
type fake struct {
	collect func(ctx context.Context, o gateway.Order) (gateway.Accepted, error)
	payment *gateway.Payment
	taking  error // what TakeCallback returns
	hooks   []*gateway.Delivery
	tries   []gateway.Attempt

	mu     sync.Mutex
	orders []gateway.Order
	tokens []string
	bodies [][]byte
	filter gateway.DeliveryFilter
	listed gateway.TransactionFilter
	resent []int64
	from   gateway.Origin

	incomplete []string // token, reason and body of each callback that did not come whole

	verdict string // what TakeCallback returns; "" is VerdictApplied
}

// partnerName is where collect finds the partner in its context.
type partnerName struct{}

func (f *fake) Collect(ctx context.Context, p gateway.Partner, o gateway.Order) (gateway.Accepted, error) {
	f.mu.Lock()
	f.orders = append(f.orders, o)
	f.mu.Unlock()
	if p.Name != "local" && p.Name != "other" {
		panic("an unknown partner")
	}
	if f.collect != nil {
		return f.collect(context.WithValue(ctx, partnerName{}, p.Name), o)
	}
	return gateway.Accepted{PaymentID: 102}, nil
}

func (f *fake) Transaction(_ context.Context, p gateway.Partner, id int64) (*gateway.Payment, error) {
	if f.payment == nil || f.payment.ID != id || f.payment.Partner != p.Name {
		return nil, &gateway.Error{Code: gateway.CodeNotFound, Message: "transaction is not known"}
	}
	return f.payment, nil
}

func (f *fake) Webhooks(context.Context, gateway.Partner, int64) ([]*gateway.Delivery, error) {
	return f.hooks, nil
}

func (f *fake) Deliveries(_ context.Context, filter gateway.DeliveryFilter) (ds []*gateway.Delivery, err error) {
	f.filter = filter
	for _, d := range f.hooks {
		if d.Partner == filter.Partner && d.ID > filter.After && len(ds) < filter.Limit {
			ds = append(ds, d)
		}
	}
	return ds, nil
}

func (f *fake) Delivery(_ context.Context, partner string, id int64) (gateway.DeliveryFile, error) {
	for _, d := range f.hooks {
		if d.ID == id && d.Partner == partner {
			return gateway.DeliveryFile{Delivery: d, Attempts: f.tries}, nil
		}
	}
	return gateway.DeliveryFile{}, &gateway.Error{Code: gateway.CodeNotFound, Message: "webhook is not known"}
}

func (f *fake) Resend(ctx context.Context, partner string, id int64) (*gateway.Delivery, error) {
	file, err := f.Delivery(ctx, partner, id)
	if err == nil {
		f.resent = append(f.resent, id)
	}
	return file.Delivery, err
}

func (f *fake) TakeCallback(_ context.Context, token string, from gateway.Origin, body []byte) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens, f.bodies, f.from = append(f.tokens, token), append(f.bodies, body), from
	return cmp.Or(f.verdict, gateway.VerdictApplied+": KES 1 was paid by 254712345678"), f.taking
}

func (f *fake) KeepIncomplete(_ context.Context, token string, _ gateway.Origin, body []byte, why string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.incomplete = append(f.incomplete, token+" "+why+" "+string(body))
	return cmp.Or(f.verdict, gateway.VerdictIncomplete), f.taking
}

// front is the API over a fake domain.
type front struct {
	http.Handler
	*fake
	log *testkit.Log
}

func newFront(t *testing.T, change func(*httpapi.Config)) *front {
	t.Helper()
	partners := &gateway.Partners{}
	if err := errors.Join(partners.Add("local", key), partners.Add("other", otherKey)); err != nil {
		t.Fatal(err)
	}
	f := &front{fake: &fake{}, log: &testkit.Log{}}
	cfg := httpapi.Config{Gateway: f.fake, Partners: partners, Clock: testkit.NewClock(created), Log: slog.New(slog.NewTextHandler(f.log, nil))}
	if change != nil {
		change(&cfg)
	}
	f.Handler = httpapi.New(cfg)
	return f
}

// call sends a request with the partner's key; header is pairs of name and value.
func (f *front) call(t *testing.T, method, path, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("X-API-KEY", key)
	for i := 0; i < len(header); i += 2 {
		if header[i+1] == "" {
			r.Header.Del(header[i])
			continue
		}
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

// want checks an answer to the byte.
func want(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status || w.Body.String() != body {
		t.Errorf("got %d %s\nwant %d %s", w.Code, w.Body, status, body)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
}

// unread fails the test when anybody reads the body.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}
