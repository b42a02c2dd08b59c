package daraja

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// Error is a refusal by Daraja's gateway: an HTTP status and the envelope
// {requestId, errorCode, errorMessage}, three strings in this order. An Error
// with an empty Code is an answer without a body.
type Error struct {
	Status  int    `json:"status"`  // HTTP status
	Code    string `json:"code"`    // errorCode, such as 404.001.03
	Message string `json:"message"` // errorMessage
	Reason  string `json:"-"`       // why, for a person; never on the wire
}

// Error implements error.
func (e *Error) Error() string {
	s := fmt.Sprintf("daraja %d %s %s", e.Status, e.Code, e.Message)
	if e.Reason != "" {
		s += " (" + e.Reason + ")"
	}
	return s
}

// Because returns a copy of e with the reason that a person needs to mend it.
func (e Error) Because(format string, args ...any) *Error {
	e.Reason = fmt.Sprintf(format, args...)
	return &e
}

// Envelope is the body of a refusal.
type Envelope struct {
	RequestID    string `json:"requestId"`
	ErrorCode    string `json:"errorCode"`
	ErrorMessage string `json:"errorMessage"`
}

// Envelope returns the body that carries e.
func (e *Error) Envelope(requestID string) Envelope {
	return Envelope{RequestID: requestID, ErrorCode: e.Code, ErrorMessage: e.Message}
}

// ParseError reads a refusal that Daraja answered with. It returns false when the
// body is not the envelope: HTML of a firewall, a fault of the edge, nothing.
func ParseError(status int, body []byte) (*Error, bool) {
	var e Envelope
	_ = json.Unmarshal(body, &e) // what is not the envelope has no errorCode
	if e.ErrorCode == "" {
		return nil, false
	}
	return &Error{Status: status, Code: e.ErrorCode, Message: e.ErrorMessage}, true
}

// IsInvalidToken reports whether Daraja refused the access token of an STK
// request. A new token is the remedy.
func (e *Error) IsInvalidToken() bool { return e.Code == "404.001.03" }

// IsStillProcessing reports whether e is the classic answer to a query about a
// prompt that is still open. It is not a failure.
func (e *Error) IsStillProcessing() bool {
	return e.Code == codeMerchant && e.Message == msgProcessing
}

const (
	codeMerchant  = "500.001.1001"
	msgProcessing = "The transaction is being processed"
)

// Each documented refusal has one constructor below, named for its cause.

// ErrInvalidAuthentication: token request without Basic authorization.
func ErrInvalidAuthentication() Error { return refusal("400.008.01", "Invalid Authentication passed") }

// ErrInvalidGrant: grant_type is absent or not client_credentials.
func ErrInvalidGrant() Error { return refusal("400.008.02", "Invalid grant type passed") }

// ErrWrongKey: unknown consumer key or wrong secret. Daraja answers 400 with no body.
func ErrWrongKey() Error { return Error{Status: http.StatusBadRequest} }

// ErrWrongKeyInWords: token request with a wrong consumer key or secret, as other captures have it.
func ErrWrongKeyInWords() Error { return refusal("400.008.01", "Bad Request - invalid credentials") }

// ErrInvalidToken: STK request whose access token is missing, expired or not Daraja's.
func ErrInvalidToken() Error { return refusal("404.001.03", "Invalid Access Token") }

// ErrInvalidAuthHeader: Authorization that is not "Bearer <token>".
func ErrInvalidAuthHeader() Error { return refusal("404.001.04", "Invalid Authentication Header") }

// ErrInvalidField: a field that is missing or malformed.
func ErrInvalidField(field string) Error {
	return refusal("400.002.02", "Bad Request - Invalid "+field)
}

// ErrInvalidPayload: a body that is not a JSON object.
func ErrInvalidPayload() Error { return refusal("400.002.05", "Invalid Request Payload") }

