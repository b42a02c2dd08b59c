package gateway

import (
	"errors"
	"fmt"
	"time"
)

// Code classifies an Error; the transport has one table from it to its statuses.
type Code string

// Codes.
const (
	CodeInvalid      Code = "invalid"      // a field is missing or malformed
	CodeUnauthorized Code = "unauthorized" // no such API key
	CodeForbidden    Code = "forbidden"    // the API key may not do this
	CodeNotFound     Code = "not_found"    // no such transaction, or another partner's
	CodeInFlight     Code = "in_flight"    // the same idempotency key is being worked on
	CodeKeyReused    Code = "key_reused"   // the same idempotency key with another body
	CodeRefused      Code = "refused"      // Daraja refused, or could not be reached
	CodeUnanswered   Code = "unanswered"   // Daraja may or may not have taken it
	CodeConflict     Code = "conflict"     // administration: it is there already, too many are, or its state forbids it
	CodeUnavailable  Code = "unavailable"  // Daraja may not be called now; nothing is on record
	CodeTooMany      Code = "too_many"     // over a limit; nothing is on record
)

// Error is what a partner is told. PaymentID is the payment on record, or 0.
// RetryAfter, where it is not 0, is when the same request may succeed.
type Error struct {
	Code       Code
	Message    string
	PaymentID  int64
	RetryAfter time.Duration
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// CodeOf returns the code of the Error in err's chain, or "".
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Invalidf returns an Error of CodeInvalid.
func Invalidf(format string, args ...any) *Error {
	return &Error{Code: CodeInvalid, Message: fmt.Sprintf(format, args...)}
}
