// Package reversal is Reversal: an initiator gives a customer's payment to its organisation
// back, and what has happened comes as a result.
package reversal

import (
	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "reversal"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "reversal"

// resultInvalid is the result of a reversal of what cannot be reversed.
const resultInvalid daraja.ResultCode = "R000002"

// Product is Reversal.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "reversal: a customer's payment goes back to the customer",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"reverse", "transactionreversal"}, Doc: "the reversal of a payment by a customer, as a result",
			Method: "POST", Path: daraja.ReversalPath, Also: []string{daraja.ReversalPathSDK},
			Fields: fields(), Pages: []string{"Reversal"}, Confidence: daraja.High,
			StartsPayment: true, Execute: execute,
		}},
		Results: results(),
		Jobs:    map[string]simulator.Job{jobReverse: reverse},
	}
}

func fields() []simulator.Field {
	return []simulator.Field{
		{Name: "Initiator", Also: []string{"InitiatorName"}, Check: simulator.Required, Doc: "Name of the initiator; the sandbox's is testapi."},
		{Name: "SecurityCredential", Key: simulator.CredentialKey, Check: simulator.Required, Doc: "The initiator's password, encrypted with the certificate."},
		{Name: "CommandID", Check: simulator.OneOf(daraja.CommandTransactionReversal), Doc: "Always TransactionReversal."},
		{Name: "TransactionID", Check: simulator.Required, Doc: "The receipt of the customer's payment."},
		{Name: "Amount", Key: simulator.AmountKey, Check: simulator.Amount, Doc: "Whole shillings: all that was paid."},
		{Name: "ReceiverParty", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The organisation that was paid: its shortcode, or its till."},
		{Name: "RecieverIdentifierType", Spelt: "ReceiverIdentifierType", Check: simulator.OneOf("11", "4"), Doc: "What ReceiverParty is: 11, an organisation; clients send 4 too. Safaricom misspells the name."},
		{Name: "ResultURL", URL: true, Doc: "Where the result goes."},
		{Name: "QueueTimeOutURL", URL: true, Doc: "Where a result goes that takes too long."},
		{Name: "Remarks", Doc: "A comment."},
		{Name: "Occasion", Also: []string{daraja.KeyOccassion}, Doc: "A comment."},
	}
}

func results() []daraja.Result {
	own := []daraja.Result{
		{Code: daraja.ResultSuccess, Short: "reversed", Confidence: daraja.High,
			Text: "The service request is processed successfully.", Meaning: "The money is back in the customer's wallet."},
		{Code: daraja.ResultInsufficient, Short: "not enough money", Confidence: daraja.Medium,
			Text: "The balance is insufficient", Meaning: "The organisation's account has less than was paid."},
		{Code: "2", Short: "below the minimum amount", Confidence: daraja.Low,
			Text: "Declined due to limit rule: less than the minimum transaction amount.", Meaning: "The amount is below min_payment."},
		{Code: "3", Short: "above the maximum amount", Confidence: daraja.Low,
			Text: "Declined due to limit rule: greater than the maximum transaction amount.", Meaning: "The amount is above max_payment."},
		{Code: "4", Short: "over the daily limit", Confidence: daraja.Low,
			Text: "Declined due to limit rule: would exceed daily transfer limit.", Meaning: "The organisation would pay more than its daily limit."},
		{Code: "8", Short: "customer's wallet is full", Confidence: daraja.Low,
			Text: "Declined due to limit rule: would exceed the maximum balance.", Meaning: "The customer's wallet would hold more than max_balance."},
		{Code: "11", Short: "organisation not active", Confidence: daraja.Medium,
			Text: "The DebitParty is in an invalid state.", Meaning: "The organisation is not active. Only a rule or the queue causes it."},
		{Code: "R000001", Short: "already reversed", Confidence: daraja.High,
			Text: "The transaction has already been reversed", Meaning: "A transaction is reversed at most once."},
		{Code: resultInvalid, Short: "nothing to reverse", Confidence: daraja.High,
			Text: "The OriginalTransactionID is invalid.", Meaning: "The organisation has no payment by a customer with this receipt and amount, or it was paid with Bonga points (unverified)."},
	}
	return append(own, simulator.InitiatorResults()...)
}
