// Package admin is the gateway's second door, for the people who run it: partners,
// their API keys and webhook secrets, payments and webhooks, customers. It belongs on an address
// of its own that nobody else reaches, and asks for a token all the same.
package admin

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// Accounts keeps partners and what opens the gateway to them. *gateway.Keyring is one.
type Accounts interface {
	Partners(ctx context.Context) ([]gateway.KnownPartner, error)
	CreatePartner(ctx context.Context, name string, s gateway.PartnerSettings) (gateway.NewPartner, error)
	UpdatePartner(ctx context.Context, name string, s gateway.PartnerSettings) (gateway.Partner, error)
	Keys(ctx context.Context, partner string) ([]gateway.Key, error)
	CreateKey(ctx context.Context, partner string, o gateway.KeyOrder) (gateway.NewKey, error)
	RotateKey(ctx context.Context, id string, r gateway.Rotation) (gateway.NewKey, error)
	RevokeKey(ctx context.Context, id string) (gateway.Key, error)
	SecretsOf(ctx context.Context, partner string) ([]gateway.Secret, error)
	RotateSecret(ctx context.Context, partner string, overlap time.Duration) (gateway.NewSecret, error)
}

// Records looks payments and webhooks up. gateway.Desk is one.
type Records interface {
	Payments(ctx context.Context, f gateway.PaymentFilter) ([]*gateway.Payment, error)
	Payment(ctx context.Context, id int64) (gateway.PaymentFile, error)
	Deliveries(ctx context.Context, f gateway.DeliveryFilter) ([]*gateway.Delivery, error)
	Delivery(ctx context.Context, id int64) (gateway.DeliveryFile, error)
	Reviews(ctx context.Context, f gateway.ReviewFilter) ([]gateway.ReviewFile, error)
	OpenReviews(ctx context.Context) ([]gateway.ReviewSummary, error)
	Declarations(ctx context.Context) ([]gateway.Declaration, error)
}

// Resolver applies what people decide of payments that wait for them, and of result
// codes that the gateway does not know. *gateway.Gateway is one.
type Resolver interface {
	ResolveReview(ctx context.Context, id int64, r gateway.Resolution) (*gateway.Payment, error)
	DeclareResult(ctx context.Context, d gateway.Declaration, after int64) (gateway.Declared, error)
	ForgetResult(ctx context.Context, code daraja.ResultCode, note, by string) error
}

// Resender makes a webhook due again; partner "" is whoever runs the gateway.
type Resender interface {
	Resend(ctx context.Context, partner string, delivery int64) (*gateway.Delivery, error)
}

// Eraser takes a customer's data out of the records. *gateway.Gateway is one.
type Eraser interface {
	EraseCustomer(ctx context.Context, phone daraja.MSISDN) (gateway.Erased, error)
}

// Config is what the API is made of.
type Config struct {
	Accounts Accounts
	Records  Records
	Resender Resender     // nil cannot
	Eraser   Eraser       // nil cannot
	Resolver Resolver     // nil cannot
	Token    string       // what callers must show
	Hosts    []string     // names of this server beside loopback and its address
	Ops      http.Handler // answers every other path: OpenPaths to all, the rest to the token; nil has none
	Clock    gateway.Clock
	Log      *slog.Logger
}

// Base is where the API begins; what lies outside belongs to Config.Ops.
const Base = "/admin/v1"

// OpenPaths are those of Config.Ops that need no token: what a scraper and a load
// balancer ask for. Everything else may show secrets, as a dump of the memory does.
func OpenPaths() []string { return []string{"/metrics", "/readyz", "/livez"} }

type api struct{ Config }

// New returns the whole API.
func New(cfg Config) http.Handler {
	a := &api{cfg}
	r := mux.NewRouter().SkipClean(true)
	verbs := make(map[string][]string) // of each path
	route := func(method, path string, h handler) {
		r.Handle(Base+path, a.adapt(path, a.known(h))).Methods(method)
		verbs[path] = append(verbs[path], method)
	}

	route(http.MethodGet, "/partners", a.listPartners)
	route(http.MethodPost, "/partners", a.createPartner)
	route(http.MethodPatch, "/partners/{partner}", a.updatePartner)
	route(http.MethodGet, "/partners/{partner}/keys", a.listKeys)
	route(http.MethodPost, "/partners/{partner}/keys", a.createKey)
	route(http.MethodPost, "/keys/{key}/rotate", a.rotateKey)
	route(http.MethodPost, "/keys/{key}/revoke", a.revokeKey)
	route(http.MethodGet, "/partners/{partner}/secrets", a.listSecrets)
	route(http.MethodPost, "/partners/{partner}/secrets/rotate", a.rotateSecret)
	route(http.MethodGet, "/payments", a.listPayments)
	route(http.MethodGet, "/payments/{id}", a.showPayment)
	route(http.MethodGet, "/reviews", a.listReviews)
	route(http.MethodPost, "/reviews/{id}/resolve", a.resolveReview)
	route(http.MethodGet, "/results", a.listResults)
	route(http.MethodPost, "/results", a.declareResult)
	route(http.MethodPost, "/results/{code}/forget", a.forgetResult)
	route(http.MethodGet, "/deliveries", a.listDeliveries)
	route(http.MethodGet, "/deliveries/{id}", a.showDelivery)
	route(http.MethodPost, "/deliveries/{id}/resend", a.resendDelivery)
	route(http.MethodPost, "/customers/erase", a.eraseCustomer)

	for path, methods := range verbs {
		r.Handle(Base+path, a.adapt(path, a.known(notAllowed(methods))))
	}
	unknown := a.adapt("unknown", a.known(unknownPath))
	r.PathPrefix(Base).Handler(unknown)
	r.NotFoundHandler = unknown
	if a.Ops != nil {
		r.NotFoundHandler = a.ops()
	}
	return a.here(r)
}
