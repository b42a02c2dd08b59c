package daraja

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// ConversationAck answers a request whose result comes later, to its ResultURL.
type ConversationAck struct {
	OriginatorConversationID string
	ConversationID           string
	ResponseCode             string
	ResponseDescription      string
}

// NewConversationAck accepts a request.
func NewConversationAck(originator, conversation string) ConversationAck {
	return ConversationAck{
		OriginatorConversationID: originator, ConversationID: conversation,
		ResponseCode: "0", ResponseDescription: "Accept the service request successfully.",
	}
}

// ResultMessage is the body that M-PESA sends to a ResultURL or a QueueTimeOutURL.
type ResultMessage struct {
	ResultType               int
	ResultCode               ResultCode
	ResultDesc               string
	OriginatorConversationID string
	ConversationID           string
	TransactionID            string
	ResultParameters         *ResultParameters `json:",omitempty"` // nil leaves the key out
	ReferenceData            ReferenceData

	TextCodes bool `json:"-"` // ResultType and ResultCode are strings, as some documentation has them
}

// textResult is a ResultMessage whose codes are strings.
type textResult struct {
	ResultType               string
	ResultCode               string
	ResultDesc               string
	OriginatorConversationID string
	ConversationID           string
	TransactionID            string
	ResultParameters         *ResultParameters `json:",omitempty"`
	ReferenceData            ReferenceData
}

// ResultParameters has a Parameter, or a []Parameter.
type ResultParameters struct{ ResultParameter any }

// ReferenceData has a Parameter, or a []Parameter.
type ReferenceData struct{ ReferenceItem any }

// Parameter is a fact in a ResultMessage. Value nil leaves the key Value out.
type Parameter struct {
	Key   string
	Value any `json:",omitempty"`
}

// TimeNumber is a time as the number yyyyMMddHHmmss, in Nairobi's time.
func TimeNumber(t time.Time) json.Number { return json.Number(Timestamp(t)) }

// Encode returns the body as M-PESA writes it: each slash is escaped. It fails when a
// value of a Parameter cannot be JSON.
func (m ResultMessage) Encode() ([]byte, error) {
	var result any = m
	if m.TextCodes {
		result = textResult{
			strconv.Itoa(m.ResultType), string(m.ResultCode), m.ResultDesc, m.OriginatorConversationID, m.ConversationID, m.TransactionID,
			m.ResultParameters, m.ReferenceData,
		}
	}
	b, err := Marshal(struct{ Result any }{result})
	if err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(b, []byte("/"), []byte(`\/`)), nil
}

// ErrB2CToken: a request of B2C or for an account balance whose access token is missing,
// expired or of an app without the product. Nothing follows the last hyphen.
func ErrB2CToken() Error { return refusal("401.002.01", "Error Occurred - Invalid Access Token - ") }

// AmountNumber is an amount as the results of transaction status have it: 22000.0, 10.5.
func AmountNumber(m Money) json.Number {
	return json.Number(strings.TrimSuffix(m.String(), "0"))
}
