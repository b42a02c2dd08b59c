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

// The results that the code acts on.
const (
	resultExpired daraja.ResultCode = "1019"
	resultLocked  daraja.ResultCode = "8006"
)

// Product is Account Balance.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "account balance: what the accounts of an organisation hold",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"accountbalance"}, Doc: "the balances of an organisation's accounts, as a result",
			Method: "POST", Path: daraja.BalancePath,
			Fields: fields(), InvalidToken: daraja.ErrB2CToken,
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
		{Name: "Remarks", Check: simulator.Required, Doc: "A comment."},
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

// results are how a query ends (reference: account balance; result-type APIs).
func results() []daraja.Result {
	return []daraja.Result{
		{Code: daraja.ResultSuccess, Short: "answered", Confidence: daraja.High,
			Text: "The service request is processed successfully.", Meaning: "The result has the balances."},
		{Code: "21", Short: "initiator lacks the role", Confidence: daraja.Medium,
			Text: "The initiator is not allowed to initiate this request", Meaning: "The initiator does not have the role " + string(simulator.RoleAccountBalance) + "."},
		{Code: "26", Short: "M-PESA is busy", Confidence: daraja.Medium,
			Text: "Traffic blocking condition in place", Meaning: "M-PESA has too much traffic; try later."},
		{Code: resultExpired, Short: "timed out in the queue", Confidence: daraja.Low,
			Text: "Transaction has expired", Meaning: "The result took too long. What M-PESA sends to a QueueTimeOutURL is not documented."},
		{Code: "2001", Short: "wrong initiator or credential", Confidence: daraja.High,
			Text: "The initiator information is invalid.", Meaning: "The organisation has no such initiator, or SecurityCredential is wrong."},
		{Code: resultLocked, Short: "initiator is locked", Confidence: daraja.High,
			Text: "The security credential is locked.", Meaning: "The initiator is locked after too many wrong credentials."},
		{Code: "TP40153", Short: "initiator lacks the role", Confidence: daraja.Low,
			Text: "The initiator is not allowed to initiate this request", Meaning: "The initiator lacks the permission or is not in the organisation. The code is a string; Safaricom's text is not known."},
	}
}
