// Package b2pochi is Business to Pochi: an initiator pays the business wallet of a customer
// (Pochi la Biashara), and what has happened comes as a result.
package b2pochi

import (
	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "b2pochi"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "b2pochi"

// resultUnregistered is the result of a payment to a number without an M-PESA account.
const resultUnregistered daraja.ResultCode = "2040"

// SettingReference is the URL in the results.
const SettingReference = "pochi_reference"

// Product is Business to Pochi.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "business to Pochi: a payment of an organisation to a customer's business wallet",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"pochi"}, Doc: "a payment to a business wallet, as a result; the money arrives in the customer's wallet",
			Method: "POST", Path: daraja.B2PochiPath,
			Fields: fields(), InvalidToken: daraja.ErrB2CToken,
			Pages: []string{"Business to Pochi"}, Confidence: daraja.Medium,
			StartsPayment: true, Execute: execute,
		}},
		Results: results(),
		Errors:  []simulator.Refusal{{Error: daraja.ErrB2CToken()}, {Error: daraja.ErrDuplicateConversation()}},
		Settings: []simulator.Setting{{Name: SettingReference, Default: "caller", Allowed: []string{"caller", "internal"},
			Doc: "QueueTimeoutURL in the results of Business to Pochi: the app's own, or M-PESA's as in other results"}},
		Jobs: map[string]simulator.Job{jobPay: pay},
	}
}

func fields() []simulator.Field {
	return []simulator.Field{
		{Name: "InitiatorName", Check: simulator.Required, Doc: "Name of the initiator; the sandbox's is testapi."},
		{Name: "OriginatorConversationID", Check: conversationID, Doc: "The app's own id of the payment, another one each time."},
		{Name: "SecurityCredential", Key: simulator.CredentialKey, Check: simulator.Required, Doc: "The initiator's password, encrypted with the certificate."},
		{Name: "CommandID", Check: simulator.OneOf(daraja.CommandBusinessPayToPochi), Doc: "Always BusinessPayToPochi."},
		{Name: "Amount", Key: simulator.AmountKey, Check: shillings, Doc: "Whole shillings. Too few or too many are a result."},
		{Name: "PartyA", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The organisation that pays."},
		{Name: "PartyB", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The number of the wallet."},
		{Name: "Remarks", Doc: "A comment."},
		{Name: "QueueTimeOutURL", URL: true, Doc: "Where a result goes that takes too long."},
		{Name: "ResultURL", URL: true, Doc: "Where the result goes."},
		{Name: daraja.KeyOccassion, Also: []string{"Occasion"}, Doc: "A comment. Safaricom misspells the name."},
	}
}

// maxConversationID bounds what is remembered of an app's own id.
const maxConversationID = 128

func conversationID(name string, v daraja.Text) string {
	if v == "" || len(v) > maxConversationID {
		return name + " must have 1 to 128 characters"
	}
	return ""
}

// shillings takes a whole number of shillings that is more than nothing.
func shillings(name string, v daraja.Text) string {
	if m, err := daraja.ParseMoney(string(v)); err != nil || !m.Whole() || m < daraja.Shilling {
		return name + " must be a whole number of shillings, at least 1"
	}
	return ""
}

// results are those of payments to customers. Only 8006 was captured.
func results() []daraja.Result {
	own := []daraja.Result{
		{Code: daraja.ResultSuccess, Short: "paid out", Confidence: daraja.Low,
			Text: "The service request is processed successfully.", Meaning: "The money is in the customer's wallet."},
		{Code: daraja.ResultInsufficient, Short: "not enough money", Confidence: daraja.Low,
			Text: "The balance is insufficient for the transaction.", Meaning: "The Utility Account has less than the amount and the fee."},
		{Code: "2", Short: "below the minimum amount", Confidence: daraja.Low,
			Text: "Declined due to limit rule: less than the minimum transaction amount.", Meaning: "The amount is below min_payment."},
		{Code: "3", Short: "above the maximum amount", Confidence: daraja.Low,
			Text: "Declined due to limit rule: greater than the maximum transaction amount.", Meaning: "The amount is above max_payment."},
		{Code: "4", Short: "over the daily limit", Confidence: daraja.Low,
			Text: "Declined due to limit rule: would exceed daily transfer limit.", Meaning: "The organisation would pay more than its daily limit."},
		{Code: "8", Short: "customer's wallet is full", Confidence: daraja.Low,
			Text: "Declined due to limit rule: would exceed the maximum balance.", Meaning: "The customer's wallet would hold more than max_balance."},
		{Code: resultUnregistered, Short: "customer not registered", Confidence: daraja.Low,
			Text: "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service .", Meaning: "The number has no M-PESA account."},
	}
	return append(own, simulator.InitiatorResults()...)
}
