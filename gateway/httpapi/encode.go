package httpapi

import (
	"context"
	"net/http"
	"runtime/debug"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// response is what a handler answers with: a status and a body for JSON.
type response struct {
	status int
	body   any
}

func ok(body any) response { return response{http.StatusOK, body} }

// handler answers a request; it never writes. An error goes through asProblem.
type handler func(*http.Request) (response, error)

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

// adapt runs h, writes what it returns, and logs one line.
func (a *api) adapt(route string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.Clock.Now()
		e := &entry{}
		r = r.WithContext(gateway.WithTrail(context.WithValue(r.Context(), entryKey{}, e), &e.trail))
		done := a.observe(r, route)
		resp, p := a.run(h, r)
		if p != nil {
			resp = response{p.status, p}
			for name, values := range p.header {
				w.Header()[name] = values
			}
		}
		body, err := daraja.Marshal(resp.body)
		if err != nil { // cannot be: bodies are plain structs
			e.err = err
			resp.status, body = http.StatusInternalServerError, nil
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(resp.status)
		_, _ = w.Write(body)
		done(resp.status)
		a.log(r, route, resp.status, e, "took", a.Clock.Now().Sub(start))
	})
}

// observe tells who wants to hear of requests that one begins.
func (a *api) observe(r *http.Request, route string) (done func(status int)) {
	if a.Observe == nil {
		return func(int) {}
	}
	return a.Observe(r, route)
}

// run calls h and turns its error, or its panic, into a problem.
func (a *api) run(h handler, r *http.Request) (resp response, p *problem) {
	defer func() {
		if v := recover(); v != nil {
			a.Log.Error("handler panicked", "panic", v, "stack", string(debug.Stack()))
			p = internal()
		}
	}()
	resp, err := h(r)
	if err != nil {
		p = asProblem(err)
		e := entryOf(r)
		if e.err == nil {
			e.err = err
		}
		e.payment = max(e.payment, p.PaymentID)
	}
	return resp, p
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
