package admin

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/httpkit"
)

type (
	response = httpkit.Response
	handler  = httpkit.Handler
)

func ok(body any) (response, error) { return response{Status: http.StatusOK, Body: body}, nil }

func created(body any) (response, error) {
	return response{Status: http.StatusCreated, Body: body}, nil
}

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
	case gateway.CodeTooMany:
		return http.StatusTooManyRequests
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
			no := &refusal{Text: e.Message, status: status}
			if e.RetryAfter > 0 {
				seconds := max(int64((e.RetryAfter+time.Second-1)/time.Second), 1)
				no.header = http.Header{"Retry-After": {strconv.FormatInt(seconds, 10)}}
			}
			return no
		}
	}
	return &refusal{Text: "internal error; the gateway's log says why", status: http.StatusInternalServerError}
}

// refused is the answer to an error.
func refused(err error) response {
	no := told(err)
	return response{Status: no.status, Header: no.header, Body: no}
}

// adapt serves h and logs one line without tokens, keys or bodies.
func (a *api) adapt(route string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.Clock.Now()
		status, err := httpkit.Adapter{Refuse: refused, Log: a.Log}.Serve(w, r, h)
		args := []any{"method", r.Method, "route", route, "status", status, "took", a.Clock.Now().Sub(start)}
		switch {
		case status == http.StatusInternalServerError:
			a.Log.Error("administration", append(args, "error", err)...)
		case err != nil:
			a.Log.Warn("administration", append(args, "error", err)...)
		default:
			a.Log.Info("administration", args...)
		}
	})
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
