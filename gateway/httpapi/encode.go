package httpapi

import (
	"cmp"
	"context"
	"net/http"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/httpkit"
)

type (
	response = httpkit.Response
	handler  = httpkit.Handler
)

func ok(body any) response { return answer(http.StatusOK, body) }

func answer(status int, body any) response { return response{Status: status, Body: body} }

// entry is what the log line of a request has beside its status. The path itself
// is not in it, since it may hold a callback's token.
type entry struct {
	partner string
	payment int64
	trail   gateway.Trail // what the domain found out
	verdict string
	err     error
}

type entryKey struct{}

// entryOf returns the entry of a request that came through adapt.
func entryOf(r *http.Request) *entry {
	if e, ok := r.Context().Value(entryKey{}).(*entry); ok {
		return e
	}
	return &entry{}
}

// adapt serves h and logs one line.
func (a *api) adapt(route string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.Clock.Now()
		e := &entry{}
		r = r.WithContext(gateway.WithTrail(context.WithValue(r.Context(), entryKey{}, e), &e.trail))
		done := a.observe(r, route)
		status, err := httpkit.Adapter{Log: a.Log, Refuse: func(err error) response {
			p := asProblem(err)
			e.payment = max(e.payment, p.PaymentID)
			return response{Status: p.status, Header: p.header, Body: p}
		}}.Serve(w, r, h)
		e.err = cmp.Or(e.err, err)
		done(status)
		a.log(r, route, status, e, "took", a.Clock.Now().Sub(start))
	})
}

// observe tells who wants to hear of requests that one begins.
func (a *api) observe(r *http.Request, route string) (done func(status int)) {
	if a.Observe == nil {
		return func(int) {}
	}
	return a.Observe(r, route)
}

// log writes one line without keys, tokens, phones or bodies.
func (a *api) log(r *http.Request, route string, status int, e *entry, more ...any) {
	args := append([]any{"method", r.Method, "route", route, "status", status}, more...)
	if e.partner != "" {
		args = append(args, "partner", e.partner)
	}
	e.trail.Payment = max(e.trail.Payment, e.payment)
	args = append(args, e.trail.Args()...)
	if e.verdict != "" { // its details are the sender's own words, and stay in the database
		args = append(args, "verdict", gateway.VerdictKind(e.verdict))
	}
	if e.err != nil {
		args = append(args, "error", e.err)
	}
	switch {
	case status == http.StatusInternalServerError && r.Context().Err() == nil:
		a.Log.Error("request", args...)
	case status >= http.StatusInternalServerError:
		a.Log.Warn("request", args...)
	default:
		a.Log.Info("request", args...)
	}
}
