package gateway

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// decodedCallback is a callback as it was read, its values in the gateway's terms.
type decodedCallback struct {
	body          []byte // as it came
	malformed     string // why the body is no callback, "" when it is one
	contradiction string // how the body contradicts itself, "" when it does not
	merchantID    string
	checkoutID    string
	result        result
	metadata      bool // there is metadata, whatever is in it
	amount        daraja.Money
	hasAmount     bool
	receipt       string // as M-PESA prints it; "" when nothing has the form of a receipt
	hasReceipt    bool   // something stands in the place of a receipt
	phone         string // as it came
}

// decode reads a callback's body.
func decode(body []byte) decodedCallback {
	r, err := daraja.ReadSTKCallback(body)
	if err != nil {
		return decodedCallback{body: body, malformed: err.Error()}
	}
	cb := decodedCallback{
		body: body, contradiction: r.Contradiction, merchantID: r.MerchantRequestID, checkoutID: r.CheckoutRequestID,
		result:   result{code: r.ResultCode, desc: r.ResultDesc},
		metadata: r.Metadata, phone: r.PhoneNumber, hasReceipt: strings.TrimSpace(r.Receipt) != "",
	}
	cb.receipt, _ = daraja.NormaliseReceipt(r.Receipt)
	amount, err := daraja.ParseMoney(r.Amount)
	cb.amount, cb.hasAmount = amount, err == nil
	if at, err := daraja.ParseTimestamp(r.TransactionDate); err == nil {
		cb.result.at = at
	}
	return cb
}

// claimsMoney reports whether a callback says that money moved: by the code of success,
// or by a receipt beside whatever code.
func (cb decodedCallback) claimsMoney() bool {
	return cb.result.code == daraja.ResultSuccess || cb.hasReceipt
}

// mayClaimMoney reports whether a callback says that money moved, or may say so in what is not
// read of it.
func (cb decodedCallback) mayClaimMoney() bool {
	return cb.malformed != "" || cb.contradiction != "" || cb.metadata || cb.claimsMoney()
}

// paid describes the payment that a callback claims, without the customer's number; a
// callback that claims none by its result.
func (cb decodedCallback) paid() string {
	if !cb.claimsMoney() {
		return fmt.Sprintf("result %.20q", cb.result.code)
	}
	s := "a payment without a receipt"
	if cb.receipt != "" {
		s = "receipt " + cb.receipt
	}
	if cb.hasAmount {
		s += fmt.Sprintf(" for KES %s", cb.amount)
	}
	if cb.result.code != daraja.ResultSuccess {
		s += fmt.Sprintf(" with result %.20q", cb.result.code)
	}
	return s
}

// evidence is a callback beside what is known of its payment: all that classify reads.
type evidence struct {
	payment  *Payment
	push     Push
	callback decodedCallback
	believed bool   // the callback's word is enough; otherwise a query must confirm it
	proven   bool   // its origin has proof, so it may say which receipt M-PESA gave; see Origin
	names    bool   // it may say which prompt is its push's: it is believed, or its address is listed
	policy   Policy // for the callback's result code
}

// classified is what a callback means for its payment.
type classified struct {
	event   Event // "" when the callback changes nothing
	fact    fact
	inquiry *Inquiry // what M-PESA is asked about the push alone; then there is no event
	verdict string   // why it changes nothing, or what it is beside the event
}

// classify says what a callback means. What is known to be final, complete and in
// agreement with the order settles the payment; what contradicts goes to review; about
// the rest M-PESA is asked. What is not believed never does more than have M-PESA asked,
// unless the payment is paid already. A receipt without proof is never the payment's, not
// even when a query says that the customer paid: a forged receipt would be taken from the
// order that it belongs to.
func (e evidence) classify() classified {
	const itself = "the callback contradicts itself: "
	switch cb := e.callback; {
	case cb.malformed != "":
		return e.classifyUnreadable()
	case cb.contradiction != "" && (e.believed || e.payment.State == Paid):
		return classified{event: CallbackMismatch, fact: fact{reason: e.claimed(itself + cb.contradiction)}}
	case cb.contradiction != "": // what is not read of it may claim money
		return e.mustConfirm(itself + cb.contradiction)
	case cb.claimsMoney():
		return e.classifyMoney()
	default:
		return e.classifyFailure()
	}
}

