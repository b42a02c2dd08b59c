package daraja

import "time"

// Paths of Lipa na Bonga; POST.
const (
	BongaPointsPath = "/v1/lipa/na/bonga/calculate-points"
	BongaRedeemPath = "/v1/lipa/na/bonga/redeem-paybill"
)

// BongaHeader begins each answer of Lipa na Bonga.
type BongaHeader struct {
	RequestRefID    string `json:"requestRefId"` // a UUID
	ResponseCode    int    `json:"responseCode"`
	ResponseMessage string `json:"responseMessage"`
	CustomerMessage string `json:"customerMessage"`
	Timestamp       string `json:"timestamp"` // BongaTime
}

// BongaTime prints a time as these answers have it: in Nairobi, with nanoseconds, and no zone.
func BongaTime(t time.Time) string { return t.In(eat).Format("2006-01-02T15:04:05.000000000") }

// BongaAnswer is an answer of Lipa na Bonga. Body is a BongaPoints or nil.
type BongaAnswer struct {
	Header BongaHeader `json:"header"`
	Body   any         `json:"body"`
}

// BongaPoints is what points are worth.
type BongaPoints struct {
	Amount string `json:"amount"` // shillings
	Points string `json:"points"`
	Rate   string `json:"rate"` // shillings for a point
}

// Codes of Lipa na Bonga. Where Safaricom sends which is not established.
const (
	BongaFailed     = "6001"
	BongaIncomplete = "6006"
	BongaPromptOpen = "6008"
)

// ErrBonga: what Lipa na Bonga refuses. The code is one of its own.
func ErrBonga(code, text string) Error {
	e := refusal("400.000", text)
	e.Code = code
	return e
}

// ErrBongaField: a field of Lipa na Bonga that is missing or malformed.
func ErrBongaField(field string) Error { return ErrBonga(BongaIncomplete, "Invalid "+field) }
