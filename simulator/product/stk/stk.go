// Package stk is M-PESA Express, known as STK push: a prompt on the customer's phone, a
// callback with its result, and a query.
package stk

import (
	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// The APIs.
const (
	APIPush  simulator.API = "stkpush"
	APIQuery simulator.API = "stkquery"
)

// Settings.
const (
	SettingCheckoutMillis  = "checkout_id_millis"
	SettingPendingQuery    = "pending_query"
	SettingQueryTypo       = "query_typo"
	SettingQueryDesc       = "query_desc"
	SettingCallbackAmount  = "callback_amount"
	SettingCallbackBalance = "callback_balance"
	SettingDescription     = "transaction_desc"
	SettingReference       = "account_reference"
	SettingWrongTill       = "wrong_till"
)

// Product is STK push and query.
func Product() simulator.Product {
	return simulator.Product{
		Name: "stk",
		Doc:  "STK push (M-PESA Express): a prompt on the customer's phone",
		Operations: []simulator.Operation{
			{
				API: APIPush, Synonyms: []string{"push", "stk", "pay", "payment", "processrequest"},
				Doc:    "a prompt on the customer's phone",
				Method: "POST", Path: daraja.STKPushPath,
				Pages: []string{"M-Pesa Express"}, Confidence: daraja.High,
				Fields: pushFields(), StartsPayment: true, Default: true, Compose: compose, Execute: acceptPush, CallbackBody: callbackBody,
			},
			{
				API: APIQuery, Synonyms: []string{"query", "status", "stkpushquery"},
				Doc:    "the result of a prompt",
				Method: "POST", Path: daraja.STKQueryPath, Also: []string{daraja.STKQueryPathV2},
				Pages: []string{"M-Pesa Express Query"}, Confidence: daraja.High,
				Fields: queryFields(), Execute: answerQuery,
			},
		},
		Results:  results(),
		Settings: settings(),
		Faults:   faults(),
		Errors:   refusals(),
	}
}

func settings() []simulator.Setting {
	return []simulator.Setting{
		{Name: SettingCheckoutMillis, Default: "3", Allowed: []string{"3", "1"},
			Doc: "digits of milliseconds in a CheckoutRequestID: production's 3, the sandbox's 1"},
		{Name: SettingPendingQuery, Default: "4999", Allowed: []string{"4999", "500", "200"},
			Doc: "query of an open prompt: 200 with ResultCode 4999; HTTP 500 with 500.001.1001; or 200 with 500.001.1001 and an empty errorMessage"},
		{Name: SettingQueryTypo, Default: "off", Allowed: []string{"off", "on"},
			Doc: "the \"successsfully\" of 2017 to 2023 in the query's ResponseDescription"},
		{Name: SettingQueryDesc, Default: "callback", Allowed: []string{"callback", "timeout"},
			Doc: "ResultDesc of 1037 in a query: the callback's, or always \"DS timeout user cannot be reached.\""},
		{Name: SettingCallbackAmount, Default: "1.00", Allowed: []string{"1.00", "1"},
			Doc: "form of Amount in callbacks"},
		{Name: SettingCallbackBalance, Default: "no-value", Allowed: []string{"no-value", "absent"},
			Doc: "the item Balance in callbacks"},
		{Name: SettingDescription, Default: required, Allowed: []string{required, optional},
			Doc: "a push without TransactionDesc is refused with Invalid Remarks, or taken as the documentation says"},
		{Name: SettingReference, Default: required, Allowed: []string{required, optional},
			Doc: "a push without AccountReference is refused after TransactionDesc was looked at, or taken"},
		{Name: SettingWrongTill, Default: string(resultNoOperator), Allowed: []string{string(resultNoOperator), string(daraja.ResultNotPermitted)},
			Doc: "result of a push for a till whose PartyB is the store number"},
	}
}

// pushFields are the fields of a push. TransactionDesc is answered as "Remarks", and
// before AccountReference, as on the wire.
func pushFields() []simulator.Field {
	return []simulator.Field{
		{Name: "BusinessShortCode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The paybill, or a till's store number."},
		{Name: "Password", Check: checkPasswordForm, Doc: "base64 of shortcode, passkey and timestamp."},
		{Name: "Timestamp", Check: simulator.Timestamp, Doc: "The time in Nairobi, yyyyMMddHHmmss."},
		{Name: "TransactionType", Check: simulator.OneOf(daraja.CustomerPayBillOnline, daraja.CustomerBuyGoodsOnline), Doc: "CustomerPayBillOnline, or CustomerBuyGoodsOnline for a till."},
		{Name: "Amount", Key: simulator.AmountKey, Check: simulator.Amount, Doc: "Whole shillings."},
		{Name: "PartyA", Check: simulator.MSISDN, Doc: "The customer's number."},
		{Name: "PartyB", Check: simulator.Shortcode, Doc: "The paybill, or the till number."},
		{Name: "PhoneNumber", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The phone that gets the prompt."},
		{Name: "CallBackURL", URL: true, Doc: "Where the result goes."},
		{Name: "TransactionDesc", Refusal: "Remarks", Doc: "A comment. The setting transaction_desc says whether one is needed."},
		{Name: "AccountReference", Key: simulator.ReferenceKey, Doc: "The account, such as an invoice number. The setting account_reference says whether one is needed."},
	}
}

func queryFields() []simulator.Field {
	return []simulator.Field{
		{Name: "BusinessShortCode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "As in the push."},
		{Name: "Password", Check: checkPasswordForm, Doc: "base64 of shortcode, passkey and timestamp."},
		{Name: "Timestamp", Check: simulator.Timestamp, Doc: "The time in Nairobi, yyyyMMddHHmmss."},
		{Name: "CheckoutRequestID", Key: simulator.PaymentKey, Check: checkCheckoutRequestID, Doc: "As the push was answered."},
	}
}
