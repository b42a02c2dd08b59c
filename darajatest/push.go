package darajatest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Push is an STK push from the world's paybill.
type Push struct {
	Phone       string // 254708374149
	Amount      int    // in whole shillings
	Reference   string // AccountReference; "" is "Test"
	CallbackURL string // a Receiver's, or the program's own
}

// Ack says that a prompt is on its way.
type Ack struct {
	MerchantRequestID   string
	CheckoutRequestID   string
	ResponseCode        string
	ResponseDescription string
	CustomerMessage     string
}

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
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := s.daraja(ctx, http.MethodGet, "/oauth/v1/generate?grant_type=client_credentials", "", nil, &token); err != nil {
		return Ack{}, fmt.Errorf("asking for a token: %w", err)
	}
	var ack Ack
	if err := s.daraja(ctx, http.MethodPost, "/mpesa/stkpush/v1/processrequest", token.AccessToken, s.wire(p), &ack); err != nil {
		return Ack{}, fmt.Errorf("pushing: %w", err)
	}
	return ack, nil
}

// wire is the push as Daraja takes it, stamped with the world's time.
func (s *Simulator) wire(p Push) map[string]string {
	stamp := s.Clock.Now().In(time.FixedZone("EAT", 3*60*60)).Format("20060102150405")
	if p.Reference == "" {
		p.Reference = "Test"
	}
	return map[string]string{
		"BusinessShortCode": s.Shortcode,
		"Password":          base64.StdEncoding.EncodeToString([]byte(s.Shortcode + s.Passkey + stamp)),
		"Timestamp":         stamp,
		"TransactionType":   "CustomerPayBillOnline",
		"Amount":            strconv.Itoa(p.Amount),
		"PartyA":            p.Phone,
		"PartyB":            s.Shortcode,
		"PhoneNumber":       p.Phone,
		"CallBackURL":       p.CallbackURL,
		"AccountReference":  p.Reference,
		"TransactionDesc":   "Payment",
	}
}

// daraja calls Daraja's API: with the token, or with the consumer key when it is "".
func (s *Simulator) daraja(ctx context.Context, method, path, token string, body, into any) error {
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
	resp, err := s.control.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 == 2 {
		return decode(answer, into)
	}
	refused := &RefusedError{Status: resp.StatusCode, Body: answer}
	var told struct{ ErrorCode, ErrorMessage string }
	if json.Unmarshal(answer, &told) == nil {
		refused.Code, refused.Message = told.ErrorCode, told.ErrorMessage
	}
	return refused
}