// classifyMoney is classify for a callback that says that money moved.
func (e evidence) classifyMoney() classified {
	p, cb := e.payment, e.callback
	why := mismatch(p, e.push, cb)
	queried := p.State == Paid && p.Receipt == "" // a query has confirmed it; the receipt is missing
	success := cb.result.code == daraja.ResultSuccess
	other := queried && p.otherPaid(e.push)
	completes := queried && !other && e.proven && !e.policy.fails() && cb.receipt != "" // the query has confirmed what else may be missing
	credited := why == "" && !other && (e.believed && cb.complete(p) || completes)
	f := fact{result: cb.result}
	if why == "" && (success && e.believed || credited) { // what contradicts takes no receipt from the order that it belongs to
		f.receipt = cb.receipt
	}
	switch {
	case why == "" && success && e.tellsPayer():
		f.receipt = cb.receipt
		return classified{event: CallbackSuccess, fact: f}
	case why == "" && e.repeats(credited):
		return classified{verdict: VerdictDuplicate}
	case p.Receipt != "" && cb.receipt != "" && !sameReceipt(p.Receipt, cb.receipt):
		f.reason = "a second receipt: " + e.claimed(why)
		return classified{event: SecondReceipt, fact: f}
	case other && cb.receipt != "":
		f.reason = fmt.Sprintf("a second payment, of push %d: %s", e.push.Number, e.claimed(why))
		return classified{event: SecondReceipt, fact: f}
	case why != "" && (e.believed || p.State == Paid):
		f.reason = e.claimed(why)
		return classified{event: CallbackMismatch, fact: f}
	case credited:
		f.reason = fmt.Sprintf("%s came although the payment was %s", cb.paid(), p.State)
		return classified{event: CallbackSuccess, fact: f}
	default:
		return e.mustConfirm(why)
	}
}

// tellsPayer reports whether the callback, which agrees with the order, says which push has
// the receipt that a person found: the one that it came for.
func (e evidence) tellsPayer() bool {
	p, named := e.payment, e.push.CheckoutRequestID != "" || e.names && e.callback.checkoutID != ""
	return e.proven && named && p.payingPushUnknown() && sameReceipt(p.Receipt, e.callback.receipt)
}

// repeats reports whether the callback has the receipt that is on record or is being
// confirmed, and settles nothing.
func (e evidence) repeats(credited bool) bool {
	p, receipt := e.payment, e.callback.receipt
	claimed := (p.State == Confirming || p.State == Unresolved) && !credited && sameReceipt(p.Claimed, receipt)
	return p.State == Paid && sameReceipt(p.Receipt, receipt) || claimed
}

// claimed describes the payment that the callback claims, that it has no proof, and what
// it contradicts, if anything.
func (e evidence) claimed(why string) string {
	s := e.callback.paid()
	switch {
	case !e.proven:
		s += withoutProof
	case !e.believed:
		s += ", to be confirmed"
	}
	if why != "" {
		s += ": " + why
	}
	return s
}

// came says that a claim came that must be confirmed, and that it has no proof, if so.
func (e evidence) came() string {
	if !e.proven {
		return e.callback.paid() + " came" + withoutProof
	}
	return e.callback.paid() + " came, to be confirmed"
}

// mustConfirm is classify for a payment that a query must confirm. The receipt is
// noted, but not one without proof, nor one whose callback contradicts the order or itself
// (why is not ""); that one is written down for a person. Where M-PESA is being asked
// already, or has been asked often enough, nothing begins anew. Nor does it for a claim
// without proof of a push that M-PESA itself has ended, with 4005.
func (e evidence) mustConfirm(why string) classified {
	p, cb := e.payment, e.callback
	claimed := p.Claimed
	if e.usesInquiry() {
		claimed = e.push.Inquiry.Claimed
	}
	doubt := ""
	switch {
	case why != "":
		doubt = e.claimed(why)
	case claimed != "" && cb.receipt != "" && !sameReceipt(claimed, cb.receipt):
		doubt = fmt.Sprintf("a second receipt: %s; receipt %s was claimed before", e.claimed(why), claimed)
	}
	if why == "" && e.proven {
		claimed = cmp.Or(cb.receipt, claimed)
	}
	if e.usesInquiry() {
		if !e.proven && !p.State.failed() {
			doubt = ""
		}
		return e.inquire(e.claimed(why), claimed, doubt, true)
	}
	f := fact{claimed: claimed, doubt: doubt}
	f.reason = cmp.Or(doubt, fmt.Sprintf("%s, although the payment was %s", e.came(), p.State))
	asking := p.State == Confirming && (p.Claimed != "" || claimed == "")
	ended := p.State == Unresolved && e.spent()
	switch {
	case !e.proven && (p.State == Retrying || p.State == Unknown && !e.push.askable()): // a person has it on the list
		return classified{verdict: VerdictUnproven + ": " + f.reason}
	case ended && (e.proven || p.DueAt.IsZero()): // no query is sent for it, so a person must find it
		f.doubt = fmt.Sprintf("push %d: %s%s", e.push.Number, e.claimed(why), notAsked(p.DueAt))
		f.reason = f.doubt
		return classified{event: CallbackQuestion, fact: f}
	case asking, ended:
		return classified{event: CallbackQuestion, fact: f}
	default:
		return classified{event: CallbackUnproven, fact: f}
	}
}

