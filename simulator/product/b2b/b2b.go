// Package b2b is B2B: an organisation pays another one, tops up its account for payouts, moves
// money between its own accounts, or pays tax.
package b2b

import (
	"slices"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "b2b"

// The APIs.
const (
	API         simulator.API = "b2b"
	APIRemitTax simulator.API = "remittax"
)

// Settings.
const (
	SettingFailure   = "b2b_failure"
	SettingCodes     = "b2b_codes"
	SettingReference = "b2b_bill_reference"
)

// Results of B2B beside those of every initiator.
const (
	resultReceiver   daraja.ResultCode = "SFC_IC0003"
	resultNotAllowed daraja.ResultCode = "21"
)

// Product is B2B.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "B2B: payments between organisations, top-ups of accounts for payouts, tax",
		Operations: []simulator.Operation{
			{
				API: API, Synonyms: []string{"businesspaybill", "businessbuygoods", "topup", "businesspaytobulk"}, Doc: "a payment of an organisation to another one",
				Method: "POST", Path: daraja.B2BPath, Also: []string{daraja.B2BJavaPath},
				Pages: []string{"Business Pay Bill", "Business Buy Goods", "B2C Account Top Up"}, Confidence: daraja.Medium,
				Fields: fields(), InvalidToken: daraja.ErrB2BToken, StartsPayment: true, Execute: execute,
			},
			{
				API: APIRemitTax, Synonyms: []string{"tax", "remit_tax", "paytax"}, Doc: "a payment of tax to the Kenya Revenue Authority",
				Method: "POST", Path: daraja.RemitTaxPath,
				Pages: []string{"Tax Remittance"}, Confidence: daraja.Medium,
				Fields: taxFields(), InvalidToken: daraja.ErrRemitTaxToken, StartsPayment: true, Execute: execute,
			},
		},
		Results:  results(),
		Errors:   []simulator.Refusal{{Error: daraja.ErrB2BToken()}, {Error: daraja.ErrRemitTaxToken()}},
		Settings: settings(),
		Jobs:     map[string]simulator.Job{jobResult: sendResult},
	}
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingFailure, Default: "2026", Allowed: []string{"2026", "docs"},
			Doc: "the result of a B2B payment that fails: an array of ReferenceItem and no ResultParameters, or one object of each as in the documentation"},
		{Name: SettingCodes, Default: "number", Allowed: []string{"number", "text"},
			Doc: "ResultType and ResultCode of B2B results: numbers, or strings as in the documentation"},
		{Name: SettingReference, Default: "text", Allowed: []string{"text", "number"},
			Doc: "BillReferenceNumber in B2B results: always a string, or a number when it has digits only"},
	}
}

func fields() []simulator.Field {
	var ids []string
	for _, c := range allCommands() {
		ids = append(ids, c.id)
	}
	return slices.Concat(initiatorFields(ids...), []simulator.Field{
		{Name: "RecieverIdentifierType", Spelt: "ReceiverIdentifierType", Check: simulator.OneOf("4", "2"), Doc: "4, a shortcode; 2 for a till, in older documentation."},
		{Name: "Amount", Key: simulator.AmountKey, Check: simulator.OrganisationAmount, Doc: "Whole shillings."},
		{Name: "PartyA", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "Who pays: the paybill, or a till's store number."},
		{Name: "PartyB", Check: simulator.Shortcode, Doc: "Who is paid: a paybill, a till or its store number."},
		{Name: "AccountReference", Key: simulator.ReferenceKey, Doc: "The account, such as an invoice number."},
		{Name: "Requester", Doc: "The number of the consumer for whom the organisation pays."},
	}, lastFields())
}

func taxFields() []simulator.Field {
	return slices.Concat(initiatorFields(daraja.CommandPayTax), []simulator.Field{
		{Name: "RecieverIdentifierType", Spelt: "ReceiverIdentifierType", Check: simulator.OneOf("4"), Doc: "Always 4, a shortcode."},
		{Name: "Amount", Key: simulator.AmountKey, Check: simulator.OrganisationAmount, Doc: "Whole shillings."},
		{Name: "PartyA", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "Who pays: the paybill, or a till's store number."},
		{Name: "PartyB", Check: simulator.OneOf(daraja.TaxCollector), Doc: "Always 572572, the Kenya Revenue Authority."},
		{Name: "AccountReference", Key: simulator.ReferenceKey, Check: simulator.Required, Doc: "The payment registration number (PRN) of the Kenya Revenue Authority."},
	}, lastFields())
}

func initiatorFields(commands ...string) []simulator.Field {
	return []simulator.Field{
		{Name: "Initiator", Also: []string{"InitiatorName"}, Check: simulator.Required, Doc: "Name of the initiator; the sandbox's is testapi."},
		{Name: "SecurityCredential", Key: simulator.CredentialKey, Check: simulator.Required, Doc: "The initiator's password, encrypted with the certificate."},
		{Name: "CommandID", Also: []string{"Command ID"}, Check: simulator.OneOf(commands...), Doc: "What kind of payment it is, such as " + commands[0] + "."},
		{Name: "SenderIdentifierType", Check: simulator.OneOf("4"), Doc: "Always 4, a shortcode."},
	}
}

func lastFields() []simulator.Field {
	return []simulator.Field{
		{Name: "Remarks", Doc: "A comment."},
		{Name: "QueueTimeOutURL", URL: true, Doc: "Where a result goes that takes too long."},
		{Name: "ResultURL", URL: true, Doc: "Where the result goes."},
		{Name: daraja.KeyOccassion, Also: []string{"Occasion"}, Doc: "A comment."},
	}
}

func results() []daraja.Result {
	return slices.Concat([]daraja.Result{
		{Code: daraja.ResultSuccess, Short: "paid", Confidence: daraja.Medium,
			Text: "The service request is processed successfully", Meaning: "The organisation has paid."},
		{Code: daraja.ResultInsufficient, Short: "insufficient balance", Confidence: daraja.Medium,
			Text: "The balance is insufficient for the transaction.", Meaning: "The account that pays has too little money for the amount and the fee."},
		{Code: "7", Short: "receiver is invalid", Confidence: daraja.Medium,
			Text: "The ReceiverParty information is invalid.", Meaning: "M-PESA cannot pay the receiver."},
		{Code: "11", Short: "payer is in an invalid state", Confidence: daraja.Medium,
			Text: "The DebitParty is in an invalid state", Meaning: "The organisation that is to pay is not active."},
		{Code: resultReceiver, Short: "receiver does not exist", Confidence: daraja.Medium,
			Text: "Receiver party is invalid", Meaning: "No organisation has the PartyB."},
	}, simulator.LimitResults(), simulator.InitiatorResults())
}
