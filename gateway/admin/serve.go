package admin

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// response is what a handler answers with: a status and a body for JSON.
type response struct {
	status int
	body   any
}

func ok(body any) (response, error) { return response{http.StatusOK, body}, nil }

func created(body any) (response, error) { return response{http.StatusCreated, body}, nil }

// handler answers a request; it never writes. An error goes through told.
type handler func(*http.Request) (response, error)

// refusal is the body of every answer that is not a success, and the status it comes
// with.
type refusal struct {
	Text string `json:"error"`

	status int
	header http.Header
}

// Error implements error.
func (r *refusal) Error() string { return r.Text }

func refuse(status int, format string, args ...any) error {
	return &refusal{Text: fmt.Sprintf(format, args...), status: status}
}

// statusOf is the table from the domain's codes to HTTP.
func statusOf(code gateway.Code) int {
	switch code {
	case gateway.CodeInvalid:
		return http.StatusBadRequest
	case gateway.CodeNotFound:
		return http.StatusNotFound
	case gateway.CodeConflict:
		return http.StatusConflict
	default:
		return http.StatusInternalServerError
	}
}

// told is what a caller learns of err. What the domain did not mean for people is only
// logged.
func told(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	var e *gateway.Error
	if errors.As(err, &e) {
		if status := statusOf(e.Code); status != http.StatusInternalServerError {
			return &refusal{Text: e.Message, status: status}
		}
	}
	return &refusal{Text: "internal error; the gateway's log says why", status: http.StatusInternalServerError}
}

// adapt runs h, writes what it returns, and logs one line without tokens, keys or
// bodies. Answers that show a key once must not be kept by anybody.
func (a *api) adapt(route string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.Clock.Now()
		resp, err := a.run(h, r)
		if err != nil {
			no := told(err)
			resp = response{no.status, no}
			for name, values := range no.header {
				w.Header()[name] = values
			}
		}
		body, encodeErr := daraja.Marshal(resp.body)
		if encodeErr != nil { // cannot be: bodies are plain structs
			resp.status, body, err = http.StatusInternalServerError, nil, encodeErr
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(resp.status)
		_, _ = w.Write(body)
		args := []any{"method", r.Method, "route", route, "status", resp.status, "took", a.Clock.Now().Sub(start)}
		switch {
		case resp.status == http.StatusInternalServerError:
			a.Log.Error("administration", append(args, "error", err)...)
		case err != nil:
			a.Log.Warn("administration", append(args, "error", err)...)
		default:
			a.Log.Info("administration", args...)
		}
	})
}

// run calls h and turns its panic into an error.
func (a *api) run(h handler, r *http.Request) (resp response, err error) {
	defer func() {
		if v := recover(); v != nil {
			a.Log.Error("handler panicked", "panic", v, "stack", string(debug.Stack()))
			err = refuse(http.StatusInternalServerError, "internal error; the gateway's log says why")
		}
	}()
	return h(r)
}

func unknownPath(*http.Request) (response, error) {
	return response{}, refuse(http.StatusNotFound, "no such path; the API is below %s", Base)
}

// notAllowed answers the wrong verb on a known path.
func notAllowed(allowed []string) handler {
	verbs := strings.Join(allowed, ", ")
	return func(*http.Request) (response, error) {
		return response{}, &refusal{
			Text: "method not allowed; use " + verbs, status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {verbs}},
		}
	}
}