// Reasons for a review that a question gives begin with one of these.
const (
	unreadable = "a callback came that cannot be read"
	notFinal   = "a callback came with a result that is not known to be final:"
)

// classifyUnreadable is classify for a body that is no callback. It may be one that a
// proxy has spoilt, so M-PESA is asked; where it cannot be, a person must look, but not
// because of a body without proof.
func (e evidence) classifyUnreadable() classified {
	c := e.question(fact{reason: fmt.Sprintf("%s: %.200s", unreadable, e.callback.malformed)})
	c.verdict = fmt.Sprintf("%s: %.200s", VerdictMalformed, e.callback.malformed)
	return c
}

// question has M-PESA asked what a callback means that may be a result, and may be one of
// money. Where no query tells, a person must look: about a push that has no id, or when too
// many were asked. What has no proof is neither a reason for a person to look nor for the
// customer's next prompt to wait.
func (e evidence) question(f fact) classified {
	p := e.payment
	switch {
	case e.usesInquiry():
		what := f.reason
		if !e.proven {
			what += withoutProof
		}
		return e.inquire(what, "", "", false)
	case !e.proven && p.State == Retrying:
		return classified{verdict: VerdictUnproven + ": " + f.reason}
	case !e.proven:
		f.reason += withoutProof
	case e.spent(), p.Pushes > 1 && !e.push.askable():
		f.doubt = fmt.Sprintf("push %d: %s", e.push.Number, f.reason)
	case !e.push.askable():
		f.doubt = f.reason
	}
	if f.doubt != "" && p.State == Retrying && e.spent() {
		f.reason = f.doubt
		return classified{event: ClaimUnconfirmed, fact: f}
	}
	return classified{event: CallbackQuestion, fact: f}
}

// spent reports whether no callback of this origin brings a query about the push forward
// any more. Those without proof leave some for those with proof.
func (e evidence) spent() bool {
	most := maxQuestions
	if e.proven {
		most *= 2
	}
	return e.push.Questions >= most
}

// otherPaid reports whether another push than this one has paid p, which is paid, or may
// have: it is not known which of several pushes did.
func (p *Payment) otherPaid(push Push) bool {
	if p.CheckoutRequestID == "" {
		return p.Pushes > 1
	}
	return push.CheckoutRequestID != p.CheckoutRequestID
}

// payingPushUnknown reports whether p has several pushes, and a person has found its receipt,
// which no callback has claimed.
func (p *Payment) payingPushUnknown() bool {
	return p.State == Paid && p.Pushes > 1 && p.CheckoutRequestID == ""
}

// classifyFailure is classify for a callback without a word of money.
func (e evidence) classifyFailure() classified {
	p, cb, final := e.payment, e.callback, e.finalFailure()
	switch {
	case e.policy.Undecided:
		return classified{verdict: VerdictPending}
	case final && (e.push.Number < p.Pushes || p.State == Paid && p.Pushes > 1 && !p.payingPushUnknown() && p.otherPaid(e.push)):
		return classified{verdict: VerdictStale}
	case cb.checkoutID != "" && !samePrompt(e.push, cb.checkoutID) && e.believed:
		return classified{event: CallbackMismatch, fact: fact{reason: e.claimed(mismatch(p, e.push, cb))}}
	case cb.checkoutID != "" && !samePrompt(e.push, cb.checkoutID):
		return classified{verdict: VerdictMalformed + ": it names another prompt"}
	case final && !e.believed && (p.State.failed() || p.State == Retrying): // it says nothing new
		return classified{verdict: VerdictDuplicate}
	case !final || e.believed && cb.checkoutID == "":
		f := fact{reason: fmt.Sprintf(notFinal+" %.20q", cb.result.code)}
		if e.believed && e.push.Number == p.Pushes {
			f.result = cb.result
		}
		return e.question(f)
	case !e.believed:
		return classified{event: CallbackQuestion, fact: fact{reason: fmt.Sprintf("result %.20q came"+withoutProof, cb.result.code)}}
	}
	event := CallbackFailure
	if e.policy.PushAgain && p.Pushes < e.policy.MaxPushes {
		event = CallbackRetryable
	}
	reason := fmt.Sprintf("result %s came although the payment was %s", cb.result.code, p.State)
	return classified{event: event, fact: fact{result: cb.result, reason: reason}}
}

