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
}

// Error implements error.
func (p *problem) Error() string { return p.Message }

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
