package daraja

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Paths of Pull Transactions.
const (
	PullRegisterPath = "/pulltransactions/v1/register"
	PullQueryPath    = "/pulltransactions/v1/query"
)

// PullRegistered answers the registration of a shortcode.
type PullRegistered struct {
	ResponseRefID       string // a UUID
	ResponseStatus      string
	ShortCode           string
	ResponseDescription string
}

// PullRegisteredSpaced is PullRegistered with a key that was seen with a space in it.
type PullRegisteredSpaced struct {
	ResponseRefID       string
	ResponseStatus      string `json:"Response Status"`
	ShortCode           string
	ResponseDescription string
}

// PullPage answers a query: the transactions are in an array of arrays.
type PullPage struct {
	ResponseRefID   string
	ResponseCode    string
	ResponseMessage string
	Response        [][]PullTransaction
}

// PullNone answers a query that finds nothing.
type PullNone struct {
	RequestID       string
	ResponseCode    string
	ResponseMessage string
}

// What a query says beside its transactions.
const (
	PullFound       = "1000"
	PullNothing     = "1001"
	PullNothingText = "No records found or Organization Name not available"
)

// PullTransaction is a customer's payment to an organisation.
type PullTransaction struct {
	ID               string      `json:"transactionId"`
	Date             string      `json:"trxDate"`
	MSISDN           json.Number `json:"msisdn"` // the nine digits after the country code, a number
	Sender           string      `json:"sender"`
	Type             string      `json:"transactiontype"`
	Reference        string      `json:"billreference"`
	Amount           string      `json:"amount"` // PullAmount
	OrganizationName string      `json:"organizationname"`
}

// PullAmount prints an amount as Pull does, with at least one decimal: 2697.0, 7.25.
func PullAmount(m Money) string {
	s := strings.TrimRight(m.String(), "0")
	if strings.HasSuffix(s, ".") {
		s += "0"
	}
	return s
}

// NationalNumber is a phone number as the number of its nine last digits.
func NationalNumber(m MSISDN) json.Number {
	n, err := strconv.ParseUint(m.National(), 10, 64)
	if err != nil {
		return "0"
	}
	return json.Number(strconv.FormatUint(n, 10))
}

// ErrPullField: a field of Pull Transactions that is missing or malformed.
func ErrPullField(field string) Error { return refusal("400.001", "Invalid "+field) }

// ErrPullToken: a request of Pull Transactions whose access token is missing, expired or of an
// app without the product.
func ErrPullToken() Error { return refusal("401.001", "Error Occurred - Invalid Access Token - ") }
