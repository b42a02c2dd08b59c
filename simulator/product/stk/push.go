package stk

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// resultNoOperator is the result of a push for a till whose PartyB is the store number
// (reference: STK results). Its code is a string.
const resultNoOperator daraja.ResultCode = "SFC_IC0003"

// acceptPush puts a prompt on a customer's phone (reference: STK push).
func acceptPush(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	if err := checkTexts(l, x); err != nil {
		return nil, err
	}
	org, err := checkMerchant(l, x)
	if err != nil {
		return nil, err
	}
	kind := x.Text("TransactionType")
	if err := checkType(org, kind); err != nil {
		return nil, err
	}
	if open := l.PromptOn(x.Phone); open != "" {
		return nil, daraja.ErrLocked().Because("prompt %s is still open on %s", open, x.Phone.Masked())
	}
	p := simulator.Prompt{
		API: APIPush, RequestID: l.RequestID(x), ID: newID(l, x.Phone),
		Phone: x.Phone, Amount: x.Amount, Shortcode: x.Shortcode, Reference: x.Reference, CallbackURL: x.Text("CallBackURL"),
	}
	s := simulator.Screen{Organisation: org.Name, Text: promptText(p, org.Name)}
	l.OpenPrompt(x, p, s, cmp.Or(wrongPartyB(l, org, kind, x.Text("PartyB")), tooLong(s.Text)))
	return daraja.NewSTKPushAck(p.RequestID, p.ID), nil
}

// Values of SettingDescription and SettingReference.
const (
	required = "required"
	optional = "optional"
)

// checkTexts refuses a push that lacks a text which the settings require. Daraja looks at
// TransactionDesc, which it calls Remarks, before AccountReference (reference: STK push).
func checkTexts(l *simulator.Locked, x *simulator.Exchange) error {
	for _, f := range []struct{ name, refusal, setting string }{
		{"TransactionDesc", "Remarks", SettingDescription}, {"AccountReference", "AccountReference", SettingReference},
	} {
		if x.Text(f.name) == "" && l.Setting(f.setting) == required {
			return daraja.ErrInvalidField(f.refusal).Because("%s is missing; the setting %s takes a push without it", f.name, f.setting)
		}
	}
	return nil
}

// newID is a CheckoutRequestID for a prompt to m: ws_CO_, the date and time with milliseconds,
// and the national number.
func newID(l *simulator.Locked, m daraja.MSISDN) string {
	step, form := time.Millisecond, "02012006150405.000"
	if l.Setting(SettingCheckoutMillis) == "1" {
		step, form = 100*time.Millisecond, "02012006150405.0"
	}
	for {
		id := "ws_CO_" + strings.Replace(l.UniqueTime(m, step).Format(form), ".", "", 1) + m.National()
		if _, taken := l.PromptByID(id); !taken { // the clock may have been set back
			return id
		}
	}
}

// promptText is what the handset shows.
func promptText(p simulator.Prompt, organisation string) string {
	return "Do you want to pay Ksh. " + p.Amount.String() + " to " + organisation + " Account no. " + p.Reference + "? Enter M-PESA PIN:"
}

// tooLong is the failure of a push whose prompt a phone cannot show.
func tooLong(text string) simulator.PromptResult {
	n := utf8.RuneCountInString(text)
	if n <= daraja.PromptLimit {
		return simulator.PromptResult{}
	}
	return simulator.PromptResult{
		Result: daraja.ResultPushFailed,
		Why:    fmt.Sprintf("the prompt has %d characters, but a phone shows %d; shorten AccountReference", n, daraja.PromptLimit),
	}
}

