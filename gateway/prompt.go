package gateway

import (
	"errors"
	"fmt"
)

// A CheckoutRequestID names one prompt of one customer. What M-PESA says of it, in a query
// or a callback, pays one order, so a push does not take an id that another push has:
// the answer or the callback that gives it is wrong about one of the two.

// promptOf is the prompt that an answer to a push names; the zero one when it names none.
func promptOf(ack PushAck, pushErr error) PushAck {
	var e *PushError
	if errors.As(pushErr, &e) && e.Ambiguous {
		return e.Prompt
	}
	return ack
}

// takenPrompt says which other push has a CheckoutRequestID that push is said to have, ""
// when none does. It is asked before the push learns the id.
func takenPrompt(tx Tx, p *Payment, push Push, checkoutID string) (by string, err error) {
	if checkoutID == "" || checkoutID == push.CheckoutRequestID {
		return "", nil
	}
	owner, err := tx.PromptOwner(p.ID, spellings(checkoutID)...)
	if err == nil {
		return fmt.Sprintf("transaction %d", owner), nil
	}
	if !errors.Is(err, ErrNotFound) {
		return "", fmt.Errorf("looking for a prompt: %w", err)
	}
	if p.Pushes == 1 {
		return "", nil
	}
	return promptOfSibling(tx, push, checkoutID)
}

// promptOfSibling is takenPrompt for the other pushes of the same payment.
func promptOfSibling(tx Tx, push Push, checkoutID string) (by string, err error) {
	pushes, err := tx.PushesOf(push.PaymentID)
	if err != nil {
		return "", fmt.Errorf("reading the pushes of payment %d: %w", push.PaymentID, err)
	}
	for _, other := range pushes {
		if other.Number != push.Number && other.CheckoutRequestID == checkoutID {
			return fmt.Sprintf("push %d of this transaction", other.Number), nil
		}
	}
	return "", nil
}

// spellings are the forms in which a CheckoutRequestID may be on record: as it is, and
// as an erasure leaves it, with the number at its end masked.
func spellings(checkoutID string) []string {
	start := len(checkoutID) - len(hidden)
	if start <= 0 || hideNumbers(checkoutID[start:]) != hidden {
		return []string{checkoutID}
	}
	return []string{checkoutID, checkoutID[:start] + hidden}
}

// distrust records that the answer to a push names a prompt of another push. The push
// learns no id, so that M-PESA is not asked about it.
func (g *Gateway) distrust(tx Tx, p *Payment, push Push, by string) error {
	reason := fmt.Sprintf("M-PESA's answer to push %d names the prompt of %s", push.Number, by)
	push.State, push.Detail = PushUnanswered, reason
	if err := tx.SavePush(push); err != nil {
		return fmt.Errorf("saving the push: %w", err)
	}
	return g.apply(tx, p, CallbackMismatch, fact{reason: reason})
}

// ownPrompt turns a callback that names a prompt of another push into a contradiction.
// A push that has an id is compared with the callback's by classify; one that has none
// would learn it from the callback.
func ownPrompt(tx Tx, e evidence, c classified) (classified, error) {
	learns := e.push.CheckoutRequestID == "" && (e.believed && c.event != "" || c.event == CallbackSuccess)
	if !learns || c.event == CallbackMismatch {
		return c, nil
	}
	by, err := takenPrompt(tx, e.payment, e.push, e.callback.checkoutID)
	if by == "" || err != nil {
		return c, err
	}
	c.event = CallbackMismatch
	c.fact.receipt, c.fact.reason = "", e.claimed("the callback names the prompt of "+by)
	return c, nil
}
