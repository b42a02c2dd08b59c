// Package httpapi is the gateway's front door: the partner API, the endpoint that
// Daraja calls back on, and the health check.
package httpapi

import (
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
	TakeCallback(ctx context.Context, token string, from gateway.Origin, body []byte) (verdict string, err error)
}

// Partners finds a partner by its API key. *gateway.Partners is one.
type Partners interface {
	ByKey(key string) (gateway.Partner, error)
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
	LongestWait time.Duration // for a place; 0 is a second
	PartnerRate PartnerRate
	Sources     Sources
	Door        Door
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
	inFlight chan struct{}
	waiting  chan struct{}
	rates    *partnerRates
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
		Config: cfg, inFlight: make(chan struct{}, cfg.MaxInFlight), waiting: make(chan struct{}, cfg.MaxWaiting),
		rates: newPartnerRates(cfg.PartnerRate, cfg.Clock),
	}
	r := mux.NewRouter().SkipClean(true) // a path is what it is: nobody is redirected
	route := func(method, path string, h handler) {
		r.Handle(path, a.adapt(path, h)).Methods(method)
		r.Handle(path, a.adapt(path, notAllowed(method)))
	}

	if cfg.Door != DoorCallbacks {
		route(http.MethodPost, "/api/v1/mpesa/stk_push", a.capped(a.partner(a.rated(a.stkPush))))
		route(http.MethodGet, "/api/v1/transactions/{id}", a.capped(a.partner(a.rated(a.transaction))))
	}
	if cfg.Door != DoorPartners {
		route(http.MethodPost, gateway.CallbackPath+"{token}", a.callback)
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
