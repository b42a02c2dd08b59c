// Package balance is Account Balance: an initiator asks what its organisation's accounts
// hold, and the answer comes as a result.
package balance

import (
	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "balance"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "balance"

// Settings.
const (
	SettingOrder   = "balance_order"
	SettingFailure = "balance_failure"
)

// resultLocked has a message of its own.
const resultLocked daraja.ResultCode = "8006"

// Product is Account Balance.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "account balance: what the accounts of an organisation hold",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"accountbalance"}, Doc: "the balances of an organisation's accounts, as a result",
			Method: "POST", Path: daraja.BalancePath, Also: []string{daraja.BalancePathSDK},
			Fields: fields(), InvalidToken: daraja.ErrB2CToken,
			Pages: []string{"Account Balance"}, Confidence: daraja.High,
			StartsPayment: true, Execute: execute,
		}},
		Results:  results(),
		Errors:   []simulator.Refusal{{Error: daraja.ErrB2CToken()}},
		Settings: settings(),
		Jobs:     map[string]simulator.Job{jobResult: sendResult},
	}
}

func fields() []simulator.Field {
	return []simulator.Field{
		{Name: "Initiator", Check: simulator.Required, Doc: "Name of the initiator; the sandbox's is testapi."},
		{Name: "SecurityCredential", Key: simulator.CredentialKey, Check: simulator.Required, Doc: "The initiator's password, encrypted with the certificate."},
		{Name: "CommandID", Check: simulator.OneOf(daraja.CommandAccountBalance), Doc: "Always AccountBalance."},
		{Name: "PartyA", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The organisation: the paybill, or a till's store number."},
		{Name: "IdentifierType", Check: simulator.OneOf("4"), Doc: "Always 4, a shortcode."},
		{Name: "Remarks", Doc: "A comment."},
		{Name: "QueueTimeOutURL", URL: true, Doc: "Where a result goes that takes too long."},
		{Name: "ResultURL", URL: true, Doc: "Where the result goes."},
	}
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingOrder, Default: "AccountBalance", Allowed: []string{"AccountBalance", "ActionType"},
			Doc: "the first ResultParameter of an account balance"},
		{Name: SettingFailure, Default: "2026", Allowed: []string{"2026", "2020"},
			Doc: "ResultParameters of an account balance that fails: three in an array, or one object as in 2020"},
	}
}

func results() []daraja.Result {
	return append([]daraja.Result{
		{Code: daraja.ResultSuccess, Short: "answered", Confidence: daraja.High,
			Text: "The service request is processed successfully.", Meaning: "The result has the balances."},
	}, simulator.InitiatorResults()...)
}
