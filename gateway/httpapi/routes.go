// Package httpapi is the gateway's front door: the partner API, the endpoint that
// Daraja calls back on, and the health check.
package httpapi

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/gateway"
)

// Gateway is what the API needs of the domain. *gateway.Gateway is one.
type Gateway interface {
	Collect(ctx context.Context, partner gateway.Partner, o gateway.Order) (gateway.Accepted, error)
	Transaction(ctx context.Context, partner gateway.Partner, id int64) (*gateway.Payment, error)
	Transactions(ctx context.Context, partner gateway.Partner, f gateway.TransactionFilter) ([]gateway.TransactionFile, error)
	Webhooks(ctx context.Context, partner gateway.Partner, paymentID int64) ([]*gateway.Delivery, error)
	Deliveries(ctx context.Context, f gateway.DeliveryFilter) ([]*gateway.Delivery, error)
	Delivery(ctx context.Context, partner string, id int64) (gateway.DeliveryFile, error)
	Resend(ctx context.Context, partner string, id int64) (*gateway.Delivery, error)
	TakeCallback(ctx context.Context, token string, from gateway.Origin, body []byte) (verdict string, err error)
	KeepIncomplete(ctx context.Context, token string, from gateway.Origin, body []byte, reason string) (verdict string, err error)
}

// Partners finds the partner of an API key that may do what scope says. The partner is
// known with an error of gateway.CodeForbidden too. *gateway.Keyring is one.
type Partners interface {
	Authenticate(ctx context.Context, key string, scope gateway.Scope) (gateway.Partner, error)
}

// Config is what the API is made of.
type Config struct {
	Gateway     Gateway
	Partners    Partners
	Clock       gateway.Clock
	Log         *slog.Logger
	Health      func() error  // nil is always healthy
	MaxInFlight int           // partners' requests at a time; 0 is DefaultInFlight
	MaxWaiting  int           // of those beyond, how many wait for a place; 0 is none
	MaxReading  int           // bodies of one partner that are read at a time; 0 is DefaultReading
	LongestWait time.Duration // for a place; 0 is a second
	PartnerRate PartnerRate
	Sources     Sources
	Door        Door

	// Observe hears of each request as it begins, with its route, in which a token
	// or an id is a name in braces; and by what it returns, as it ends. It may fill
	// in the trail of the request's context. nil hears nothing.
	Observe func(r *http.Request, route string) (done func(status int))
}

// Door says who comes in by a listener.
type Door string

// Doors. The health check is behind each.
const (
	DoorAll       Door = "" // partners and Daraja
	DoorPartners  Door = "partners"
	DoorCallbacks Door = "callbacks"
)

// DefaultInFlight is how many requests of partners run at a time before others
// are told to come back. Daraja's callbacks are never sent away.
const DefaultInFlight = 256

type api struct {
	Config
	places  *places
	reading *partnerCount
	rates   *partnerRates
}

// New returns the API, or the part of it that belongs to cfg.Door.
func New(cfg Config) http.Handler {
	if cfg.MaxInFlight == 0 {
		cfg.MaxInFlight = DefaultInFlight
	}
	if cfg.LongestWait == 0 {
		cfg.LongestWait = defaultWait
	}
	a := &api{
		Config: cfg, places: newPlaces(cfg.MaxInFlight, cfg.MaxWaiting, cfg.LongestWait),
		reading: &partnerCount{most: cmp.Or(cfg.MaxReading, DefaultReading), of: make(map[string]int)},
		rates:   newPartnerRates(cfg.PartnerRate, cfg.Clock),
	}
	r := mux.NewRouter().SkipClean(true) // a path is what it is: nobody is redirected
	route := func(method, path string, h handler) {
		r.Handle(path, a.adapt(path, h)).Methods(method)
		r.Handle(path, a.adapt(path, notAllowed(method)))
	}

	if cfg.Door != DoorPartners { // routes are tried one after the other: what comes most often comes first
		route(http.MethodPost, gateway.CallbackPath+"{token}", a.callback)
	}
	if cfg.Door != DoorCallbacks {
		partner := func(s gateway.Scope, h partnerHandler) handler { return a.partner(s, a.rated(a.placed(h))) }
		route(http.MethodPost, "/api/v1/mpesa/stk_push", a.partner(gateway.ScopeCollect, a.rated(a.keyed(a.received(a.placed(a.stkPush))))))
		route(http.MethodGet, "/api/v1/transactions", partner(gateway.ScopeRead, a.transactions))
		route(http.MethodGet, "/api/v1/transactions/{id}", partner(gateway.ScopeRead, a.transaction))
		route(http.MethodGet, "/api/v1/deliveries", partner(gateway.ScopeDeliveries, a.deliveries))
		route(http.MethodGet, "/api/v1/deliveries/{id}", partner(gateway.ScopeDeliveries, a.delivery))
		route(http.MethodPost, "/api/v1/deliveries/{id}/resend", partner(gateway.ScopeDeliveries, a.resend))
	}
	route(http.MethodGet, "/health", a.health)

	r.NotFoundHandler = a.adapt("unknown", unknownPath)
	return r
}

func (a *api) health(r *http.Request) (response, error) {
	if a.Health != nil {
		if err := a.Health(); err != nil {
			entryOf(r).err = err
			return response{}, newProblem(http.StatusServiceUnavailable, "the gateway is not at work; its log says why")
		}
	}
	return ok(struct {
		Status string `json:"status"`
	}{"ok"}), nil
}
