// Package imsi is what the network knows of a number: its SIM (IMSI), when that was last
// changed (SIM Swap) and since when the number is in use (Age on Network).
package imsi

import (
	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "imsi"

// The APIs.
const (
	APISwap simulator.API = "simswap"
	APIIMSI simulator.API = "imsi"
	APIAge  simulator.API = "ageonnetwork"
)

// SettingAge is what Age on Network knows of a number.
const SettingAge = "age_on_network"

// resultFound is the result of a look-up that succeeds, resultNotFound that of the sandbox.
const (
	resultFound    daraja.ResultCode = "200"
	resultNotFound daraja.ResultCode = "404"
)

// Product is the look-ups of a SIM.
func Product() simulator.Product {
	operation := func(api simulator.API, page, path, doc string, answer answerFunc, synonyms ...string) simulator.Operation {
		return simulator.Operation{
			API: api, Synonyms: synonyms, Doc: doc, Method: "POST", Path: path, AnswersResult: true,
			Pages: []string{page}, Confidence: daraja.Medium,
			Fields:       []simulator.Field{{Name: "customerNumber", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The number."}},
			InvalidToken: daraja.ErrServiceToken, InvalidField: invalidField, Envelope: envelope, Execute: answer.execute,
		}
	}
	return simulator.Product{
		Name: name,
		Doc:  "what the network knows of a number: its SIM, the last swap of it, and the number's age. The answers are Safaricom's documented ones; tokens, wrong fields and other failures are answered in a form that is not verified",
		Operations: []simulator.Operation{
			operation(APISwap, "SIM Swap", daraja.SIMSwapPath, "the date on which the SIM of a number was last changed", answerSwap, "swap"),
			operation(APIIMSI, "IMSI", daraja.IMSIPath, "the hashed IMSI of a number, with both dates", answerIMSI),
			operation(APIAge, "Age on Network", daraja.AgeOnNetworkPath, "the date on which a number came into use", answerAge, "age"),
		},
		Results: results(),
		Errors:  []simulator.Refusal{{Error: daraja.ErrServiceToken()}},
		Settings: []simulator.Setting{
			{Name: SettingAge, Default: "known", Allowed: []string{"known", "not-found"},
				Doc: "Age on Network: known has a date for each number, not-found answers as the sandbox, which knows no number"},
		},
		NewState: func() simulator.State { return &state{swaps: make(map[daraja.MSISDN]swaps)} },
		Actions:  []simulator.Action{swapAction()},
	}
}

// results are the HTTP statuses that Safaricom documents. The status of one that fails is
// its code, except for 404, which was captured.
func results() []daraja.Result {
	failure := func(code daraja.ResultCode, text, meaning string) daraja.Result {
		return daraja.Result{Code: code, Short: "look-up failed", Text: text, Meaning: meaning, Confidence: daraja.Low}
	}
	return []daraja.Result{
		{Code: resultFound, Short: "found", Confidence: daraja.Medium, Text: "Success", Meaning: "The network knows the number."},
		failure("400", "Bad Request", "The look-up was wrong."),
		failure("403", "Forbidden", "The app may not look numbers up."),
		{Code: resultNotFound, Short: "number not found", Confidence: daraja.Medium, Text: "Not found", Meaning: "The network does not know the number; the HTTP status is 400."},
		failure("408", "Request Timeout", "The look-up took too long."),
		failure("429", "Too Many Requests", "The app looks up too many numbers."),
		failure("500", "Internal Server Error", "A fault of the network's own."),
		failure("502", "Bad Gateway", "The network's service answered wrongly."),
		failure("503", "Service Unavailable", "The network's service is down."),
		failure("504", "Gateway Timeout", "The network's service did not answer."),
	}
}

func invalidField(field string) daraja.Error {
	return daraja.ErrLookup(400, "400", "Bad Request - Invalid "+field)
}

// envelope is the form of the look-ups' own refusals.
func envelope(_ *simulator.Exchange, e daraja.Error, _ string) any {
	if len(e.Code) != len("404") {
		return nil
	}
	return daraja.LookupRefusal{ResponseCode: e.Code, ResponseDesc: e.Message}
}
