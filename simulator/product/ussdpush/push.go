package ussdpush

import (
	"cmp"
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// resultAfter lets the acknowledgement come before the result of a request for which no phone
// can be asked.
const resultAfter = time.Second

// request is what is asked for. It does not change.
type request struct {
	from, to       string // shortcodes of the organisations; those of no organisation stay as they came
	requestRef     string
	conversationID string
}

// execute puts a prompt on the nominated phone of the organisation that is to pay
// (reference: B2B Express).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	r := request{
		from: storeOf(l, x.Shortcode), to: storeOf(l, x.Text("receiverShortCode")),
		requestRef: x.Text("RequestRefID"), conversationID: l.ConversationID(x),
	}
	if r.from == r.to {
		return nil, daraja.ErrInvalidField("receiverShortCode").Because("receiverShortCode is the organisation that is to pay")
	}
	org, _ := l.Organisation(r.from)
	p := simulator.Prompt{
		API: API, ID: r.conversationID, RequestID: l.RequestID(x), Phone: org.Nominated, Amount: x.Amount,
		Shortcode: x.Shortcode, Reference: x.Reference, CallbackURL: x.Text("callbackUrl"), Data: r,
	}
	if failure := noPrompt(l, r, org); failure.Result != "" {
		l.FailPrompt(x, p, failure, resultAfter)
		return daraja.NewUSSDPushAck(), nil
	}
	l.OpenPrompt(x, p, simulator.Screen{Organisation: x.Text("partnerName"), Text: promptText(p, x.Text("partnerName"))}, simulator.PromptResult{})
	return daraja.NewUSSDPushAck(), nil
}

// storeOf is the shortcode of the organisation that has a till, or else the number itself.
func storeOf(l *simulator.Locked, shortcode string) string {
	return cmp.Or(l.Store(shortcode), shortcode)
}

// noPrompt is the result of a request for which no phone can be asked; zero for another.
func noPrompt(l *simulator.Locked, r request, org simulator.Organisation) simulator.PromptResult {
	for _, shortcode := range []string{r.from, r.to} {
		if _, known := l.Organisation(shortcode); !known {
			return simulator.PromptResult{Result: resultKYC, Why: "no organisation here has shortcode " + shortcode}
		}
	}
	if org.Nominated == "" {
		return simulator.PromptResult{Result: resultNoNumber, Why: fmt.Sprintf("organisation %s has no nominated number", org.Shortcode)}
	}
	if open := l.PromptOn(org.Nominated); open != "" {
		return simulator.PromptResult{Result: resultException, Why: fmt.Sprintf("prompt %s is still open on %s", open, org.Nominated.Masked())}
	}
	return simulator.PromptResult{}
}

// promptText is what the handset shows.
func promptText(p simulator.Prompt, vendor string) string {
	return "Pay Ksh. " + p.Amount.String() + " from " + p.Shortcode + " to " + vendor + " for " + p.Reference + "? Enter operator ID and PIN:"
}

// endPrompt moves the money when the operator has agreed, and says the other ends in the
// codes of B2B Express.
func endPrompt(l *simulator.Locked, p simulator.PromptState, r simulator.PromptResult, forced bool) (simulator.PromptResult, string) {
	switch r.Result { //nolint:exhaustive // the others are the same here
	case success:
		return pay(l, p, forced)
	case cancelledAtThePhone:
		return simulator.PromptResult{Result: resultCancelled}, ""
	case phoneNotReached:
		return simulator.PromptResult{Result: resultNetwork}, ""
	}
	return r, ""
}

// pay moves the money from one organisation to the other.
func pay(l *simulator.Locked, p simulator.PromptState, forced bool) (simulator.PromptResult, string) {
	r, _ := p.Data.(request)
	t := l.NewTransfer(account(l, r.from), account(l, r.to), p.Amount)
	t.API, t.Type, t.Reference, t.Forced = API, transactionType, p.Reference, forced
	t.ID, t.RequestID, t.ConversationID = p.ID, p.RequestID, r.conversationID
	done, refused := l.Transfer(t)
	if refused != nil {
		return simulator.PromptResult{Result: refused.ResultCode(), Why: refused.Error()}, ""
	}
	return simulator.PromptResult{Result: success}, done.Receipt
}

// account is the one on which an organisation is paid, and from which it pays here.
func account(l *simulator.Locked, shortcode string) simulator.AccountID {
	org, _ := l.Organisation(shortcode)
	org.Shortcode = shortcode // of one that is not there
	return org.PaymentAccount()
}

// callbackBody says the result, with what is to be wrong about it.
func callbackBody(_ *simulator.Locked, p simulator.PromptState, wrong simulator.Faults) []byte {
	r, _ := p.Data.(request)
	amount := daraja.USSDPushAmount(wrong.Money(simulator.FaultAmount, p.Amount))
	var message any = daraja.USSDPushFailed{
		ResultCode: string(p.Result), ResultDesc: p.Desc, RequestID: r.requestRef, Amount: amount, PaymentReference: p.Reference,
	}
	if p.Result == success {
		message = daraja.USSDPushPaid{
			ResultCode: string(p.Result), ResultDesc: p.Desc, Amount: amount, RequestID: r.requestRef, ResultType: "0",
			ConversationID: r.conversationID, TransactionID: p.Receipt, Status: "SUCCESS",
		}
	}
	body, err := daraja.Marshal(message)
	if err != nil {
		return nil // strings always encode
	}
	return body
}
