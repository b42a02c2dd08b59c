package darajatest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
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

// maxAnswer bounds what is read of an answer of Daraja's, in bytes.
const maxAnswer = 1 << 20

// Push asks for a token and pushes a prompt, as a program would that has just the
// handling of callbacks to test. A *RefusedError says that Daraja refused.
func (s *Simulator) Push(p Push) (Ack, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callWithin)
	defer cancel()
	var token daraja.TokenResponse
	if err := s.call(ctx, http.MethodGet, daraja.TokenPath+"?grant_type="+daraja.GrantType, "", nil, &token); err != nil {
		return Ack{}, fmt.Errorf("asking for a token: %w", err)
	}
	var ack Ack
	if err := s.call(ctx, http.MethodPost, daraja.STKPushPath, token.AccessToken, s.wire(p), &ack); err != nil {
		return Ack{}, fmt.Errorf("pushing: %w", err)
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

// call calls Daraja's API: with the token, or with the consumer key when it is "".
func (s *Simulator) call(ctx context.Context, method, path, token string, body, into any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	if token == "" {
		req.SetBasicAuth(s.ConsumerKey, s.ConsumerSecret)
	} else {
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 == 2 {
		return json.Unmarshal(answer, into)
	}
	refused := &RefusedError{Status: resp.StatusCode, Body: answer}
	if e, ok := daraja.ParseError(resp.StatusCode, answer); ok {
		refused.Code, refused.Message = e.Code, e.Message
	}
	return refused
}
