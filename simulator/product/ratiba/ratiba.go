// Package ratiba is M-PESA Ratiba: a customer agrees once to a standing order, and M-PESA pays
// it on each of its dates.
package ratiba

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "ratiba"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "ratiba"

// Settings.
const (
	SettingFrequency = "ratiba_frequency"
	SettingResult    = "ratiba_result"
)

// Results that only this product has.
const (
	resultBusy      daraja.ResultCode = "1001"
	resultDuplicate daraja.ResultCode = "1050"
	resultBad       daraja.ResultCode = "1051"
)

// Product is M-PESA Ratiba.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "M-PESA Ratiba: standing orders",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"standingorder", "standing_order"}, Doc: "a standing order, to which the customer agrees with the PIN",
			Method: "POST", Path: daraja.RatibaPath,
			Fields: fields(), InvalidToken: daraja.ErrServiceToken, InvalidField: daraja.ErrRatibaField, Envelope: envelope,
			Pages: []string{"M-Pesa Ratiba"}, Confidence: daraja.Medium,
			StartsPayment: true, Agreement: true, Execute: execute, CallbackBody: callbackBody, EndPrompt: endPrompt,
		}},
		Results:  results(),
		Faults:   simulator.PaymentFaults(),
		Errors:   refusals(),
		Settings: settings(),
		NewState: func() simulator.State { return &state{orders: make(map[orderKey]order)} },
		Jobs:     map[string]simulator.Job{jobCharge: charge},
		Actions:  actions(),
	}
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingFrequency, Default: "1-8", Allowed: []string{"1-8", "1-9"},
			Doc: "Frequency of a standing order: eight numbers, or nine with 4 for every two weeks and those from monthly on one higher"},
		{Name: SettingResult, Default: "short", Allowed: []string{"short", "long"},
			Doc: "the callback of a standing order that was made: four items, or the ten of a page of August 2026"},
	}
}

func fields() []simulator.Field {
	paybill, till := daraja.RatibaTypes()
	return []simulator.Field{
		{Name: "StandingOrderName", Check: simulator.Required, Doc: "The name of the order, unique for the customer."},
		{Name: "StartDate", Check: date, Doc: "The first day, yyyymmdd."},
		{Name: "EndDate", Check: date, Doc: "The last day, yyyymmdd."},
		{Name: "BusinessShortCode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "Who is paid: the paybill, the till or its store number."},
		{Name: "TransactionType", Check: simulator.OneOf(slices.Concat(paybill, till)...), Doc: "Whether a paybill or a till is paid, in one of the spellings of the portal: " + strings.Join(slices.Concat(paybill, till), ", ") + "."},
		{Name: "ReceiverPartyIdentifierType", Check: simulator.OneOf("4", "2"), Doc: "4 for a paybill, 2 for a till."},
		{Name: "Amount", Key: simulator.AmountKey, Check: simulator.Amount, Doc: "Whole shillings, paid on each date."},
		{Name: "PartyA", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "Who pays."},
		{Name: "CallBackURL", URL: true, Doc: "Where the result goes."},
		{Name: "AccountReference", Key: simulator.ReferenceKey, Check: simulator.Required, Doc: "The account, such as an invoice number."},
		{Name: "TransactionDesc", Check: simulator.Required, Doc: "A comment."},
		{Name: "Frequency", Check: simulator.OneOf("1", "2", "3", "4", "5", "6", "7", "8", "9"), Doc: "How often it is paid: 1 once, 2 daily, 3 weekly, 4 monthly, 5 every two months, 6 quarterly, 7 half-yearly, 8 yearly."},
		{Name: "CustomStoId", Doc: "The partner's own id, which the callback repeats."},
	}
}

// date takes yyyymmdd.
func date(name string, v daraja.Text) string {
	if _, err := daraja.ParseRatibaDate(string(v)); err != nil {
		return fmt.Sprintf("%s is %.40q, it must be a date, yyyymmdd", name, string(v))
	}
	return ""
}

// results are those of a prompt, and two of the order. The portal's failure has the text
// "Error" whatever its code.
func results() []daraja.Result {
	failed := func(code daraja.ResultCode, short, meaning string) daraja.Result {
		return daraja.Result{Code: code, Short: short, Confidence: daraja.Medium, Text: "Error", Meaning: meaning}
	}
	return []daraja.Result{
		{Code: daraja.ResultSuccess, Short: "order made", Confidence: daraja.Medium,
			Text: "The service request is processed successfully", Meaning: "The customer has agreed to the standing order."},
		failed(resultBusy, "another prompt is open", "Another prompt is open on the phone."),
		failed(daraja.ResultPushFailed, "prompt failed", "M-PESA could not send the prompt."),
		failed(daraja.ResultCancelled, "cancelled", "The customer did not agree to the standing order."),
		failed(daraja.ResultUnreachable, "phone not reached", "The prompt did not reach the phone, or was not answered."),
		failed(resultDuplicate, "duplicate order name", "The customer has a standing order of this name."),
		failed(resultBad, "bad request", "A field is wrong. Here: the dates of the order."),
		failed("2001", "wrong PIN", "The customer entered a wrong PIN."),
		{Code: "8006", Short: "PIN is locked", Confidence: daraja.Low, Text: "Error", Meaning: "The customer's PIN is locked after too many wrong ones."},
	}
}

// refusals are the errors that only Ratiba has.
func refusals() []simulator.Refusal {
	return []simulator.Refusal{
		{Error: daraja.ErrServiceToken()},
		{Error: daraja.ErrRatibaShortcode()},
		{Error: daraja.ErrRatibaField("Amount"), Pattern: `^Value in field '[A-Za-z]{1,40}' is invalid$`},
	}
}

// envelope is the body of a refusal; that of a token has the form of all products.
func envelope(x *simulator.Exchange, e daraja.Error, requestID string) any {
	if e.Code != "400" {
		return nil
	}
	return daraja.NewRatibaRefusal(e, requestID, x.Now)
}

// state is the standing orders that have dates to come.
type state struct{ orders map[orderKey]order }

// orderKey names an order: a customer has one of a name.
type orderKey struct {
	phone daraja.MSISDN
	name  string
}

// Clone implements simulator.State. The orders do not change.
func (s *state) Clone() simulator.State { return &state{maps.Clone(s.orders)} }

func stateOf(l *simulator.Locked) *state {
	s, _ := l.StateOf(name).(*state)
	return s
}
