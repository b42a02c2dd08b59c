// Package bundles is Mobile Center: data bundles that an app sells to a customer, who pays
// with airtime.
package bundles

import (
	"fmt"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "bundles"

// The APIs.
const (
	APIOffers   simulator.API = "bundleoffers"
	APIPurchase simulator.API = "bundlepurchase"
	APIStatus   simulator.API = "bundlestatus"
)

// SettingSuccess is the responseCode of a purchase that succeeds.
const SettingSuccess = "bundle_success"

// The results of a purchase, and of the question for one.
const (
	resultBought       daraja.ResultCode = "0"
	resultInsufficient daraja.ResultCode = "1"
	resultNoOffer      daraja.ResultCode = "404"
	resultDuplicate    daraja.ResultCode = "409"
	resultKnown        daraja.ResultCode = "1000"
	resultUnknown      daraja.ResultCode = "1002"
)

// Product is Mobile Center.
func Product() simulator.Product {
	return simulator.Product{
		Name: name,
		Doc:  "Mobile Center: data bundles, paid with airtime. Unverified: the shapes come from one client, the offers are made up, and failures are guesses",
		Operations: []simulator.Operation{
			{
				API: APIOffers, Synonyms: []string{"offers"}, Doc: "the bundles that a number can buy",
				Method: "GET", Path: daraja.BundleOffersPath, Pages: pages(), Confidence: daraja.Low, Fields: []simulator.Field{phoneField("msisdn")},
				InvalidToken: daraja.ErrServiceToken, Execute: offers,
			},
			{
				API: APIPurchase, Synonyms: []string{"buybundle"}, Doc: "the purchase of a bundle",
				Method: "POST", Path: daraja.BundlePurchasePath, Pages: pages(), Confidence: daraja.Low, Fields: purchaseFields(), AnswersResult: true,
				InvalidToken: daraja.ErrServiceToken, Envelope: envelope, Execute: purchase,
			},
			{
				API: APIStatus, Doc: "the state of a purchase",
				Method: "GET", Path: daraja.BundleStatusPath, Pages: pages(), Confidence: daraja.Low, AnswersResult: true,
				Fields: []simulator.Field{
					{Name: "id", Check: simulator.Required, Doc: "transactionId of the purchase."},
					{Name: "serviceAccountId", Doc: "0 for these offers."},
				},
				InvalidToken: daraja.ErrServiceToken, Execute: status,
			},
		},
		Results:  results(),
		Errors:   []simulator.Refusal{{Error: daraja.ErrServiceToken()}},
		Settings: []simulator.Setting{{Name: SettingSuccess, Default: "0", Allowed: []string{"0", "200"}, Doc: "responseCode of a bundle that was bought"}},
		NewState: newState,
		Actions:  []simulator.Action{topUpAction()},
	}
}

// pages are those of the catalogue that describe the product.
func pages() []string { return []string{"Mobile Center"} }

func results() []daraja.Result {
	one := func(code daraja.ResultCode, short, text, meaning string) daraja.Result {
		return daraja.Result{Code: code, Short: short, Text: text, Meaning: meaning, Confidence: daraja.Low}
	}
	return []daraja.Result{
		one(resultBought, "bundle bought", "Bundle purchase was successful", "The number has the bundle."),
		one(resultInsufficient, "not enough airtime", "The balance is insufficient for the transaction.", "The number has too little airtime."),
		one(resultNoOffer, "no such offer", "The offer does not exist", "The offer, its price or its account is another one."),
		one(resultDuplicate, "bought before", "Duplicate transactionId", "Another purchase has this transactionId."),
		one(resultKnown, "bundle was bought", "Successful bundle purchase", "There is such a purchase."),
		one(resultUnknown, "no such purchase", "No record was found", "No purchase has this transactionId."),
	}
}

// phoneField takes a number with 254, or without it as in an example of a purchase.
func phoneField(field string) simulator.Field {
	return simulator.Field{Name: field, Key: simulator.PhoneKey, Doc: "The number.", Check: func(name string, v daraja.Text) string {
		if _, err := daraja.NormaliseMSISDN(string(v)); err != nil {
			return fmt.Sprintf("%s must be a phone number such as 254708374149, it has %d characters", name, len(v))
		}
		return ""
	}}
}

func purchaseFields() []simulator.Field {
	return []simulator.Field{
		{Name: "offeringId", Check: number, Doc: "offeringId of the offer."},
		{Name: "accountId", Check: number, Doc: "resourceAccId of the offer."},
		{Name: "price", Key: simulator.AmountKey, Check: number, Doc: "offerPrice of the offer, in shillings."},
		{Name: "resourceAmount", Check: number, Doc: "resourceValue of the offer."},
		{Name: "validity", Check: number, Doc: "offerValidity of the offer."},
		phoneField("msisdn"),
		{Name: "transactionId", Key: simulator.ReferenceKey, Check: transactionID, Doc: "The app's own id of the purchase, which finds it later."},
		{Name: "paymentMode", Check: simulator.OneOf("airtime"), Doc: "Always airtime; other modes are not simulated."},
	}
}

func number(name string, v daraja.Text) string {
	if _, err := strconv.ParseUint(string(v), 10, 32); err != nil {
		return fmt.Sprintf("%s is %.40q, it must be a whole number", name, string(v))
	}
	return ""
}

func transactionID(name string, v daraja.Text) string {
	if v == "" || len(v) > 100 || v[0] == '[' || v[0] == '{' {
		return name + " must be a text of 1 to 100 characters"
	}
	return ""
}