// compose is the body of a push as an app makes it.
func compose(a simulator.PaymentAsk) any {
	org, stamp := a.Organisation, daraja.Timestamp(a.At)
	return daraja.STKPush{
		BusinessShortCode: daraja.Text(org.Shortcode), Timestamp: daraja.Text(stamp),
		Password:        daraja.Text(daraja.Password(org.Shortcode, org.Passkey, stamp)),
		TransactionType: daraja.Text(transactionType(org)), PartyB: daraja.Text(org.Receiver()),
		Amount: daraja.Text(strconv.FormatInt(a.Amount, 10)), PartyA: daraja.Text(a.Phone.Digits()), PhoneNumber: daraja.Text(a.Phone.Digits()),
		CallBackURL: daraja.Text(a.CallbackURL), AccountReference: daraja.Text(a.Reference), TransactionDesc: daraja.Text(a.Description),
	}
}

// transactionType is the only one that an organisation may push with.
func transactionType(o simulator.Organisation) string {
	if o.Till != "" {
		return daraja.CustomerBuyGoodsOnline
	}
	return daraja.CustomerPayBillOnline
}

// checkType refuses a transaction type that the organisation does not have: a paybill's
// request is called invalid, a till's is not allowed.
func checkType(org simulator.Organisation, kind string) error {
	want := transactionType(org)
	switch {
	case kind == want:
		return nil
	case org.Till == "":
		return daraja.ErrInvalidField("TransactionType").Because("%s is a paybill, so TransactionType must be %s", org.Shortcode, want)
	default:
		return daraja.ErrTypeNotAllowed(kind).Because("%s is a till's store number, so TransactionType must be %s and PartyB %s", org.Shortcode, want, org.Till)
	}
}

// wrongPartyB is the failure of a push with the PartyB of another organisation. It is
// accepted all the same.
func wrongPartyB(l *simulator.Locked, org simulator.Organisation, kind, partyB string) simulator.PromptResult {
	if partyB == org.Receiver() {
		return simulator.PromptResult{}
	}
	if partyB == org.Shortcode {
		return simulator.PromptResult{
			Result: daraja.ResultCode(l.Setting(SettingWrongTill)),
			Why:    fmt.Sprintf("PartyB is the store number %s; with %s it must be the till %s", partyB, kind, org.Till),
		}
	}
	has, must := "paybill", "paybill itself, "+org.Shortcode
	if org.Till != "" {
		has, must = "store", "till "+org.Till
	}
	return simulator.PromptResult{
		Result: daraja.ResultNotPermitted,
		Why:    fmt.Sprintf("PartyB is %s; for the %s %s with %s it must be the %s", partyB, has, org.Shortcode, kind, must),
	}
}

// callbackBody says the result of a prompt, with what is to be wrong about it.
func callbackBody(l *simulator.Locked, p simulator.PromptState, wrong simulator.Faults) []byte {
	cb := daraja.STKCallback{MerchantRequestID: p.RequestID, CheckoutRequestID: p.ID, ResultCode: p.Result, ResultDesc: p.Desc}
	if p.Result == daraja.ResultSuccess {
		cb.Payment = &daraja.STKPayment{
			Amount: wrong.Money(simulator.FaultAmount, p.Amount), Receipt: l.RecordCallbackReceipt(wrong.Has(faultReceipt), p.Phone, p.Receipt, p.EndedAt), At: p.EndedAt,
			Phone: wrong.Phone(simulator.FaultPhone, p.Phone).Digits(),
		}
	}
	if wrong.Has(faultID) {
		cb.CheckoutRequestID = unknownID(p)
	}
	body, _ := cb.Encode(daraja.CallbackStyle{
		WholeAmount: l.Setting(SettingCallbackAmount) == "1", NoBalance: l.Setting(SettingCallbackBalance) == "absent",
	}) // fails only with a receipt or a phone that is not JSON, and both are made here
	return body
}

// unknownID looks like a CheckoutRequestID and is none: no Kenyan mobile number
// begins with a 2 after the country code, so no prompt ever had it.
func unknownID(p simulator.PromptState) string {
	return strings.TrimSuffix(p.ID, p.Phone.National()) + "2" + p.Phone.National()[1:]
}
