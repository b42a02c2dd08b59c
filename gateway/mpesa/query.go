package mpesa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// Query implements gateway.Daraja.
func (c *Client) Query(ctx context.Context, checkoutRequestID string) (gateway.QueryAnswer, error) {
	if wait := c.queries.leave(""); wait > 0 {
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

// judgeQuery reads an answer to a query, both forms of "not yet" included: ResultCode
// 4999, or a refusal that says so.
func judgeQuery(r reply, asked string) (gateway.QueryAnswer, error) {
	if e, ok := daraja.ParseError(r.status, r.body); ok {
		if e.IsStillProcessing() {
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
	}
	return gateway.QueryAnswer{ResultCode: code, ResultDesc: got.ResultDesc}, nil
}
