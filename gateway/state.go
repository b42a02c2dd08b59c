package gateway

// State is where a payment stands.
type State string

// States of a payment.
const (
	Sending        State = "sending"         // first push: begun, not answered
	Pending        State = "pending"         // Daraja accepted; the customer has the prompt
	Unknown        State = "unknown"         // pushed, but nobody knows whether it arrived
	Confirming     State = "confirming"      // a success came without proof of its origin; M-PESA is asked
	Retrying       State = "retrying"        // Daraja asked for another push; waiting to make it
	Resending      State = "resending"       // a later push: begun, not answered
	Paid           State = "paid"            // settled: the money came
	Failed         State = "failed"          // settled: no money came
	PresumedFailed State = "presumed_failed" // settled on a query's word only; a receipt may still prove it wrong
	Unresolved     State = "unresolved"      // no callback, and queries led nowhere; a person must look
	Review         State = "review"          // the facts contradict each other; a person must look
)

// States lists every state.
func States() []State {
	return []State{Sending, Pending, Unknown, Retrying, Resending, Confirming, Paid, Failed, PresumedFailed, Unresolved, Review}
}

// failed reports whether a payment in s has failed. M-PESA can be asked about it all the
// same, by an inquiry of a push.
func (s State) failed() bool { return s == Failed || s == PresumedFailed }

// asks reports whether a payment in s waits for a result of its latest push, about which
// M-PESA may be asked.
func (s State) asks() bool { return s == Pending || s == Unknown || s.mayBeClaimed() }

// mayBeClaimed reports whether a query about a payment in s can be one about the claim of
// a callback that the customer paid.
func (s State) mayBeClaimed() bool { return s == Confirming || s == Unresolved }

// Status is a state as partners see it.
type Status string

// Statuses.
const (
	StatusPending    Status = "pending"
	StatusSuccessful Status = "successful"
	StatusFailed     Status = "failed"
	StatusReview     Status = "review"
)

// Status returns what a partner is told of s.
func (s State) Status() Status {
	switch s {
	case Paid:
		return StatusSuccessful
	case Failed, PresumedFailed:
		return StatusFailed
	case Unresolved, Review:
		return StatusReview
	default:
		return StatusPending
	}
}

// Event is something that happens to a payment.
type Event string

// Events. A callback's result is judged before it becomes an event: a success
// whose amount or phone differ is a mismatch, one whose receipt belongs to another
// payment is ReceiptTaken, one with a second receipt for a paid payment is
// SecondReceipt, and one that must be confirmed first is CallbackUnproven. What names the
// prompt of another push, a callback or the answer to a push, is a mismatch too.
const (
	PushWasAccepted   Event = "push_accepted"
	PushWasRefused    Event = "push_refused"
	PushWasUnanswered Event = "push_unanswered"
	Crashed           Event = "crashed" // found at start, in the middle of a push
	RepushDue         Event = "repush_due"

	CallbackSuccess   Event = "callback_success"
	CallbackFailure   Event = "callback_failure"
	CallbackRetryable Event = "callback_retryable" // the policy calls for another push
	CallbackUnproven  Event = "callback_unproven"
	CallbackMismatch  Event = "callback_mismatch"
	ReceiptTaken      Event = "receipt_taken"
	SecondReceipt     Event = "second_receipt"

	// CallbackQuestion is a callback without a receipt that a query must confirm: a
	// failure from an unproven origin, or a result that is not known to be final.
	CallbackQuestion Event = "callback_question"

	QuerySuccess   Event = "query_success"
	QueryFailure   Event = "query_failure"
	QueryRetryable Event = "query_retryable"
	QueryPending   Event = "query_pending"
	QueryExhausted Event = "query_exhausted"

	// ClaimUnconfirmed is that M-PESA's queries do not confirm what a callback says: that the
	// payment is paid, when they say otherwise; or anything, when an Inquiry ends without a
	// result.
	ClaimUnconfirmed Event = "claim_unconfirmed"

	// A person decides: the money came, it did not come, or the payment stands as it is.
	ResolvedPaid   Event = "resolved_paid"
	ResolvedFailed Event = "resolved_failed"
	ResolvedAsIs   Event = "resolved_as_is"

	// ResultDeclared is a person's word that the result code which a payment has is a
	// failure.
	ResultDeclared Event = "result_declared"
)

// Events lists every event.
func Events() []Event {
	return []Event{
		PushWasAccepted, PushWasRefused, PushWasUnanswered, Crashed, RepushDue,
		CallbackSuccess, CallbackFailure, CallbackRetryable, CallbackUnproven, CallbackMismatch, ReceiptTaken, SecondReceipt,
		CallbackQuestion,
		QuerySuccess, QueryFailure, QueryRetryable, QueryPending, QueryExhausted, ClaimUnconfirmed,
		ResolvedPaid, ResolvedFailed, ResolvedAsIs, ResultDeclared,
	}
}

// Effect is what a transition does beside changing the state.
type Effect string

// Effects.
const (
	Nothing  Effect = ""         // the state alone changes
	Ignore   Effect = "ignore"   // the event says nothing new; it is on record
	Settle   Effect = "settle"   // the result is written and the partner told
	Record   Effect = "record"   // the result is written; the partner already knows
	Flag     Effect = "flag"     // the contradiction is written down as the reason for a review
	Complete Effect = "complete" // a settled payment learns its receipt
	Claim    Effect = "claim"    // a receipt is noted that nobody has confirmed
	Ask      Effect = "ask"      // a query is due soon, and the usual ones after it
	Resolve  Effect = "resolve"  // the reason for a review is closed by a person's note
)

// Transition is what an event does to a payment in some state.
type Transition struct {
	To     State
	Effect Effect
}

// Next returns the transition for an event in a state. It returns false for a
// pair that no table row names, which a test proves never to be.
func Next(s State, e Event) (Transition, bool) {
	t, ok := table[s][e]
	return t, ok
}

var table = transitions() //nolint:gochecknoglobals // never written; every event looks into it
