// Package pull is Pull Transactions: a business asks for the payments that customers made to
// it in the last 48 hours, such as those whose confirmation was lost.
package pull

import (
	"maps"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "pull"

// The APIs.
const (
	APIRegister simulator.API = "pullregister"
	APIQuery    simulator.API = "pullquery"
)

// Settings.
const (
	SettingNone = "pull_none"
	SettingDate = "pull_date"
	SettingKey  = "pull_status_key"
)

// Product is Pull Transactions.
func Product() simulator.Product {
	pages := []string{"Pull Transactions"}
	return simulator.Product{
		Name: name,
		Doc:  "pull transactions: the payments of customers to an organisation, on demand",
		Operations: []simulator.Operation{
			{
				API: APIRegister, Doc: "the registration of a shortcode whose payments are pulled",
				Method: "POST", Path: daraja.PullRegisterPath, Pages: pages, Confidence: daraja.Medium,
				Fields: registerFields(), InvalidToken: daraja.ErrPullToken, InvalidField: daraja.ErrPullField, Execute: register,
			},
			{
				API: APIQuery, Synonyms: []string{"pull"}, Doc: "payments of customers in the last 48 hours, the oldest first, a thousand at most",
				Method: "POST", Path: daraja.PullQueryPath, AlsoGET: true, Pages: pages, Confidence: daraja.High,
				Fields: queryFields(), InvalidToken: daraja.ErrPullToken, InvalidField: daraja.ErrPullField, Execute: query,
			},
		},
		Errors: []simulator.Refusal{
			{Error: daraja.ErrPullField("ShortCode"), Pattern: `^Invalid [A-Za-z]{1,40}$`},
			{Error: daraja.ErrPullToken()},
		},
		Settings: settings(),
		NewState: func() simulator.State { return &state{registered: make(map[string]registration)} },
	}
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingNone, Default: "no-key", Allowed: []string{"no-key", "empty"},
			Doc: "a pull query that finds nothing: without a key Response as captured, or with [[]] as documented"},
		{Name: SettingDate, Default: "offset", Allowed: []string{"offset", "utc"},
			Doc: "trxDate of a pulled transaction: 2025-01-24T10:56:11+03:00 or 2025-01-24T07:56:11Z"},
		{Name: SettingKey, Default: "ResponseStatus", Allowed: []string{"ResponseStatus", "Response Status"},
			Doc: "key in the answer to a registration for pulling"},
	}
}

// state is the shortcodes that are registered.
type state struct{ registered map[string]registration }

// registration is what a business said of a shortcode. Nothing is sent to either.
type registration struct{ number, url string }

// Clone implements simulator.State.
func (s *state) Clone() simulator.State { return &state{maps.Clone(s.registered)} }

func stateOf(l *simulator.Locked) *state {
	s, _ := l.StateOf(name).(*state)
	return s
}

func registerFields() []simulator.Field {
	return []simulator.Field{
		{Name: "ShortCode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The paybill, or a till's store number."},
		{Name: "RequestType", Check: simulator.OneOf("Pull", ""), Doc: "Pull."},
		{Name: "NominatedNumber", Check: simulator.Required, Doc: "A phone number of the business; nothing is sent to it."},
		{Name: "CallBackURL", URL: true, Doc: "A URL of the business; nothing is sent to it."},
	}
}

// register allows the queries of a shortcode (reference: pull transactions).
func register(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	if _, known := l.Organisation(x.Shortcode); !known {
		return nil, daraja.ErrPullField("ShortCode").Because("no organisation here has shortcode %s", x.Shortcode)
	}
	a := daraja.PullRegistered{
		ResponseRefID: simulator.UUIDOf(l.RequestID(x)), ResponseStatus: daraja.PullFound, ShortCode: x.Shortcode,
		ResponseDescription: "Shortcode Registered Successfully",
	}
	s := stateOf(l)
	if _, again := s.registered[x.Shortcode]; again {
		a.ResponseStatus, a.ResponseDescription = daraja.PullNothing, "ShortCode already Registered"
	} else {
		s.registered[x.Shortcode] = registration{x.Text("NominatedNumber"), x.Text("CallBackURL")}
	}
	if l.Setting(SettingKey) != "ResponseStatus" {
		return daraja.PullRegisteredSpaced(a), nil
	}
	return a, nil
}
