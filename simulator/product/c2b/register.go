package c2b

import (
	"strconv"
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
	if err := checkVersion(l, x); err != nil {
		return nil, err
	}
	if _, known := l.Organisation(x.Shortcode); !known {
		return nil, daraja.ErrC2BUnreachable().Because("no organisation here has shortcode %s", x.Shortcode)
	}
	s := stateOf(l)
	if _, again := s.urls[x.Shortcode]; again {
		if answer, err := second(l, x); answer != nil || err != nil {
			return answer, err
		}
	}
	s.urls[x.Shortcode] = urls{
		validation: x.Text("ValidationURL"), confirmation: x.Text("ConfirmationURL"),
		cancels: x.Text("ResponseType") == daraja.C2BCancelled, v1: isV1(x),
	}
	ack := daraja.C2BAck{OriginatorCoversationID: l.RequestID(x), ResponseCode: l.Setting(SettingRegisterCode), ResponseDescription: "Success"}
	if ack.ResponseCode == "absent" {
		ack.ResponseCode = ""
	}
	return ack, nil
}

// second is the answer to another registration of a shortcode, or neither answer nor error when
// it takes the place of the first.
func second(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	switch how := l.Setting(SettingSecond); how {
	case "refused":
		return nil, daraja.ErrC2BRegistered().Because("shortcode %s has URLs, and %s is %s", x.Shortcode, SettingSecond, how)
	case "200-text":
		return daraja.NewC2BRegisteredBefore(), nil
	case "duplicate":
		shortcode, _ := strconv.ParseUint(x.Shortcode, 10, 64) // it was checked
		return nil, daraja.ErrC2BDuplicate(shortcode, shortcode*10+1).Because("shortcode %s has URLs, and %s is %s", x.Shortcode, SettingSecond, how)
	}
	return nil, nil //nolint:nilnil // neither
}

// isV1 reports whether a call is by a path of version 1.
func isV1(x *simulator.Exchange) bool { return strings.Contains(x.Call.Path, "/v1/") }

// checkVersion refuses a path of a version that the apps do not have.
func checkVersion(l *simulator.Locked, x *simulator.Exchange) error {
	called := "v2"
	if isV1(x) {
		called = "v1"
	}
	if has := l.Setting(SettingVersion); has != "both" && has != called {
		return daraja.ErrC2BToken().Because("the path is of C2B %s, and the app has C2B %s: %s", called, has, SettingVersion)
	}
	return nil
}
