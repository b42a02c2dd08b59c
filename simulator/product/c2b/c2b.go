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
	SettingValidation     = "c2b_validation"
	SettingValidationType = "c2b_validation_type"
	SettingRegisterCode   = "c2b_register_code"
	SettingSecond         = "c2b_second_register"
	SettingVersion        = "c2b_version"
	SettingNames          = "c2b_names"
	SettingMSISDN         = "c2b_msisdn"
	SettingInvoice        = "c2b_invoice_number"
	SettingOthers         = "c2b_confirms_others"
)

// byVersion is the value of a setting that leaves it to the version of the registration.
const byVersion = "by-version"

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
				Method: "POST", Path: daraja.C2BSimulatePathV2, Also: []string{daraja.C2BSimulatePath, daraja.C2BSimulatePathSDK}, StartsPayment: true,
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

// results are the ends that a simulated payment can have. Those that begin with C2B are the
// merchant's own, by which its validation refuses a payment (reference: C2B replies).
func results() []daraja.Result {
	paid, _ := daraja.LookupResult(daraja.ResultSuccess)
	insufficient, _ := daraja.LookupResult(daraja.ResultInsufficient)
	all := []daraja.Result{paid, insufficient}
	for _, r := range []struct {
		code        daraja.ResultCode
		short, what string
	}{
		{"C2B00011", "refused: customer's number", "Invalid MSISDN"},
		{"C2B00012", "refused: account number", "Invalid Account Number"},
		{"C2B00013", "refused: amount", "Invalid Amount"},
		{"C2B00014", "refused: customer's identity", "Invalid KYC Details"},
		{"C2B00015", "refused: shortcode", "Invalid Shortcode"},
		{"C2B00016", "refused by the merchant", "Other Error"},
	} {
		all = append(all, daraja.Result{
			Code: r.code, Short: r.short, Text: "Rejected", Confidence: daraja.Medium,
			Meaning: "The merchant's validation refused the payment: " + r.what + ".",
		})
	}
	return all
}

// refusals are the errors that only C2B has.
func refusals() []simulator.Refusal {
	return []simulator.Refusal{
		{Error: daraja.ErrC2BToken()},
		{Error: daraja.ErrC2BField("ShortCode"), Pattern: `^Bad Request - Invalid [A-Za-z]{1,40}$`},
		{Error: daraja.ErrC2BForeignShortcode()},
		{Error: daraja.ErrC2BUnreachable()},
		{Error: daraja.ErrC2BRegistered()},
		{Error: daraja.ErrC2BDuplicate(1, 1), Pattern: `^Duplicate notification info, SP ID is [0-9]{1,12}, correlator is [0-9]{1,12}$`},
	}
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingValidation, Default: "on", Allowed: []string{"on", "off"},
			Doc: "payments are validated at a registered ValidationURL; Safaricom switches it on for a shortcode by email"},
		{Name: SettingValidationType, Default: "filled", Allowed: []string{"filled", "empty"},
			Doc: "TransactionType in a C2B validation"},
		{Name: SettingRegisterCode, Default: "00000000", Allowed: []string{"00000000", "0", "absent"},
			Doc: "ResponseCode of a registration of C2B URLs"},
		{Name: SettingSecond, Default: "taken", Allowed: []string{"taken", "refused", "200-text", "duplicate"},
			Doc: "a second registration of C2B URLs: the sandbox takes it; production refuses it, in 2019 by a text with status 200; for a shared shortcode the sandbox says Duplicate notification info"},
		{Name: SettingVersion, Default: "both", Allowed: []string{"both", "v1", "v2"},
			Doc: "versions of C2B that the apps have as a product; a path of the other one is refused with 401.003.01"},
		{Name: SettingNames, Default: byVersion, Allowed: []string{byVersion, "first", "all"},
			Doc: "names in the C2B confirmations: all after a registration by version 1 and FirstName after one by version 2, or one of these always"},
		{Name: SettingMSISDN, Default: byVersion, Allowed: []string{byVersion, "masked", "sha256", "plain", "old-mask"},
			Doc: "MSISDN in the C2B confirmations: the SHA-256 of version 1 or the 2547 ***** 149 of version 2, or one of these, the plain number or 25470****149 always"},
		{Name: SettingInvoice, Default: byVersion, Allowed: []string{byVersion, "empty"},
			Doc: "InvoiceNumber in the C2B confirmations: filled by version 1, empty by version 2; or always empty"},
		{Name: SettingOthers, Default: "on", Allowed: []string{"on", "off"},
			Doc: "a customer's payment by another product on a shortcode with C2B URLs is confirmed there too"},
	}
}
