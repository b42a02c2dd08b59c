package simulator

import (
	"cmp"
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Transfer is a movement of money from one account to another.
type Transfer struct {
	From, To AccountID
	Amount   daraja.Money // at least a cent
	Fee      daraja.Money // what From pays M-PESA beside Amount; Locked.NewTransfer has that of the tariff
	Entering daraja.Money // what enters From from outside with it, such as what points are worth
	Forced   bool         // no limit applies, and what From lacks enters from outside first
	Reverses string       // the receipt of the transaction that it takes back, or ""; at most one transfer reverses a transaction

	API            API    // that began it
	Receipt        string // "" keeps the transfer out of the list of transactions
	Type           string // M-PESA's TransactionType, such as "Pay Bill"
	Reference      string // the account reference
	ID             string // of the payment, as its product names it
	RequestID      string // of the request, likewise; OriginatorConversationID of an initiator's
	ConversationID string // of an initiator's request, or ""
}

// Phone is the number of the customer who pays or is paid; "" when there is none.
func (t Transfer) Phone() daraja.MSISDN { return cmp.Or(t.From.Owner.Phone(), t.To.Owner.Phone()) }

// Shortcode is the shortcode of the organisation that is paid, or else of the one that
// pays; "" when there is none.
func (t Transfer) Shortcode() string { return cmp.Or(t.To.Owner.Shortcode(), t.From.Owner.Shortcode()) }

// ByCustomer reports whether a customer pays an organisation.
func (t Transfer) ByCustomer() bool {
	return t.From.Kind == AccountWallet && t.To.Owner.Shortcode() != ""
}

// Transaction is a transfer that was made.
type Transaction struct {
	Transfer
	At          time.Time
	TopUp       daraja.Money // what entered from outside: Entering, and what a Forced transfer lacked
	FromBalance daraja.Money // after the transfer and its fee
	ToBalance   daraja.Money // after it; of payments at one instant, it depends on which came first
}

// TransferReason is the rule that refused a transfer.
type TransferReason string

// Why a transfer is refused.
const (
	ReasonInvalid      TransferReason = "invalid transfer" // accounts or amounts make no sense: a mistake of the caller
	ReasonBelowMinimum TransferReason = "below the minimum amount"
	ReasonAboveMaximum TransferReason = "above the maximum amount"
	ReasonDailyLimit   TransferReason = "over the daily limit"
	ReasonMaxBalance   TransferReason = "receiver's account is full"
	ReasonInsufficient TransferReason = "not enough money"
	ReasonReversed     TransferReason = "already reversed"
)

// TransferError says why a transfer was refused. No account has changed then.
type TransferError struct {
	Reason  TransferReason
	Account AccountID // the one that the rule is about
	Why     string    // for a person
}

// Error implements error.
func (e *TransferError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Account, e.Reason, e.Why)
}

// ResultCode is the code of M-PESA's result for the reason.
func (e *TransferError) ResultCode() daraja.ResultCode {
	codes := map[TransferReason]daraja.ResultCode{
		ReasonInvalid: daraja.ResultInternal, ReasonInsufficient: daraja.ResultInsufficient,
		ReasonBelowMinimum: "2", ReasonAboveMaximum: "3", ReasonDailyLimit: "4", ReasonMaxBalance: "8",
		ReasonReversed: "R000001",
	}
	return codes[e.Reason]
}

// LimitResults are the results of a transfer that a limit refuses, for products of
// organisations (reference: result codes).
func LimitResults() []daraja.Result {
	result := func(code daraja.ResultCode, short, text, meaning string) daraja.Result {
		return daraja.Result{Code: code, Short: short, Confidence: daraja.Low, Text: "Declined due to limit rule: " + text, Meaning: meaning}
	}
	return []daraja.Result{
		result("2", "below the minimum amount", "less than the minimum transaction amount.", "The amount is below the least that may be paid."),
		result("3", "above the maximum amount", "greater than the maximum transaction amount.", "The amount is above the most that may be paid."),
		result("4", "over the daily limit", "would exceed daily transfer limit.", "More would be paid in a day than the limit allows."),
		result("8", "receiver's account is full", "would exceed the maximum balance.", "The receiver would hold more than the limit allows."),
	}
}

// maxTransfer bounds an amount so that no sum of amounts comes near the range of int64:
// KES 10,000,000,000,000, what daraja.ParseMoney can read.
const maxTransfer = 10_000_000_000_000 * daraja.Shilling

// check refuses a transfer that no balance makes possible.
func (t Transfer) check() error {
	switch {
	case !t.From.valid():
		return invalidTransfer(t.From, "the payer's account cannot exist")
	case !t.To.valid():
		return invalidTransfer(t.To, "the receiver's account cannot exist")
	case t.From == t.To:
		return invalidTransfer(t.From, "payer and receiver are the same account")
	case t.Entering < 0 || t.Entering > t.Amount:
		return invalidTransfer(t.From, t.Entering.Grouped()+" enters with it, which is not a part of the amount")
	case t.Amount < 1 || t.Amount > maxTransfer:
		return invalidTransfer(t.From, "the amount is "+t.Amount.Grouped())
	case t.Fee < 0 || t.Fee > maxTransfer:
		return invalidTransfer(t.From, "the fee is "+t.Fee.Grouped())
	}
	return nil
}

func invalidTransfer(id AccountID, why string) *TransferError {
	return &TransferError{Reason: ReasonInvalid, Account: id, Why: why}
}
