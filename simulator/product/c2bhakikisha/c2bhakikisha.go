// Package c2bhakikisha is C2B Hakikisha, the one API that Safaricom calls: before a customer
// pays, M-PESA asks the business whose account was typed, and shows the name.
package c2bhakikisha

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "c2bhakikisha"

// API is the name of the calls in the journal.
const API simulator.API = "c2bhakikisha"

// Settings.
const (
	SettingTimestamp = "hakikisha_timestamp"
	SettingTimeout   = "hakikisha_timeout"
)

// Product is C2B Hakikisha.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "C2B Hakikisha: M-PESA asks a business whose account a customer is about to pay",
		Notes: "M-PESA POSTs to `token_url` with `?grant_type=client_credentials`, Basic authorization and no body; the business answers `{\"access_token\":\"…\",\"expires_in\":3599}`. " +
			"Then M-PESA POSTs to `name_url` with that token as Bearer: `{\"requestId\":\"…\",\"timestamp\":\"1728897681\",\"accountNumber\":\"66925336\",\"shortcode\":\"415010\"}`. " +
			"The business answers `{\"requestId\":\"…\",\"timestamp\":1728897681,\"accountName\":\"Money Market Account\",\"accountNumber\":\"66925336\",\"shortcode\":\"415010\"}` with the `requestId` of the question, " +
			"or 400 with `{\"requestId\":\"…\",\"errorMessage\":\"Invalid account number\"}`.",
		Settings: settings(),
		NewState: func() simulator.State {
			return &state{partners: make(map[string]partner), seen: make(map[daraja.MSISDN]lookup)}
		},
		Jobs:    map[string]simulator.Job{jobToken: tokenAnswered, jobName: nameAnswered},
		Actions: []simulator.Action{partnerAction(), lookupAction(), screenAction()},
	}
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingTimestamp, Default: "epoch", Allowed: []string{"epoch", "iso"},
			Doc: "timestamp in the question of C2B Hakikisha: seconds since 1970, or ISO 8601"},
		simulator.Setting{Name: SettingTimeout, Default: "8s",
			Doc: "how long C2B Hakikisha waits for each answer of a business; Safaricom's time is not published"}.Duration(time.Second, time.Minute),
	}
}

// state is the partners by shortcode, and what customers saw last.
type state struct {
	partners map[string]partner
	seen     map[daraja.MSISDN]lookup
	asked    uint64 // questions so far
}

// partner is a business that answers, as it has told Safaricom.
type partner struct{ tokenURL, nameURL, key, secret string }

// maxSeen bounds what is remembered of customers.
const maxSeen = 10_000

// Clone implements simulator.State.
func (s *state) Clone() simulator.State {
	return &state{maps.Clone(s.partners), maps.Clone(s.seen), s.asked}
}

func stateOf(l *simulator.Locked) *state {
	s, _ := l.StateOf(name).(*state)
	return s
}

// partnerAction registers a business. Real ones do it by email.
func partnerAction() simulator.Action {
	return simulator.Action{
		Name: "partner", Doc: "registers the URLs of a business that knows the names of its accounts",
		Fields: []simulator.Field{
			{Name: "shortcode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The paybill."},
			{Name: "token_url", URL: true, Doc: "Where M-PESA asks for an access token, such as https://shop.example.com/auth/v1/generate."},
			{Name: "name_url", URL: true, Doc: "Where M-PESA asks for the name of an account, such as https://shop.example.com/c2b_hakikisha/v1/notify."},
			{Name: "key", Check: simulator.Required, Doc: "M-PESA's login at token_url."},
			{Name: "secret", Check: simulator.Required, Doc: "Its secret."},
		},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			shortcode := string(v["shortcode"])
			if _, known := l.Organisation(shortcode); !known {
				return nil, fmt.Errorf("no organisation here has shortcode %s", shortcode)
			}
			stateOf(l).partners[shortcode] = partner{string(v["token_url"]), string(v["name_url"]), string(v["key"]), string(v["secret"])}
			return map[string]string{"shortcode": shortcode}, nil
		},
	}
}

// lookupAction is a customer who types a paybill and an account.
func lookupAction() simulator.Action {
	return simulator.Action{
		Name: "lookup", Doc: "types a paybill and an account, so that M-PESA asks the business for the name and shows it to the customer",
		Pages: []string{"C2B Hakikisha"}, Confidence: daraja.Medium,
		Fields: []simulator.Field{
			{Name: "phone", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The customer."},
			{Name: "shortcode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The paybill."},
			{Name: "account", Key: simulator.ReferenceKey, Check: simulator.Required, Doc: "The account."},
		},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			s, shortcode := stateOf(l), string(v["shortcode"])
			p, known := s.partners[shortcode]
			if !known {
				return nil, errors.New("no business has registered its URLs for this shortcode; the action partner does")
			}
			s.asked++
			one := lookup{phone: daraja.MSISDN(v["phone"]), shortcode: shortcode, account: string(v["account"]), partner: p}
			one.id = simulator.UUIDOf(fmt.Sprintf("%s %s %d", one.phone.Digits(), daraja.Timestamp(l.Now()), s.asked))
			askToken(l, one)
			return map[string]string{"requestId": one.id}, nil
		},
	}
}

// screenAction shows what a customer saw last.
func screenAction() simulator.Action {
	return simulator.Action{
		Name: "screen", Doc: "shows the name that a customer saw last, or why there is none",
		Fields: []simulator.Field{{Name: "phone", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The customer."}},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			one, known := stateOf(l).seen[daraja.MSISDN(v["phone"])]
			if !known {
				return nil, errors.New("the customer has seen no name yet")
			}
			return screen{one.id, one.shortcode, one.account, one.name, one.problem}, nil
		},
	}
}

// screen is what a customer saw.
type screen struct {
	RequestID string `json:"requestId"`
	Shortcode string `json:"shortcode"`
	Account   string `json:"account"`
	Name      string `json:"name"`
	Problem   string `json:"problem"` // "" with a name
}