// finalFailure reports whether a callback has a result that is known to be final, and no word
// of money.
func (e evidence) finalFailure() bool {
	cb := e.callback
	known := e.policy.Documented || e.policy.Declared || cb.result.code.WellFormed()
	return cb.malformed == "" && cb.contradiction == "" && !cb.claimsMoney() && known && !e.policy.Undecided && !cb.metadata // a failure has none
}

// complete reports whether a callback has all that a success must have.
func (cb decodedCallback) complete(p *Payment) bool {
	phone := p.Phone == "" || p.Phone.Compare(cb.phone) != daraja.PhoneMissing // an erased number cannot be compared
	return cb.result.code == daraja.ResultSuccess && cb.receipt != "" && cb.hasAmount && cb.checkoutID != "" && phone
}

// mismatch says how a claim differs from what was asked, or "". What is missing does
// not differ.
func mismatch(p *Payment, push Push, cb decodedCallback) string {
	var why []string
	if cb.hasAmount && cb.amount != p.Amount {
		why = append(why, fmt.Sprintf("KES %s was paid, KES %s was asked", cb.amount, p.Amount))
	}
	if p.Phone != "" && p.Phone.Compare(cb.phone) == daraja.PhoneOther {
		why = append(why, fmt.Sprintf("%s paid, %s was asked", shownPhone(cb.phone), p.Phone.Masked()))
	}
	if cb.checkoutID != "" && !samePrompt(push, cb.checkoutID) {
		why = append(why, fmt.Sprintf("the callback names prompt %.64q, the push made %q", shownPrompt(cb.checkoutID), shownPrompt(push.CheckoutRequestID)))
	}
	return strings.Join(why, ", ")
}

// shownPhone hides the middle of a number, whatever its form.
func shownPhone(s string) string {
	if m, err := daraja.NormaliseMSISDN(s); err == nil {
		return m.Masked()
	}
	return "another number"
}

// shownPrompt is a CheckoutRequestID without the customer's number, with which M-PESA ends it.
func shownPrompt(id string) string {
	if start := len(id) - len(hidden); start > 0 && hideNumbers(id[start:]) == hidden {
		return id[:start] + hidden
	}
	return id
}

// samePrompt compares CheckoutRequestIDs; after a crash the push has none.
func samePrompt(push Push, checkoutID string) bool {
	if push.CheckoutRequestID == "" || push.CheckoutRequestID == checkoutID {
		return true
	}
	start, _, erased := strings.Cut(push.CheckoutRequestID, hidden)
	return erased && strings.HasPrefix(checkoutID, start)
}

// sameReceipt compares a receipt on record, which an earlier release may have written as
// it came, with one in M-PESA's spelling.
func sameReceipt(recorded, receipt string) bool {
	normal, ok := daraja.NormaliseReceipt(recorded)
	return ok && normal == receipt
}

// questionWait is how long after a CallbackQuestion the next query is sent: M-PESA's own
// record may be a moment behind its callback. A CallbackUnproven has one sent at once.
const questionWait = 5 * time.Second

// maxQuestions is how many callbacks of one push have a query sent before its time; those
// with proof may be as many again. The queries of a payment are counted all the same: a
// callback that is repeated has some sent earlier, and few sent more.
const maxQuestions = 3

// askSoon has M-PESA asked about a push soon, and counts that. It does nothing when enough
// were counted, or the payment is asked about at once. A query that is due by now, or soon, may
// be on its way, by a replica whose clock is ahead, and its answer too old.
func (g *Gateway) askSoon(e *evidence) (soon bool) {
	if e.spent() || e.payment.State == Confirming && !e.payment.DueAt.After(g.soon()) {
		return false
	}
	e.push.Questions++
	return true
}

// askable reports whether a query can ask about a push.
func (push Push) askable() bool {
	return push.CheckoutRequestID != "" && !masked(push.CheckoutRequestID)
}

func (g *Gateway) soon() time.Time { return g.now().Add(g.Waits.scale(questionWait)) }

// dueAfter says when the gateway next has to act on p, which an event has changed.
func (g *Gateway) dueAfter(p *Payment, e Event, effect Effect, f fact, now time.Time) time.Time {
	switch begun := p.State == Sending || p.State == Resending; {
	case effect == Ask && (begun || !f.soon):
		return p.DueAt // as it was
	case f.soon && p.State.asks():
		return g.soon()
	case e == ClaimUnconfirmed: // of an inquiry
		return p.DueAt
	default:
		return g.due(p, now)
	}
}
