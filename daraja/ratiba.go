package daraja

import (
	"net/http"
	"strings"
	"time"
)

// RatibaPath is the path of a new standing order; POST.
const RatibaPath = "/standingorder/v1/createStandingOrderExternal"

// RatibaTypes are the TransactionTypes of a standing order to a paybill, and to a till. The
// portal's pages spell them differently over the years, one of them as Marchant.
func RatibaTypes() (paybill, till []string) {
	return []string{
			"Standing Order Customer Pay Bill", "Standing Order Pay Bill External Third Party", "Standing Order Pay Bill Ext-Third Party",
		}, []string{
			"Standing Order Customer Pay Marchant", "Standing Order Customer Pay Merchant",
			"Standing Order Pay Merchant External Third Party", "Standing Order Pay Merchant Ext-Third Party",
		}
}

// RatibaDate is the layout of a date of a standing order, yyyymmdd.
const RatibaDate = "20060102"

// ParseRatibaDate reads a date, the midnight in Nairobi with which it begins.
func ParseRatibaDate(s string) (time.Time, error) { return time.ParseInLocation(RatibaDate, s, eat) }

// RatibaAck answers a request whose prompt is on its way. The case of the keys differs on the
// wire too.
type RatibaAck struct {
	ResponseHeader RatibaAckHeader
	ResponseBody   RatibaAckBody
}

// RatibaAckHeader is the first part of a RatibaAck.
type RatibaAckHeader struct {
	ResponseRefID       string `json:"responseRefID"`
	ResponseCode        string `json:"responseCode"`
	ResponseDescription string `json:"responseDescription"`
	ResultDesc          string
}

// RatibaAckBody is the second part of a RatibaAck.
type RatibaAckBody struct {
	ResponseDescription string `json:"responseDescription"`
	ResponseCode        string `json:"responseCode"`
}

// NewRatibaAck accepts a request.
func NewRatibaAck(ref string) RatibaAck {
	const accepted = "Request accepted for processing"
	return RatibaAck{
		RatibaAckHeader{ref, "200", accepted, "The service request is processed successfully."}, RatibaAckBody{accepted, "200"},
	}
}

// RatibaRefusal is the body of a refusal, in which the code is a number.
type RatibaRefusal struct {
	RequestRefID    string `json:"requestRefId"`
	ResponseMessage string `json:"responseMessage"`
	ResponseCode    int    `json:"responseCode"`
	Timestamp       string `json:"timestamp"` // UTC
}

// NewRatibaRefusal is the body that carries e.
func NewRatibaRefusal(e Error, requestID string, at time.Time) RatibaRefusal {
	return RatibaRefusal{requestID, e.Message, e.Status, at.UTC().Format("2006-01-02T15:04:05Z")}
}

// RatibaHeader is the first part of the callback of a standing order. References are the
// partner's CustomStoId, or else what the acknowledgement has.
type RatibaHeader struct {
	ResponseRefID       string `json:"responseRefID"`
	RequestRefID        string `json:"requestRefID"`
	ResponseCode        string `json:"responseCode"`
	ResponseDescription string `json:"responseDescription"`
}

// RatibaCreated is the callback of a standing order that was made.
type RatibaCreated struct {
	ResponseHeader RatibaHeader `json:"responseHeader"`
	ResponseBody   struct {
		ResponseData []RatibaItem `json:"responseData"`
	} `json:"responseBody"`
}

// RatibaItem is a fact in a RatibaCreated.
type RatibaItem struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// RatibaFailed is the callback of a standing order that was not made. Its keys begin with
// capitals, those of a success do not.
type RatibaFailed struct {
	ResponseHeader RatibaHeader
	ResponseBody   struct{ ResponseData []RatibaFact }
}

// RatibaFact is a fact in a RatibaFailed.
type RatibaFact struct{ Name, Value string }

// RatibaPhone is a number as the callback of a standing order shows it: 254******867 with its
// start, and *********149 without.
func RatibaPhone(m MSISDN, withStart bool) string {
	const ends = 3
	if len(m) < 2*ends {
		return strings.Repeat("*", len(m))
	}
	start := strings.Repeat("*", ends)
	if withStart {
		start = string(m[:ends])
	}
	return start + strings.Repeat("*", len(m)-2*ends) + string(m[len(m)-ends:])
}

// ErrRatibaShortcode: the shortcode of a standing order is not one of the app.
func ErrRatibaShortcode() Error {
	return ratibaRefusal("Value in field 'BusinessShortCode' can only be what was issued for this application")
}

// ErrRatibaField: a field of a standing order that is missing or malformed. The text is not
// known; this one follows ErrRatibaShortcode.
func ErrRatibaField(field string) Error {
	return ratibaRefusal("Value in field '" + field + "' is invalid")
}

func ratibaRefusal(message string) Error {
	return Error{Status: http.StatusBadRequest, Code: "400", Message: message}
}
