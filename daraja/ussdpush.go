package daraja

import "strings"

// USSDPushPath is the path of B2B Express Checkout; POST.
const USSDPushPath = "/v1/ussdpush/get-msisdn"

// USSDPushAck answers a request whose prompt is on its way.
type USSDPushAck struct {
	Code   string `json:"code"`
	Status string `json:"status"`
}

// NewUSSDPushAck accepts a request.
func NewUSSDPushAck() USSDPushAck {
	return USSDPushAck{Code: "0", Status: "USSD Initiated Successfully"}
}

// USSDPushPaid is the body of the callback of a success. Every value is a string.
type USSDPushPaid struct {
	ResultCode     string `json:"resultCode"`
	ResultDesc     string `json:"resultDesc"`
	Amount         string `json:"amount"`
	RequestID      string `json:"requestId"`
	ResultType     string `json:"resultType"`
	ConversationID string `json:"conversationID"`
	TransactionID  string `json:"transactionId"`
	Status         string `json:"status"`
}

// USSDPushFailed is the body of the callback of a failure. It has other keys than a success.
type USSDPushFailed struct {
	ResultCode       string `json:"resultCode"`
	ResultDesc       string `json:"resultDesc"`
	RequestID        string `json:"requestId"`
	Amount           string `json:"amount"`
	PaymentReference string `json:"paymentReference"`
}

// USSDPushAmount prints an amount as the callbacks do: 71.0, 71.5, 71.25.
func USSDPushAmount(m Money) string { return strings.TrimSuffix(m.String(), "0") }

// ErrUnauthorized: a request of B2B Express Checkout whose access token is missing, expired
// or of an app without the product.
func ErrUnauthorized() Error { return refusal("401", "Unauthorized - Invalid Access Token") }
