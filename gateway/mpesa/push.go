package mpesa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// description is what every push says of itself. Daraja refuses a push without
// one, and prints it nowhere.
const description = "Payment"

// Ready implements gateway.Daraja.
func (c *Client) Ready(partner string) time.Duration { return c.pushes.leave(partner) }

// Push implements gateway.Daraja. It asks for no leave of its own: whoever puts an
// order on record does so before. An error is a *gateway.PushError.
func (c *Client) Push(ctx context.Context, o gateway.PushOrder) (gateway.PushAck, error) {
	ctx, cancel := c.deadline(ctx, c.timeouts.Push)
	defer cancel()
	push := c.pushRequest(o)
	body, err := daraja.Marshal(push)
	if err != nil {
		return gateway.PushAck{}, &gateway.PushError{Message: "the push could not be written", Err: err}
	}
	done := c.pushes.begin()
	r, token, err := c.authorised(ctx, daraja.STKPushPath, body)
	done(r, err)
	if err != nil {
		var f *failure
		ambiguous := !errors.As(err, &f) || f.sent
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: ambiguous, Message: err.Error(), Err: err}
	}
	ack, pushErr := judgePush(r)
	if pushErr != nil {
		pushErr.Message = c.clean(pushErr.Message, token, string(push.Password), o.Phone.Digits(), o.Phone.National(), o.Token)
		return gateway.PushAck{}, pushErr
	}
	return ack, nil
}

func (c *Client) pushRequest(o gateway.PushOrder) daraja.STKPush {
	stamp := daraja.Timestamp(c.cfg.Clock.Now())
	return daraja.STKPush{
		BusinessShortCode: daraja.Text(c.cfg.Shortcode),
		Password:          daraja.Text(daraja.Password(c.cfg.Shortcode, c.cfg.Passkey, stamp)),
		Timestamp:         daraja.Text(stamp),
		TransactionType:   daraja.Text(c.cfg.TransactionType),
		Amount:            daraja.Text(strconv.FormatInt(o.Amount.Shillings(), 10)),
		PartyA:            daraja.Text(o.Phone.Digits()),
		PartyB:            daraja.Text(c.cfg.Shortcode),
		PhoneNumber:       daraja.Text(o.Phone.Digits()),
		CallBackURL:       daraja.Text(c.cfg.CallbackBase + gateway.CallbackPath + o.Token),
		AccountReference:  daraja.Text(o.Reference),
		TransactionDesc:   description,
	}
}

// judgePush says what became of a push that was answered. Where the answer leaves
// it open whether a prompt was made, the error is ambiguous.
func judgePush(r reply) (gateway.PushAck, *gateway.PushError) {
	if e, ok := daraja.ParseError(r.status, r.body); ok {
		return gateway.PushAck{}, &gateway.PushError{
			Ambiguous: brokeInside(e), Message: fmt.Sprintf("%s (%s)", e.Message, e.Code), Err: e,
		}
	}
	switch {
	case r.status >= 200 && r.status < 300:
		return judgeAck(r)
	case r.status >= 400 && r.status < 500: // the edge's own, before it passes anything on
		return gateway.PushAck{}, &gateway.PushError{Message: fmt.Sprintf("M-PESA answered %d", r.status)}
	default: // it may have got as far as M-PESA: a firewall says 503 of an answer that did not come, too
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: true, Message: fmt.Sprintf("M-PESA answered %d", r.status)}
	}
}

// brokeInside tells a refusal that says nothing of what was done before it.
func brokeInside(e *daraja.Error) bool {
	return e.Code == daraja.ErrInternal().Code ||
		strings.Contains(e.Message, "Internal Server Error") ||
		strings.Contains(e.Message, "Output data invalid")
}

// maxID bounds the identifiers that are taken from Daraja, in bytes.
const maxID = 128

func judgeAck(r reply) (gateway.PushAck, *gateway.PushError) {
	var ack struct {
		MerchantRequestID, CheckoutRequestID, ResponseCode, ResponseDescription daraja.Text
	}
	err := json.Unmarshal(r.body, &ack)
	switch {
	case err != nil, ack.ResponseCode == "", ack.ResponseCode == "0" && ack.CheckoutRequestID == "",
		len(ack.CheckoutRequestID) > maxID, len(ack.MerchantRequestID) > maxID:
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: true, Message: "M-PESA's answer cannot be read", Err: err}
	case ack.ResponseCode != "0":
		return gateway.PushAck{}, &gateway.PushError{Message: fmt.Sprintf("%s (%s)", ack.ResponseDescription, ack.ResponseCode)}
	}
	return gateway.PushAck{
		MerchantRequestID: string(ack.MerchantRequestID),
		CheckoutRequestID: string(ack.CheckoutRequestID),
	}, nil
}
