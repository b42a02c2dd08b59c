// Package hakikisha is B2C Hakikisha: the first name of a number's owner, before money is
// sent to it.
package hakikisha

import (
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "hakikisha"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "hakikisha"

const (
	resultFound   daraja.ResultCode = "200"
	resultUnknown daraja.ResultCode = "400"
)

// Product is B2C Hakikisha.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "B2C Hakikisha: the name of the customer with a number, of which only the first part is whole",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"b2chakikisha"}, Doc: "the name of the customer with a number",
			Method: "POST", Path: daraja.B2CHakikishaPath, AnswersResult: true,
			Pages: []string{"B2C Hakikisha"}, Confidence: daraja.Medium,
			Fields: fields(), InvalidToken: daraja.ErrServiceToken, InvalidField: invalidField, Envelope: envelope, Execute: execute,
		}},
		Results: []daraja.Result{
			{Code: resultFound, Short: "customer found", Confidence: daraja.Medium, Text: "Success", Meaning: "The number has a customer."},
			{Code: resultUnknown, Short: "no such customer", Confidence: daraja.Medium, Text: "The customer does not exist.", Meaning: "The number has no customer of M-PESA."},
		},
		Errors: []simulator.Refusal{{Error: daraja.ErrServiceToken()}},
	}
}

func fields() []simulator.Field {
	return []simulator.Field{
		{Name: "header.requestID", Doc: "The caller's own id of the request, which the answer repeats."},
		{Name: "header.timestamp", Doc: "Seconds since 1970, which the answer repeats."},
		{Name: "body.msisdn", Refusal: "phone number", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The number."},
		{Name: "body.shortcode", Refusal: "shortcode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "Who asks."},
	}
}

// invalidField has the dash of the documentation.
func invalidField(field string) daraja.Error {
	return daraja.ErrLookup(400, string(resultUnknown), "Bad Request – Invalid "+field)
}

// execute names the customer (reference: B2C Hakikisha).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	is, why := resultFound, "decided by "+x.Outcome.By
	if l.Customer(x.Phone).Unregistered {
		is = resultUnknown
	}
	code := x.Result(is)
	text := l.AnswerText(x, code)
	if x.Outcome.Result == "" {
		why = "the number has no M-PESA account"
	}
	if code != resultFound {
		return nil, daraja.ErrLookup(400, string(code), text).Because("%s", why)
	}
	return daraja.HakikishaAnswer{
		Header: daraja.HakikishaHeader{RequestID: x.Text("header.requestID"), Timestamp: x.Text("header.timestamp"), Status: string(code), Message: text},
		Body:   masked(l.Customer(x.Phone).Name),
	}, nil
}

// masked is a name as M-PESA shows it: of each part after the first only the first letter.
// A name of two parts has no middle one.
func masked(name string) daraja.HakikishaName {
	parts := strings.Fields(name)
	var m daraja.HakikishaName
	if len(parts) > 0 {
		m.FirstName = parts[0]
	}
	if len(parts) > 1 {
		m.LastName = mask(parts[len(parts)-1])
	}
	if len(parts) > 2 {
		m.MiddleName = mask(parts[1])
	}
	return m
}

func mask(part string) string { return string([]rune(part)[:1]) + "******" }

// envelope is the form of a refusal: its timestamp is in another form than an answer's.
func envelope(x *simulator.Exchange, e daraja.Error, _ string) any {
	if len(e.Code) != len(resultUnknown) {
		return nil
	}
	return daraja.HakikishaRefusal{
		Header: daraja.HakikishaHeader{RequestID: x.Text("header.requestID"), Timestamp: daraja.Timestamp(x.Now), Status: e.Code, Message: "Error"},
		Body:   daraja.HakikishaReason{Message: e.Message},
	}
}
