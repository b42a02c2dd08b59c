package loadtest

// Rule names a promise of the gateway. A violation belongs to one.
type Rule string

// The rules.
const (
	Applied       Rule = "an acknowledged success settles its payment"
	Chain         Rule = "the audit log's chain is unbroken"
	Committed     Rule = "a webhook reports a committed result"
	Logged        Rule = "an acknowledged callback is in the audit log" // and answered only when it is stored
	Money         Rule = "partners are notified of what customers paid" // a contradiction goes to review, a forged callback changes nothing
	Notified      Rule = "every result is sent to the partner"          // or its webhook is listed as undelivered
	OneCredit     Rule = "a receipt credits one payment"
	OnePush       Rule = "one push for each key" // also when a replica hangs or is killed
	OneWebhook    Rule = "a result has one webhook-id"
	Private       Rule = "a partner reads its own payments only"
	Proof         Rule = "a failure is reported with proof only"
	Reasons       Rule = "a review has a reason"
	Refusals      Rule = "a refused push made no prompt"
	SameAnswer    Rule = "the same key gives the same answer"
	Settled       Rule = "everything settles in the end" // when the faults have ended
	Stored        Rule = "an answered order is stored"
	UnknownTokens Rule = "a callback with an unknown token is refused"
)

// Rules lists every rule.
func Rules() []Rule {
	return []Rule{
		Applied, Chain, Committed, Logged, Money, Notified, OneCredit, OnePush, OneWebhook,
		Private, Proof, Reasons, Refusals, SameAnswer, Settled, Stored, UnknownTokens,
	}
}

// Violation is a broken promise.
type Violation struct {
	Rule        Rule
	Text        string
	Transaction int64 // that it is about, 0 for none
	Lasting     bool  // later events cannot mend it
}

// String is the rule and what broke it.
func (v Violation) String() string { return string(v.Rule) + ": " + v.Text }
