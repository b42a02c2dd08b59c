package darajatest

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/apiclient"
)

// Push is an STK push from the world's paybill.
type Push struct {
	Phone       string // 254708374149
	Amount      int    // in whole shillings
	Reference   string // AccountReference; "" is "Test"
	CallbackURL string // a Receiver's, or the program's own
}

// Ack says that a prompt is on its way.
type Ack = daraja.STKPushAck

// RefusedError is an answer of Daraja's that is no acknowledgement.
type RefusedError struct {
	Status  int    // HTTP
	Code    string // errorCode, "" when the body has none
	Message string // errorMessage
	Body    []byte
}

// Error implements error.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("refused with HTTP %d %s %s", e.Status, e.Code, e.Message)
}

// Push asks for a token and pushes a prompt, as a program would that has just the
// handling of callbacks to test. A *RefusedError says that Daraja refused.
func (s *Simulator) Push(p Push) (Ack, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callWithin)
	defer cancel()
	api := apiclient.Client{Base: s.URL, HTTP: s.http}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(s.ConsumerKey+":"+s.ConsumerSecret))
	var token daraja.TokenResponse
	err := api.Do(ctx, apiclient.Call{
		Method: http.MethodGet, Path: daraja.TokenPath + "?grant_type=" + daraja.GrantType, Header: http.Header{"Authorization": {basic}},
	}, &token)
	if err != nil {
		return Ack{}, fmt.Errorf("asking for a token: %w", refusal(err))
	}
	api.Token = token.AccessToken
	var ack Ack
	if err := api.Do(ctx, apiclient.Call{Method: http.MethodPost, Path: daraja.STKPushPath, Body: s.wire(p)}, &ack); err != nil {
		return Ack{}, fmt.Errorf("pushing: %w", refusal(err))
	}
	return ack, nil
}

// wire is the push as Daraja takes it, stamped with the world's time.
func (s *Simulator) wire(p Push) daraja.STKPush {
	stamp := daraja.Timestamp(s.Clock.Now())
	return daraja.STKPush{
		BusinessShortCode: daraja.Text(s.Shortcode),
		Password:          daraja.Text(daraja.Password(s.Shortcode, s.Passkey, stamp)),
		Timestamp:         daraja.Text(stamp),
		TransactionType:   daraja.CustomerPayBillOnline,
		Amount:            daraja.Text(strconv.Itoa(p.Amount)),
		PartyA:            daraja.Text(p.Phone),
		PartyB:            daraja.Text(s.Shortcode),
		PhoneNumber:       daraja.Text(p.Phone),
		CallBackURL:       daraja.Text(p.CallbackURL),
		AccountReference:  daraja.Text(cmp.Or(p.Reference, "Test")),
		TransactionDesc:   "Payment",
	}
}

// refusal is a refusal of Daraja's as a *RefusedError, and any other error as it is.
func refusal(err error) error {
	r, ok := errors.AsType[*apiclient.RefusedError](err)
	if !ok {
		return err
	}
	refused := &RefusedError{Status: r.Status, Body: r.Body}
	if e, ok := daraja.ParseError(r.Status, r.Body); ok {
		refused.Code, refused.Message = e.Code, e.Message
	}
	return refused
}
