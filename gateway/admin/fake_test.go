package admin_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/admin"
	"github.com/darajabox/darajabox/internal/testkit"
)

const token = "the-token-of-the-administration"

var now = time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC)

// fake is the domain: it keeps what it was asked, and fails when it is told to.
type fake struct {
	err      error
	asked    []any
	resent   []int64
	payments []*gateway.Payment
	erased   gateway.Erased
}

func (f *fake) ask(what ...any) error {
	f.asked = what
	return f.err
}

// askFirst is ask for what may follow another question.
func (f *fake) askFirst(what ...any) error {
	if f.asked != nil {
		return f.err
	}
	return f.ask(what...)
}

func someKey(id string) gateway.NewKey {
	return gateway.NewKey{Shown: "dbx_live_shown", Key: gateway.Key{
		ID: id, Partner: "duka", Digest: []byte("a digest"), Scopes: "collect read", Note: "shop", CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}}
}

func (f *fake) Partners(context.Context) ([]gateway.KnownPartner, error) {
	return []gateway.KnownPartner{{Partner: gateway.Partner{Name: "local"}, Configured: true}, {Partner: gateway.Partner{Name: "duka", CreatedAt: now}}}, f.askFirst("partners")
}

func (f *fake) CreatePartner(_ context.Context, name string, s gateway.PartnerSettings) (gateway.NewPartner, error) {
	return gateway.NewPartner{
		Partner: gateway.Partner{Name: name, CreatedAt: now}, Key: someKey("k1"),
		Secret: gateway.NewSecret{Shown: "whsec_shown", Secret: gateway.Secret{ID: 1, Partner: name, Sealed: []byte("sealed"), CreatedAt: now}},
	}, f.ask("create partner", name, s.ReviewWebhooks)
}

func (f *fake) UpdatePartner(_ context.Context, name string, s gateway.PartnerSettings) (gateway.Partner, error) {
	return gateway.Partner{Name: name, ReviewWebhooks: s.ReviewWebhooks, CreatedAt: now}, f.ask("update partner", name, s.ReviewWebhooks)
}

func (f *fake) Keys(_ context.Context, partner string) ([]gateway.Key, error) {
	expired, revoked := someKey("k2").Key, someKey("k3").Key
	expired.ExpiresAt, revoked.RevokedAt = now, now
	return []gateway.Key{someKey("k1").Key, expired, revoked}, f.ask("keys", partner)
}

func (f *fake) CreateKey(_ context.Context, partner string, o gateway.KeyOrder) (gateway.NewKey, error) {
	return someKey("k4"), f.ask("create key", partner, o)
}

func (f *fake) RotateKey(_ context.Context, id string, r gateway.Rotation) (gateway.NewKey, error) {
	if r.ExpiresAt == nil {
		return someKey("k5"), f.ask("rotate key", id, r.Overlap)
	}
	return someKey("k5"), f.ask("rotate key", id, r.Overlap, *r.ExpiresAt)
}

func (f *fake) RevokeKey(_ context.Context, id string) (gateway.Key, error) {
	return someKey(id).Key, f.ask("revoke key", id)
}

func (f *fake) SecretsOf(_ context.Context, partner string) ([]gateway.Secret, error) {
	return []gateway.Secret{{ID: 2, Partner: partner, CreatedAt: now}, {ID: 1, Partner: partner, CreatedAt: now, ExpiresAt: now}}, f.ask("secrets", partner)
}

func (f *fake) RotateSecret(_ context.Context, partner string, overlap time.Duration) (gateway.NewSecret, error) {
	return gateway.NewSecret{Shown: "whsec_shown", Secret: gateway.Secret{ID: 3, Partner: partner, Sealed: []byte("sealed")}}, f.ask("rotate secret", partner, overlap)
}

func (f *fake) Payments(_ context.Context, filter gateway.PaymentFilter) ([]*gateway.Payment, error) {
	return f.payments, f.ask("payments", filter)
}

func (f *fake) Payment(_ context.Context, id int64) (gateway.PaymentFile, error) {
	return gateway.PaymentFile{
		Reference: "2026-000123",
		Payment:   &gateway.Payment{ID: id, Partner: "duka", State: gateway.Review, Amount: 150 * daraja.Shilling, Phone: "254712345678", ReviewReason: "odd", ReviewAt: now, ResultCode: "0"},
		Pushes:    []gateway.Push{{Token: "secret-callback-token", Number: 1, State: gateway.PushAccepted}},
		Callbacks: []gateway.CallbackSummary{{ID: 9, Verdict: "applied", Size: 4}}, AllCallbacks: 7,
		Deliveries: []*gateway.Delivery{{ID: 4, PaymentID: id, State: gateway.DeliveryExhausted, Body: []byte("body")}},
	}, f.ask("payment", id)
}

func (f *fake) Deliveries(_ context.Context, filter gateway.DeliveryFilter) ([]*gateway.Delivery, error) {
	return []*gateway.Delivery{{ID: 4, PaymentID: 2, Partner: "duka", State: gateway.DeliveryExhausted}}, f.ask("deliveries", filter)
}

func (f *fake) Delivery(_ context.Context, id int64) (gateway.DeliveryFile, error) {
	return gateway.DeliveryFile{Delivery: &gateway.Delivery{ID: id}, Attempts: []gateway.Attempt{{Number: 1, Status: 500, Reply: "oops"}}}, f.ask("delivery", id)
}

func (f *fake) Resend(_ context.Context, partner string, id int64) (*gateway.Delivery, error) {
	if partner != "" {
		return nil, errors.New("a partner asks")
	}
	f.resent = append(f.resent, id)
	return &gateway.Delivery{ID: id}, f.err
}

func (f *fake) EraseCustomer(_ context.Context, phone daraja.MSISDN) (gateway.Erased, error) {
	return f.erased, f.ask("erase", phone)
}

// door is the API over a fake domain.
type door struct {
	http.Handler
	*fake
	log *bytes.Buffer
}

func newDoor(change func(*admin.Config)) *door {
	d := &door{fake: &fake{}, log: &bytes.Buffer{}}
	cfg := admin.Config{Accounts: d.fake, Records: d.fake, Resender: d.fake, Eraser: d.fake, Resolver: d.fake, Token: token, Clock: testkit.NewClock(now), Log: slog.New(slog.NewTextHandler(d.log, nil))}
	if change != nil {
		change(&cfg)
	}
	d.Handler = admin.New(cfg)
	return d
}

func (d *door) call(method, path string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8081"+path, body)
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}
