package daraja

import (
	"encoding/json"
	"strconv"
	"time"
)

// Paths of payments to customers; POST. B2CValidatePath checks the customer's document too.
const (
	B2CPath         = "/mpesa/b2c/v3/paymentrequest"
	B2CPathV1       = "/mpesa/b2c/v1/paymentrequest"
	B2CValidatePath = "/mpesa/b2cvalidate/v2/paymentrequest"
	B2PochiPath     = "/mpesa/b2pochi/v1/paymentrequest"
)

// CommandIDs of payments to customers.
const (
	CommandBusinessPayment    = "BusinessPayment"
	CommandSalaryPayment      = "SalaryPayment"
	CommandPromotionPayment   = "PromotionPayment"
	CommandBusinessPayToPochi = "BusinessPayToPochi"
)

// B2CResultsURL is M-PESA's own address in the results of B2C.
const B2CResultsURL = "https://internalsandbox.safaricom.co.ke/mpesa/b2cresults/v1/submit"

// ErrDuplicateConversation: an OriginatorConversationID that was used before.
func ErrDuplicateConversation() Error {
	return refusal("500.002.1001", "Duplicate OriginatorConversationID.")
}

// B2CAck answers a payment to a customer. It has its ids in another order than ConversationAck.
type B2CAck struct {
	ConversationID           string
	OriginatorConversationID string
	ResponseCode             string
	ResponseDescription      string
}

// NewB2CAck accepts a payment.
func NewB2CAck(originator, conversation string) B2CAck {
	a := NewConversationAck(originator, conversation)
	return B2CAck{a.ConversationID, a.OriginatorConversationID, a.ResponseCode, a.ResponseDescription}
}

// B2CFacts are the facts in the result of a payment to a customer.
type B2CFacts struct {
	Amount                    Money // whole shillings
	Receipt                   string
	Receiver                  string // number and name
	Registered                bool
	Completed                 time.Time
	Utility, Working, Charges Money // what the accounts of the organisation hold after it
}

// Parameters are the facts in the order of 2026.
func (f B2CFacts) Parameters() []Parameter {
	registered := "N"
	if f.Registered {
		registered = "Y"
	}
	return []Parameter{
		{Key: "TransactionAmount", Value: json.Number(strconv.FormatInt(f.Amount.Shillings(), 10))},
		{Key: "TransactionReceipt", Value: f.Receipt},
		{Key: "ReceiverPartyPublicName", Value: f.Receiver},
		{Key: "TransactionCompletedDateTime", Value: f.Completed.In(EAT()).Format("02.01.2006 15:04:05")},
		{Key: "B2CUtilityAccountAvailableFunds", Value: json.Number(f.Utility.String())},
		{Key: "B2CWorkingAccountAvailableFunds", Value: json.Number(f.Working.String())},
		{Key: "B2CRecipientIsRegisteredCustomer", Value: registered},
		{Key: "B2CChargesPaidAccountAvailableFunds", Value: json.Number(f.Charges.String())},
	}
}

// Parameters2019 are the facts in the order of 2019.
func (f B2CFacts) Parameters2019() []Parameter {
	p := f.Parameters()
	return []Parameter{p[0], p[1], p[6], p[7], p[2], p[3], p[4], p[5]}
}
