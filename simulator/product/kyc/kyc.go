// Package kyc is Mobile Number Validation: whether a number is registered with a document,
// such as a national ID.
package kyc

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "kyc"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "kyc"

// The kinds of documents.
const (
	nationalID = "01"
	militaryID = "02"
	passport   = "05"
)

const (
	resultMatch   daraja.ResultCode = "4000"
	resultNoMatch daraja.ResultCode = "4001"
)

// Product is Mobile Number Validation.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "mobile number validation (KYC): whether a number is registered with a document. The answers follow one client of the real API; errors are not verified",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"validateid", "mobilenumbervalidation"}, Doc: "a comparison of a document with that of a number",
			Method: "POST", Path: daraja.KYCPath, AnswersResult: true,
			Pages: []string{"Mobile Number Validation"}, Confidence: daraja.Medium,
			Fields: fields(), InvalidToken: daraja.ErrServiceToken, Envelope: envelope, Execute: execute,
		}},
		Results: []daraja.Result{
			{Code: resultMatch, Short: "document matches", Confidence: daraja.Medium, Text: "Details match successfully", Meaning: "The number is registered with the document."},
			{Code: resultNoMatch, Short: "document does not match", Confidence: daraja.Medium, Text: "Details do not match", Meaning: "The number is registered with another document."},
		},
		Errors:   []simulator.Refusal{{Error: daraja.ErrServiceToken()}},
		NewState: func() simulator.State { return &state{documents: make(map[document]string)} },
		Actions:  []simulator.Action{showAction(), registerAction()},
	}
}

func fields() []simulator.Field {
	return []simulator.Field{
		{Name: "requestRefID", Doc: "The caller's own id of the request."},
		{Name: "shortCode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "Who asks."},
		{Name: "msisdn", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The number."},
		{Name: "idType", Check: idType, Doc: "01 for a national ID, 02 for a military ID, 05 for a passport."},
		{Name: "idNumber", Check: idNumber, Doc: "The number of the document."},
	}
}

func idType(field string, v daraja.Text) string {
	return simulator.OneOf(nationalID, militaryID, passport)(field, v)
}

// idNumber takes letters and digits.
func idNumber(field string, v daraja.Text) string {
	for _, c := range v {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return fmt.Sprintf("%s must be letters and digits", field)
		}
	}
	if v == "" || len(v) > 20 {
		return fmt.Sprintf("%s must have 1 to 20 letters and digits, it has %d", field, len(v))
	}
	return ""
}

// execute compares a document with the one that the number is registered with (reference:
// mobile number validation).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	is, registered := resultMatch, numberOf(l, document{x.Phone, x.Text("idType")})
	if registered != x.Text("idNumber") {
		is = resultNoMatch
	}
	code := x.Result(is)
	text := l.AnswerText(x, code)
	if code == resultMatch {
		return answer(l.RequestID(x), code, text), nil
	}
	why := "decided by " + x.Outcome.By
	if x.Outcome.Result == "" {
		why = fmt.Sprintf("the number is registered with another document of type %s: darajabox product do kyc documents shows it", x.Text("idType"))
	}
	return nil, daraja.ErrLookup(200, string(code), text).Because("%s", why)
}

func answer(requestID string, code daraja.ResultCode, text string) daraja.KYCAnswer {
	return daraja.KYCAnswer{ResponseRefID: requestID, ResponseCode: string(code), ResponseMessage: text, Status: strconv.FormatBool(code == resultMatch)}
}

// envelope is the answer that a document does not match; it is an answer like the others.
func envelope(_ *simulator.Exchange, e daraja.Error, requestID string) any {
	if e.Status != 200 {
		return nil
	}
	return answer(requestID, daraja.ResultCode(e.Code), e.Message)
}

// document is a kind of document of a number's owner.
type document struct {
	phone daraja.MSISDN
	kind  string
}

// state is the numbers of the documents that were registered by hand.
type state struct{ documents map[document]string }

// Clone implements simulator.State.
func (s *state) Clone() simulator.State { return &state{maps.Clone(s.documents)} }

// numberOf is the number of a document: as it was registered, or else by the seed.
func numberOf(l *simulator.Locked, d document) string {
	s, _ := l.StateOf(name).(*state)
	if n, ok := s.documents[d]; ok {
		return n
	}
	draw := l.SeedDraw("kyc "+d.kind, d.phone.Digits())
	switch d.kind {
	case nationalID:
		return strconv.FormatUint(20_000_000+draw%20_000_000, 10)
	case militaryID:
		return strconv.FormatUint(100_000+draw%900_000, 10)
	default:
		return "A" + strconv.FormatUint(1_000_000+draw%9_000_000, 10)
	}
}
