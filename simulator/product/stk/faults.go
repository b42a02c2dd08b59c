package stk

import (
	"slices"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// The faults of a callback that only this product has.
const (
	faultReceipt = "reuse_receipt_of"
	faultID      = "unknown_id"
)

// faults are what can be wrong with the body of a callback.
func faults() []simulator.Fault {
	return slices.Concat(
		[]simulator.Fault{{Name: faultReceipt, Takes: simulator.TakesWord, Word: "previous", Paid: true, Record: "receipt of an earlier payment",
			Doc: "The callback carries an old receipt: the one of the customer's payment before, or else of the latest payment of any customer."}},
		simulator.PaymentFaults(),
		[]simulator.Fault{{Name: faultID, Record: "unknown CheckoutRequestID",
			Doc: "true: the callback carries a CheckoutRequestID that no push was given."}},
	)
}

// refusals are the errors that only push and query have.
func refusals() []simulator.Refusal {
	return []simulator.Refusal{
		{Error: daraja.ErrWrongCredentials()},
		{Error: daraja.ErrNoMerchant()},
		{Error: daraja.ErrLocked()},
		{Error: daraja.ErrProcessing()},
		{Error: daraja.ErrNoTransaction()},
		{Error: daraja.ErrTypeNotAllowed(daraja.CustomerPayBillOnline), Pattern: `^Merchant not allowed to carry out transaction type [A-Za-z]{1,40}$`},
	}
}
