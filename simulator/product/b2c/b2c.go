// Package b2c is business to customer: an initiator pays a customer from its organisation's
// Utility Account, and what has happened comes as a result.
package b2c

import (
	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "b2c"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "b2c"

// Settings.
const (
	SettingOrder        = "b2c_order"
	SettingInsufficient = "b2c_insufficient"
	SettingFailedID     = "b2c_failed_id"
)

// Results of its own.
const (
	resultUnregistered daraja.ResultCode = "2040"
	resultInsufficient daraja.ResultCode = "4001" // of 2026, for an organisation without enough money
)

// Product is B2C.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "B2C: a payment of an organisation to a customer",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"payout", "businesspayment"}, Doc: "a payment to a customer, as a result",
			Method: "POST", Path: daraja.B2CPath, Also: []string{daraja.B2CPathV1, daraja.B2CValidatePath},
			Fields: fields(), InvalidToken: daraja.ErrB2CToken,
			Pages: []string{"B2C"}, Confidence: daraja.High,
			StartsPayment: true, Execute: execute,
		}},
		Results:  results(),
		Errors:   []simulator.Refusal{{Error: daraja.ErrB2CToken()}, {Error: daraja.ErrDuplicateConversation()}},
		Settings: settings(),
		Jobs:     map[string]simulator.Job{jobPay: pay},
	}
}

func fields() []simulator.Field {
	return []simulator.Field{
		{Name: "InitiatorName", Check: simulator.Required, Doc: "Name of the initiator; the sandbox's is testapi."},
		{Name: "OriginatorConversationID", Check: conversationID, Doc: "The app's own id of the payment, another one each time. Version 3 requires it."},
		{Name: "SecurityCredential", Key: simulator.CredentialKey, Check: simulator.Required, Doc: "The initiator's password, encrypted with the certificate."},
		{Name: "CommandID", Check: simulator.OneOf(daraja.CommandBusinessPayment, daraja.CommandSalaryPayment, daraja.CommandPromotionPayment), Doc: "BusinessPayment, SalaryPayment or PromotionPayment."},
		{Name: "Amount", Key: simulator.AmountKey, Check: shillings, Doc: "Whole shillings. Too few or too many are a result."},
		{Name: "PartyA", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The organisation that pays."},
		{Name: "PartyB", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The customer."},
		{Name: "Remarks", Doc: "A comment."},
		{Name: "QueueTimeOutURL", URL: true, Doc: "Where a result goes that takes too long."},
		{Name: "ResultURL", URL: true, Doc: "Where the result goes."},
		{Name: daraja.KeyOccassion, Also: []string{"Occasion"}, Doc: "A comment. Safaricom misspells the name."},
		{Name: "IDType", Doc: "Kind of the customer's document, 01 for a national id. " + daraja.B2CValidatePath + " requires it; the document is not checked."},
		{Name: "IDNumber", Doc: "Number of the document, likewise."},
	}
}

// maxConversationID bounds what is remembered of an app's own id.
const maxConversationID = 128

func conversationID(name string, v daraja.Text) string {
	if len(v) > maxConversationID {
		return name + " is longer than 128 characters"
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

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingOrder, Default: "2026", Allowed: []string{"2026", "2019"},
			Doc: "order of the ResultParameters of B2C"},
		{Name: SettingInsufficient, Default: string(resultInsufficient), Allowed: []string{string(resultInsufficient), string(daraja.ResultInsufficient)},
			Doc: "result of B2C when the organisation has too little money"},
		{Name: SettingFailedID, Default: "receipt", Allowed: []string{"receipt", "zeros"},
			Doc: "TransactionID of B2C that ends with 7, 2001 or 8006: a receipt, or a date and zeros as in 2019 and for all other failures"},
	}
}

func results() []daraja.Result {
	own := []daraja.Result{
		{Code: daraja.ResultSuccess, Short: "paid out", Confidence: daraja.High,
			Text: "The service request is processed successfully.", Meaning: "The money is in the customer's wallet."},
		{Code: daraja.ResultInsufficient, Short: "not enough money", Confidence: daraja.High,
			Text: "The balance is insufficient for the transaction.", Meaning: "The Utility Account has less than the amount and the fee."},
		{Code: "2", Short: "below the minimum amount", Confidence: daraja.Medium,
			Text: "Declined due to limit rule: less than the minimum transaction amount.", Meaning: "The amount is below min_payment."},
		{Code: "3", Short: "above the maximum amount", Confidence: daraja.Medium,
			Text: "Declined due to limit rule: greater than the maximum transaction amount.", Meaning: "The amount is above max_payment."},
		{Code: "4", Short: "over the daily limit", Confidence: daraja.Medium,
			Text: "Declined due to limit rule: would exceed daily transfer limit.", Meaning: "The organisation would pay more than its daily limit."},
		{Code: resultParty, Short: "wrong customer", Confidence: daraja.High,
			Text: "The ReceiverParty information is invalid.", Meaning: "M-PESA does not know the customer. Only a rule or the queue causes it."},
		{Code: "8", Short: "customer's wallet is full", Confidence: daraja.Medium,
			Text: "Declined due to limit rule: would exceed the maximum balance.", Meaning: "The customer's wallet would hold more than max_balance."},
		{Code: "2006", Short: "account not active", Confidence: daraja.Medium,
			Text: "Declined due to account rule: The account status does not allow this transaction.", Meaning: "An account is not active. Only a rule or the queue causes it."},
		{Code: daraja.ResultNotPermitted, Short: "not permitted", Confidence: daraja.High,
			Text: "The request is not permitted according to product assignment.", Meaning: "The organisation may not pay customers. Only a rule or the queue causes it."},
		{Code: resultUnregistered, Short: "customer not registered", Confidence: daraja.High,
			Text: "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service .", Meaning: "The number has no M-PESA account."},
		{Code: resultInsufficient, Short: "not enough money", Confidence: daraja.High,
			Text: "Insufficient balance", Meaning: "The Utility Account has less than the amount and the fee, in the form of 2026."},
	}
	return append(own, simulator.InitiatorResults()...)
}
