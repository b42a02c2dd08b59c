package trial

// Rule names a promise of the gateway. A violation belongs to one.
type Rule string

// The rules. doc.go says which promise each of them checks.
const (
	Applied    Rule = "an acknowledged success settles its payment"
	Chain      Rule = "the audit log's chain is unbroken"
	Committed  Rule = "a webhook tells what is committed"
	Kept       Rule = "an acknowledged callback is in the audit log"
	Known      Rule = "what was answered is on record"
	Money      Rule = "partners are told what customers paid"
	OneCredit  Rule = "a receipt credits one payment"
	OnePush    Rule = "one push for each key"
	OneWebhook Rule = "a result is told under one webhook-id"
	Proof      Rule = "a failure is told with proof only"
	Private    Rule = "a partner reads its own payments only"
	Reasons    Rule = "a review has a reason"
	Refusals   Rule = "a refused push made no prompt"
	SameAnswer Rule = "the same key gives the same answer"
	Settled    Rule = "everything settles in the end"
	Strangers  Rule = "a callback with an unknown token is refused"
	ToldAll    Rule = "every result is told"
)

// Rules lists every rule.
func Rules() []Rule {
	return []Rule{
		Applied, Chain, Committed, Kept, Known, Money, OneCredit, OnePush, OneWebhook,
		Private, Proof, Reasons, Refusals, SameAnswer, Settled, Strangers, ToldAll,
	}
}

// Violation is a promise that was not kept.
type Violation struct {
	Rule        Rule
	Text        string
	Transaction int64 // that it is about, 0 for none
	Lasting     bool  // time does not mend it
}

// String is the rule and what broke it.
func (v Violation) String() string { return string(v.Rule) + ": " + v.Text }
