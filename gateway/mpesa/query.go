package mpesa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// Query implements gateway.Daraja.
func (c *Client) Query(ctx context.Context, partner, checkoutRequestID string) (gateway.QueryAnswer, error) {
	if wait := c.queries.leave(partner); wait > 0 {
		return gateway.QueryAnswer{}, &gateway.NotNow{Wait: wait}
	}
	ctx, cancel := c.deadline(ctx, c.timeouts.Query)
	defer cancel()
	stamp := daraja.Timestamp(c.cfg.Clock.Now())
	password := daraja.Password(c.cfg.Shortcode, c.cfg.Passkey, stamp)
	body, err := daraja.Marshal(daraja.STKQuery{
		BusinessShortCode: daraja.Text(c.cfg.Shortcode),
		Password:          daraja.Text(password),
		Timestamp:         daraja.Text(stamp),
		CheckoutRequestID: daraja.Text(checkoutRequestID),
	})
	if err != nil {
		return gateway.QueryAnswer{}, fmt.Errorf("writing an STK query: %w", err)
	}
	done := c.queries.begin()
	r, token, err := c.authorised(ctx, daraja.STKQueryPath, body)
	done(outcomeOf(r, err))
	if err != nil {
		return gateway.QueryAnswer{}, fmt.Errorf("asking M-PESA: %w", err)
	}
	answer, err := judgeQuery(r, checkoutRequestID)
	if err != nil {
		return gateway.QueryAnswer{}, fmt.Errorf("asking M-PESA: %s", c.clean(err.Error(), token, password))
	}
	answer.ResultDesc = c.clean(answer.ResultDesc, token, password)
	return answer, nil
}

// ReadyOld asks for leave to query a partner's payment that is old enough for a person to look at:
// 0 gives it, anything else is how long to wait. Such queries have a fifth of the rate of
// queries, of which they count as part, and wait while others do. It does not block.
func (c *Client) ReadyOld(partner string) time.Duration {
	reason, wait, _ := c.queries.hindrance(partner, c.queries.limiter.wait)
	if ahead := c.queries.crowd.ahead(); ahead > wait {
		reason, wait = reasonLimiter, ahead
	}
	next := false
	if wait == 0 { // last, since it spends what no refusal gives back
		wait, next = c.old.limiter.leave(partner)
	}
	if wait == 0 {
		return 0
	}
	c.queries.putOff(reason)
	if next {
		return wait
	}
	return c.old.crowd.place(partner, wait)
}

// judgeQuery reads an answer to a query, all forms of "not yet" included. It is a result
// only when it is about the prompt that was asked about and says that it is one.
func judgeQuery(r reply, asked string) (gateway.QueryAnswer, error) {
	if daraja.RepeatsKey(r.body) {
		return gateway.QueryAnswer{}, errors.New("its answer has a key twice")
	}
	if e, ok := daraja.ParseError(r.status, r.body); ok {
		if stillOpen(e) {
			return gateway.QueryAnswer{Pending: true}, nil
		}
		return gateway.QueryAnswer{}, fmt.Errorf("%s (%s)", e.Message, e.Code)
	}
	if r.status != http.StatusOK {
		return gateway.QueryAnswer{}, fmt.Errorf("it answered %d", r.status)
	}
	var got daraja.STKQueryResult
	if err := json.Unmarshal(r.body, &got); err != nil {
		return gateway.QueryAnswer{}, errors.New("its answer cannot be read")
	}
	code := daraja.ResultCode(got.ResultCode)
	switch {
	case got.CheckoutRequestID != "" && got.CheckoutRequestID != asked:
		return gateway.QueryAnswer{}, errors.New("its answer is about another prompt")
	case code == daraja.ResultProcessing:
		return gateway.QueryAnswer{Pending: true}, nil
	case got.ResponseCode != "0":
		return gateway.QueryAnswer{}, fmt.Errorf("%s (ResponseCode %q)", got.ResponseDescription, got.ResponseCode)
	case code == "":
		return gateway.QueryAnswer{}, errors.New("its answer has no ResultCode")
	case got.CheckoutRequestID == "":
		return gateway.QueryAnswer{}, errors.New("its answer names no prompt")
	}
	return gateway.QueryAnswer{ResultCode: code, ResultDesc: got.ResultDesc}, nil
}

// stillOpen reports whether a refusal says that the prompt is open: by the classic text,
// or, with 200, by no text at all.
func stillOpen(e *daraja.Error) bool {
	open := daraja.ErrProcessing()
	return e.Code == open.Code && (plainText(e.Message) == plainText(open.Message) || e.Status == http.StatusOK && e.Message == "")
}
