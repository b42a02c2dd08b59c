package mpesa

import (
	"context"
	"errors"
	"strconv"
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
	if err != nil {
		var f *failure
		ambiguous := !errors.As(err, &f) || f.sent
		done(outcomeOfPush(r, err, ambiguous, o.Phone))
		return gateway.PushAck{}, &gateway.PushError{Ambiguous: ambiguous, Message: err.Error(), Err: err}
	}
	ack, pushErr := judgePush(r)
	done(outcomeOfPush(r, nil, pushErr != nil && pushErr.Ambiguous, o.Phone))
	if pushErr != nil {
		pushErr.Message = c.clean(pushErr.Message, token, string(push.Password), o.Phone.Digits(), o.Phone.National(), o.Token)
		return gateway.PushAck{}, pushErr
	}
	return ack, nil
}

func (c *Client) pushRequest(o gateway.PushOrder) daraja.STKPush {
	stamp := daraja.Timestamp(c.cfg.Clock.Now())
	kind, receiver := daraja.CustomerPayBillOnline, c.cfg.Shortcode
	if c.cfg.Till != "" { // the store number stays in BusinessShortCode and in the password
		kind, receiver = daraja.CustomerBuyGoodsOnline, c.cfg.Till
	}
	return daraja.STKPush{
		BusinessShortCode: daraja.Text(c.cfg.Shortcode),
		Password:          daraja.Text(daraja.Password(c.cfg.Shortcode, c.cfg.Passkey, stamp)),
		Timestamp:         daraja.Text(stamp),
		TransactionType:   daraja.Text(kind),
		Amount:            daraja.Text(strconv.FormatInt(o.Amount.Shillings(), 10)),
		PartyA:            daraja.Text(o.Phone.Digits()),
		PartyB:            daraja.Text(receiver),
		PhoneNumber:       daraja.Text(o.Phone.Digits()),
		CallBackURL:       daraja.Text(c.cfg.CallbackBase + gateway.CallbackPath + o.Token),
		AccountReference:  daraja.Text(o.Reference),
		TransactionDesc:   description,
	}
}
