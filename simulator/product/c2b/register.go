package c2b

import (
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

func registerFields() []simulator.Field {
	return []simulator.Field{
		{Name: "ShortCode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The paybill, or a till's store number."},
		{Name: "ResponseType", Check: simulator.OneOf(daraja.C2BCompleted, daraja.C2BCancelled), Doc: "What happens to a payment whose validation is not answered: Completed or Cancelled."},
		{Name: "ConfirmationURL", URL: true, Doc: "Gets each payment that was made."},
		{Name: "ValidationURL", URL: true, Doc: "Is asked before each payment."},
	}
}

// register keeps the URLs of a shortcode (reference: C2B register).
func register(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	if _, known := l.Organisation(x.Shortcode); !known {
		return nil, daraja.ErrC2BUnreachable().Because("no organisation here has shortcode %s", x.Shortcode)
	}
	s := stateOf(l)
	if _, again := s.urls[x.Shortcode]; again && l.Setting(SettingSecond) == "refused" {
		return nil, daraja.ErrC2BRegistered().Because("shortcode %s has URLs, and %s is refused", x.Shortcode, SettingSecond)
	}
	s.urls[x.Shortcode] = urls{
		validation: x.Text("ValidationURL"), confirmation: x.Text("ConfirmationURL"),
		cancels: x.Text("ResponseType") == daraja.C2BCancelled, v1: strings.Contains(x.Call.Path, "/v1/"),
	}
	ack := daraja.C2BAck{OriginatorCoversationID: l.RequestID(x), ResponseCode: l.Setting(SettingRegisterCode), ResponseDescription: "Success"}
	if ack.ResponseCode == "absent" {
		ack.ResponseCode = ""
	}
	return ack, nil
}
