// Package c2b is customer to business: a business registers two URLs, and each payment on
// its shortcode is validated at one and confirmed at the other.
package c2b

import (
	"maps"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "c2b"

// The APIs.
const (
	APIRegister simulator.API = "c2bregister"
	APISimulate simulator.API = "c2bsimulate"
)

// Settings.
const (
	SettingValidation   = "c2b_validation"
	SettingRegisterCode = "c2b_register_code"
	SettingSecond       = "c2b_second_register"
	SettingNames        = "c2b_names"
	SettingOthers       = "c2b_confirms_others"
)

// Product is C2B.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "C2B: URLs for the payments on a shortcode",
		Operations: []simulator.Operation{
			{
				API: APIRegister, Synonyms: []string{"registerurl", "register"}, Doc: "the registration of a validation and a confirmation URL",
				Method: "POST", Path: daraja.C2BRegisterPathV2, Also: []string{daraja.C2BRegisterPath},
				Pages: []string{"C2B Register URL"}, Confidence: daraja.High,
				Fields: registerFields(), InvalidToken: daraja.ErrC2BToken, InvalidField: daraja.ErrC2BField, Execute: register,
			},
			{
				API: APISimulate, Synonyms: []string{"simulate", "c2b"}, Doc: "a payment of a customer, as the sandbox simulates it",
				Method: "POST", Path: daraja.C2BSimulatePathV2, Also: []string{daraja.C2BSimulatePath}, StartsPayment: true,
				Pages: []string{"C2B Simulate"}, Confidence: daraja.High,
				Fields: simulateFields(), InvalidToken: daraja.ErrC2BToken, InvalidField: daraja.ErrC2BField, Execute: simulate,
			},
		},
		Results:       results(),
		Faults:        simulator.PaymentFaults(),
		Errors:        refusals(),
		Settings:      settings(),
		NewState:      func() simulator.State { return &state{urls: make(map[string]urls)} },
		Jobs:          map[string]simulator.Job{jobPay: validate, jobValidated: validated},
		Actions:       []simulator.Action{payAction()},
		OnTransaction: confirmOthers,
	}
}

// state is the URLs by shortcode.
type state struct{ urls map[string]urls }

// urls are what a business registered.
type urls struct {
	validation, confirmation string
	cancels                  bool // a payment whose validation is not answered is not made
	v1                       bool // registered by the first version, which names the customer otherwise
}

// Clone implements simulator.State.
func (s *state) Clone() simulator.State { return &state{maps.Clone(s.urls)} }

func stateOf(l *simulator.Locked) *state {
	s, _ := l.StateOf(name).(*state)
	return s
}

// results are the ends that a simulated payment can have.
func results() []daraja.Result {
	paid, _ := daraja.LookupResult(daraja.ResultSuccess)
	insufficient, _ := daraja.LookupResult(daraja.ResultInsufficient)
	return []daraja.Result{paid, insufficient}
}

// refusals are the errors that only C2B has.
func refusals() []simulator.Refusal {
	return []simulator.Refusal{
		{Error: daraja.ErrC2BToken()},
		{Error: daraja.ErrC2BField("ShortCode"), Pattern: `^Bad Request - Invalid [A-Za-z]{1,40}$`},
		{Error: daraja.ErrC2BUnreachable()},
		{Error: daraja.ErrC2BRegistered()},
	}
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingValidation, Default: "on", Allowed: []string{"on", "off"},
			Doc: "payments are validated at a registered ValidationURL; Safaricom switches it on for a shortcode by email"},
		{Name: SettingRegisterCode, Default: "00000000", Allowed: []string{"00000000", "0", "absent"},
			Doc: "ResponseCode of a registration of C2B URLs"},
		{Name: SettingSecond, Default: "taken", Allowed: []string{"taken", "refused"},
			Doc: "a second registration of C2B URLs: the sandbox takes it, production refuses it"},
		{Name: SettingNames, Default: "first", Allowed: []string{"first", "all"},
			Doc: "names in the C2B confirmations of version 2; version 1 has all"},
		{Name: SettingOthers, Default: "on", Allowed: []string{"on", "off"},
			Doc: "a payment by another product on a shortcode with C2B URLs is confirmed there too"},
	}
}
