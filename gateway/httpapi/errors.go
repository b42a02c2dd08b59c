package httpapi

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// problem is the body of every answer that is not a success, its keys in this
// order, and the status it comes with.
type problem struct {
	Status    string `json:"status"` // always "error"
	Message   string `json:"message"`
	PaymentID int64  `json:"transaction_id,omitempty"` // only when a payment is on record

	status int
	header http.Header
	hangUp bool // the body may go on for long: see endsConnection
}

// Error implements error.
func (p *problem) Error() string { return p.Message }

// endsConnection reports whether the answer to r ends its connection. The server would
// wait for the rest of a body that was not read before it sends any answer, so a body
// that never comes would hold the connection. A partner over its rate keeps it.
func (p *problem) endsConnection(r *http.Request, e *entry) bool {
	return r.ContentLength != 0 && !e.received && (p.status != http.StatusTooManyRequests || p.hangUp)
}

// lingers is how long the rest of a body may take whose request was refused. Without it
// the client of a body that is under way would get a reset instead of the answer.
const lingers = 500 * time.Millisecond

// endConnection has w say that the connection ends, and bounds what it waits for.
func endConnection(w http.ResponseWriter, now time.Time) {
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(now.Add(lingers)) // only a recorder in tests has none
}

func newProblem(status int, message string) *problem {
	return &problem{Status: "error", Message: message, status: status}
}

// statusOf is the table from the domain's codes to HTTP.
func statusOf(code gateway.Code) int {
	switch code {
	case gateway.CodeInvalid:
		return http.StatusBadRequest
	case gateway.CodeUnauthorized:
		return http.StatusUnauthorized
	case gateway.CodeForbidden:
		return http.StatusForbidden
	case gateway.CodeNotFound:
		return http.StatusNotFound
	case gateway.CodeInFlight:
		return http.StatusConflict
	case gateway.CodeKeyReused:
		return http.StatusUnprocessableEntity
	case gateway.CodeRefused:
		return http.StatusBadGateway
	case gateway.CodeUnanswered:
		return http.StatusGatewayTimeout
	case gateway.CodeUnavailable:
		return http.StatusServiceUnavailable
	case gateway.CodeTooMany:
		return http.StatusTooManyRequests
	default:
		return http.StatusInternalServerError
	}
}

// asProblem returns what a client is told of err. What the domain did not mean
// for a partner is only logged.
func asProblem(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var e *gateway.Error
	if !errors.As(err, &e) || statusOf(e.Code) == http.StatusInternalServerError {
		return internal()
	}
	p = newProblem(statusOf(e.Code), e.Message)
	p.PaymentID = e.PaymentID
	if e.RetryAfter > 0 {
		p.header = retryAfter(e.RetryAfter)
	}
	return p
}

// retryAfter is the header in whole seconds, which promise nothing too early.
func retryAfter(wait time.Duration) http.Header {
	seconds := max(int64((wait+time.Second-1)/time.Second), 1)
	return http.Header{"Retry-After": {strconv.FormatInt(seconds, 10)}}
}

func internal() *problem {
	return newProblem(http.StatusInternalServerError, "internal error; the request may be repeated with the same X-Idempotency-Key")
}

func unknownPath(*http.Request) (response, error) {
	return response{}, newProblem(http.StatusNotFound, "no such path")
}

// notAllowed answers the wrong verb on a known path.
func notAllowed(allowed string) handler {
	return func(*http.Request) (response, error) {
		p := newProblem(http.StatusMethodNotAllowed, "method not allowed; use "+allowed)
		p.header = http.Header{"Allow": {allowed}}
		return response{}, p
	}
}
