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

// promptOwner finds another payment that has a push with a CheckoutRequestID, 0 when none has.
func promptOwner(tx Tx, p *Payment, checkoutID string) (owner int64, err error) {
	owner, err = tx.PromptOwner(p.ID, spellings(checkoutID)...)
	switch {
	case errors.Is(err, ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("looking for a prompt: %w", err)
	}
	return owner, nil
}

// recordName puts on record that a callback with proof gives a prompt to its payment, unless
// its push has that prompt by now. While the payment and another one both have it, no
// query about it settles either.
func (g *Gateway) recordName(tx Tx, e *evidence) error {
	id := e.callback.checkoutID
	if !e.proven || id == "" || e.push.CheckoutRequestID != "" && samePrompt(e.push, id) {
		return nil
	}
	return g.namePrompt(tx, e.payment.ID, id)
}

func (g *Gateway) namePrompt(tx Tx, paymentID int64, checkoutID string) error {
	if err := tx.NamePrompt(paymentID, g.Vault.promptName(checkoutID)); err != nil {
		return fmt.Errorf("recording the name of a prompt: %w", err)
	}
	return nil
}

// disputed says which other payment has the prompt of which M-PESA's query gives a result, by
// a push or by a callback with proof; "" when none has.
func (g *Gateway) disputed(tx Tx, p *Payment, checkoutID string) (why string, err error) {
	if checkoutID == "" {
		return "", nil
	}
	owner, err := promptOwner(tx, p, checkoutID)
	if owner == 0 && err == nil {
		owner, err = tx.PromptNamed(p.ID, g.Vault.promptName(checkoutID))
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("looking for a prompt: %w", err)
	}
	return fmt.Sprintf("M-PESA's query is about prompt %.64q, which is the prompt of transaction %d, too", shownPrompt(checkoutID), owner), nil
}

// takenPrompt says which other push has a CheckoutRequestID that push is said to have, ""
// when none does. It is asked before the push learns the id.
func takenPrompt(tx Tx, p *Payment, push Push, checkoutID string) (by string, err error) {
	if checkoutID == "" || checkoutID == push.CheckoutRequestID {
		return "", nil
	}
	owner, err := promptOwner(tx, p, checkoutID)
	if owner != 0 {
		return fmt.Sprintf("transaction %d", owner), nil
	}
	if p.Pushes == 1 || err != nil {
		return "", err
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
	if erased := shownPrompt(checkoutID); erased != checkoutID {
		return []string{checkoutID, erased}
	}
	return []string{checkoutID}
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
func (g *Gateway) ownPrompt(tx Tx, e *evidence, c classified) (classified, error) {
	c.fact.aside = e.aside()
	named := e.push.CheckoutRequestID != ""
	learns := c.event != "" && e.names && c.event != CallbackMismatch || c.event == CallbackSuccess
	if named && c.event != CallbackMismatch || !named && !learns {
		return c, nil
	}
	by, err := takenPrompt(tx, e.payment, e.push, e.callback.checkoutID)
	if by == "" || err != nil {
		return c, err
	}
	if named {
		c.fact.reason += ", which is the prompt of " + by
		return c, nil
	}
	c.event = CallbackMismatch
	c.fact.aside, c.fact.receipt, c.fact.reason = true, "", e.claimed("the callback names the prompt of "+by)
	return c, nil
}
