// Package ussdpush is B2B Express Checkout: a vendor asks another organisation for a payment,
// and a prompt comes to the phone that this organisation has nominated.
package ussdpush

import (
	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "ussdpush"

// API is the name of the operation in rules, journal and queue.
const API simulator.API = "ussdpush"

// Results that only this product has.
const (
	resultCancelled     daraja.ResultCode = "4001"
	resultKYC           daraja.ResultCode = "4102"
	resultNoNumber      daraja.ResultCode = "4104"
	resultNetwork       daraja.ResultCode = "4201"
	resultException     daraja.ResultCode = "4203"
	resultWrongPIN      daraja.ResultCode = "2001"
	resultPINLocked     daraja.ResultCode = "8006"
	transactionType                       = "Organization To Organization Transfer"
	success                               = daraja.ResultSuccess
	insufficient                          = daraja.ResultInsufficient
	cancelledAtThePhone                   = daraja.ResultCancelled
	phoneNotReached                       = daraja.ResultUnreachable
)

// Product is B2B Express Checkout.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "B2B Express Checkout: a prompt on the phone of an organisation that is to pay another one",
		Operations: []simulator.Operation{{
			API: API, Synonyms: []string{"b2bexpress", "expresscheckout", "get-msisdn"}, Doc: "a prompt on an organisation's nominated phone",
			Method: "POST", Path: daraja.USSDPushPath,
			Fields: fields(), InvalidToken: daraja.ErrUnauthorized,
			Pages: []string{"B2B Express Checkout"}, Confidence: daraja.Medium,
			StartsPayment: true, Execute: execute, CallbackBody: callbackBody, EndPrompt: endPrompt,
		}},
		Results: results(),
		Faults:  simulator.PaymentFaults()[:1], // the callbacks say no phone
		Errors:  []simulator.Refusal{{Error: daraja.ErrUnauthorized()}},
	}
}

func fields() []simulator.Field {
	return []simulator.Field{
		{Name: "primaryShortCode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "Who pays: a till, its store number, or a paybill."},
		{Name: "receiverShortCode", Check: simulator.Shortcode, Doc: "Who is paid: the vendor's paybill."},
		{Name: "amount", Key: simulator.AmountKey, Check: simulator.OrganisationAmount, Doc: "Whole shillings."},
		{Name: "paymentRef", Key: simulator.ReferenceKey, Check: simulator.Required, Doc: "The reference, which the prompt shows."},
		{Name: "callbackUrl", URL: true, Doc: "Where the result goes."},
		{Name: "partnerName", Check: simulator.Required, Doc: "The vendor's name, which the prompt shows."},
		{Name: "RequestRefID", Also: []string{"RequestRefId"}, Check: simulator.Required, Doc: "An id of the request; the result repeats it."},
	}
}

func results() []daraja.Result {
	return append([]daraja.Result{
		{Code: success, Short: "paid", Confidence: daraja.Medium,
			Text: "The service request is processed successfully.", Meaning: "The organisation has paid."},
		{Code: insufficient, Short: "insufficient balance", Confidence: daraja.Low,
			Text: "The balance is insufficient for the transaction.", Meaning: "The organisation that is to pay has too little money."},
		{Code: resultWrongPIN, Short: "wrong PIN", Confidence: daraja.Low,
			Text: "The initiator information is invalid.", Meaning: "The operator entered a wrong PIN."},
		{Code: resultCancelled, Short: "cancelled", Confidence: daraja.Medium,
			Text: "User cancelled transaction", Meaning: "The operator cancelled the prompt."},
		{Code: resultKYC, Short: "merchant fails KYC", Confidence: daraja.Low,
			Text: "Merchant KYC Fail", Meaning: "M-PESA does not know one of the two organisations well enough. Here: no organisation has the shortcode."},
		{Code: resultNoNumber, Short: "no nominated number", Confidence: daraja.Medium,
			Text: "Missing Nominated Number", Meaning: "The organisation has no nominated number on M-PESA's portal."},
		{Code: resultNetwork, Short: "phone not reached", Confidence: daraja.Low,
			Text: "USSD Network Error", Meaning: "No answer came from the nominated phone."},
		{Code: resultException, Short: "USSD exception", Confidence: daraja.Low,
			Text: "USSD Exception Error", Meaning: "The prompt failed. Here: another prompt is open on the phone."},
		{Code: resultPINLocked, Short: "PIN is locked", Confidence: daraja.Low,
			Text: "The security credential is locked.", Meaning: "The operator's PIN is locked after too many wrong ones."},
	}, simulator.LimitResults()...)
}
