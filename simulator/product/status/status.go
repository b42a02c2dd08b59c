// Package status is Transaction Status: an initiator asks about a payment of its organisation,
// by receipt or by conversation, and the answer comes as a result.
package status

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "status"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "status"

// Settings.
const (
	SettingTime  = "status_time"
	SettingOrder = "status_order"
)

// Results of its own.
const (
	resultNoReceipt      daraja.ResultCode = "2032"
	resultNoConversation daraja.ResultCode = "2033"
)

// Product is Transaction Status.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "transaction status: what has happened to a payment",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"transactionstatus"}, Doc: "the status of a payment, as a result",
			Method: "POST", Path: daraja.StatusPath,
			Fields: fields(), InvalidToken: daraja.ErrStatusToken, InvalidField: daraja.ErrStatusField,
			Pages: []string{"Transaction Status"}, Confidence: daraja.High,
			StartsPayment: true, Execute: execute,
		}},
		Results: results(),
		Errors: []simulator.Refusal{
			{Error: daraja.ErrStatusToken()},
			{Error: daraja.ErrStatusField("TransactionID"), Pattern: `^Bad Request - Invalid [A-Za-z]{1,40}$`},
		},
		Settings: settings(),
		Jobs:     map[string]simulator.Job{jobResult: sendResult},
	}
}

func fields() []simulator.Field {
	return []simulator.Field{
		{Name: "Initiator", Also: []string{"InitiatorName"}, Check: simulator.Required, Doc: "Name of the initiator; the sandbox's is testapi."},
		{Name: "SecurityCredential", Key: simulator.CredentialKey, Check: simulator.Required, Doc: "The initiator's password, encrypted with the certificate."},
		{Name: "CommandID", Check: simulator.OneOf(daraja.CommandTransactionStatus), Doc: "Always TransactionStatusQuery."},
		{Name: "TransactionID", Doc: "The payment's receipt. Either this or OriginalConversationID must be there; of both, this counts."},
		{Name: "OriginalConversationID", Doc: "OriginatorConversationID or ConversationID of the request for the payment, or MerchantRequestID of a push."},
		{Name: "PartyA", Key: simulator.ShortcodeKey, Check: party, Doc: "The organisation that paid or was paid: its shortcode, or a till."},
		{Name: "IdentifierType", Check: simulator.OneOf("1", "2", "4"), Doc: "What PartyA is: 4 a shortcode, 2 a till, 1 a phone number, which has no initiator."},
		{Name: "ResultURL", URL: true, Doc: "Where the result goes."},
		{Name: "QueueTimeOutURL", URL: true, Doc: "Where a result goes that takes too long."},
		{Name: "Remarks", Doc: "A comment."},
		{Name: "Occasion", Also: []string{daraja.KeyOccassion}, Doc: "A comment, which the result repeats."},
	}
}

// party takes a shortcode or a phone number.
func party(name string, v daraja.Text) string {
	if simulator.MSISDN(name, v) == "" {
		return ""
	}
	return simulator.Shortcode(name, v)
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		simulator.Setting{Name: SettingTime, Default: "1s",
			Doc: "how long a transaction status query takes; Safaricom's sandbox takes about 85 seconds"}.Duration(0, time.Hour),
		{Name: SettingOrder, Default: "2024", Allowed: []string{"2024", "2017"},
			Doc: "order of the ResultParameters of a transaction status: DebitPartyName first, or ReceiptNo first as in 2017"},
	}
}

func results() []daraja.Result {
	return append([]daraja.Result{
		{Code: daraja.ResultSuccess, Short: "answered", Confidence: daraja.High,
			Text: "The service request is processed successfully.", Meaning: "The result has the status of the payment."},
		{Code: resultNoReceipt, Short: "no such receipt", Confidence: daraja.High,
			Text: "The transaction receipt number does not exist.", Meaning: "The organisation has no payment with the TransactionID."},
		{Code: resultNoConversation, Short: "no such conversation", Confidence: daraja.Medium,
			Text:    "The transaction receipt number cannot be found by the specified OriginatorConversationID or ConversationID.",
			Meaning: "The organisation has no payment with the OriginalConversationID."},
	}, simulator.InitiatorResults()...)
}