// ErrNotFound: an unknown path of the STK family.
func ErrNotFound() Error { return refusal("404.001.01", "Resource not found") }

// ErrNotDeployed: a path that Daraja does not serve, or a product that is not deployed.
// Captured answers have no body; the documentation has ErrNotFound.
func ErrNotDeployed() Error { return Error{Status: http.StatusNotFound} }

// ErrMethodNotAllowed: the wrong verb on a known path.
func ErrMethodNotAllowed(method string) Error {
	return refusal("405.001", method+" Method Not Allowed")
}

// ErrWrongCredentials: Password is not base64(shortcode + passkey + timestamp).
func ErrWrongCredentials() Error { return merchant("Wrong credentials") }

// ErrNoMerchant: unknown shortcode, or one that may not push.
func ErrNoMerchant() Error { return merchant("Merchant does not exist") }

// ErrLocked: a second prompt while one is open on the customer's phone.
func ErrLocked() Error {
	return merchant("Unable to lock subscriber, a transaction is already in process for the current subscriber")
}

// ErrProcessing: query of a prompt that is still open, in the classic form.
func ErrProcessing() Error { return merchant(msgProcessing) }

// ErrProcessingSilently: query of a prompt that is still open, in the form of October 2026:
// an error envelope with an empty message and the status of a success.
func ErrProcessingSilently() Error { return Error{Status: http.StatusOK, Code: codeMerchant} }

// ErrNoTransaction: query of an unknown CheckoutRequestID.
func ErrNoTransaction() Error { return merchant("The transaction does not Exist") }

// ErrTypeNotAllowed: a till that asks for a paybill payment, or the reverse.
func ErrTypeNotAllowed(transactionType string) Error {
	return merchant("Merchant not allowed to carry out transaction type " + transactionType)
}

// ErrBusy: Daraja has too much to do.
func ErrBusy() Error {
	return refusal("500.003.02", "System is busy. Please try again in few minutes.")
}

// ErrInternal: any fault of Daraja's own.
func ErrInternal() Error { return refusal("500.003.1001", "Internal Server Error") }

// ErrMaintenance: Daraja is down on purpose.
func ErrMaintenance() Error {
	return refusal("500.002.1001", "Service is currently under maintenance. Please try again later")
}

// ErrSpikeArrest: too many requests in a moment, in the envelope of Daraja's own
// services. The edge in front of them answers 429 in another form.
func ErrSpikeArrest() Error { return refusal("500.003.02", "Error Occurred: Spike Arrest Violation") }

// ErrQuota: too many requests in a longer time.
func ErrQuota() Error { return refusal("500.003.03", "Error Occurred: Quota Violation") }

// ErrUnreachable: the sandbox's own services do not answer.
func ErrUnreachable() Error { return refusal(codeMerchant, "Service is currently unreachable") }

// Errors is the catalogue of refusals. Several share a code and differ in the message.
func Errors() []Error {
	return []Error{
		ErrInvalidAuthentication(), ErrInvalidGrant(), ErrWrongKeyInWords(), ErrInvalidToken(), ErrInvalidAuthHeader(),
		ErrInvalidField("BusinessShortCode"), ErrInvalidPayload(), ErrNotFound(), ErrMethodNotAllowed("GET"),
		ErrWrongCredentials(), ErrNoMerchant(), ErrLocked(), ErrProcessing(), ErrNoTransaction(), ErrUnreachable(),
		ErrTypeNotAllowed(CustomerPayBillOnline), ErrMaintenance(), ErrInternal(), ErrBusy(), ErrSpikeArrest(), ErrQuota(),
	}
}

func merchant(message string) Error { return refusal(codeMerchant, message) }

// refusal makes an Error of a code, which begins with its HTTP status.
func refusal(code, message string) Error {
	status, err := strconv.Atoi(code[:3])
	if err != nil {
		panic(err)
	}
	return Error{Status: status, Code: code, Message: message}
}
