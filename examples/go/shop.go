// Package shop takes M-PESA by STK push: the program under test.
package shop

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Shop knows of each order whether it is pending, paid or failed. It is an
// http.Handler for Daraja's callbacks.
type Shop struct {
	BaseURL, Key, Secret, Shortcode, Passkey, CallbackURL string
	Client                                                *http.Client
	Now                                                   func() time.Time

	orders sync.Map // CheckoutRequestID to paid or failed
}

// Order asks the customer for money and returns the order's id.
func (s *Shop) Order(phone string, amount int, reference string) (string, error) {
	var token struct {
		AccessToken string `json:"access_token"`
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(s.Key+":"+s.Secret))
	if err := s.call(http.MethodGet, "/oauth/v1/generate?grant_type=client_credentials", basic, nil, &token); err != nil {
		return "", err
	}
	stamp := s.Now().UTC().Add(3 * time.Hour).Format("20060102150405") // Nairobi
	var ack struct{ CheckoutRequestID string }
	err := s.call(http.MethodPost, "/mpesa/stkpush/v1/processrequest", "Bearer "+token.AccessToken, map[string]any{
		"BusinessShortCode": s.Shortcode, "Password": base64.StdEncoding.EncodeToString([]byte(s.Shortcode + s.Passkey + stamp)),
		"Timestamp": stamp, "TransactionType": "CustomerPayBillOnline", "Amount": amount, "PartyA": phone, "PartyB": s.Shortcode,
		"PhoneNumber": phone, "CallBackURL": s.CallbackURL, "AccountReference": reference, "TransactionDesc": "Order",
	}, &ack)
	return ack.CheckoutRequestID, err
}

// State of an order: pending, paid or failed.
func (s *Shop) State(order string) string {
	if state, settled := s.orders.Load(order); settled {
		return state.(string)
	}
	return "pending"
}

// ServeHTTP takes a callback.
func (s *Shop) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	type result struct {
		CheckoutRequestID string
		ResultCode        int
	}
	var callback struct{ Body struct{ STKCallback result } }
	if json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<16)).Decode(&callback) != nil {
		return
	}
	state := "failed"
	if callback.Body.STKCallback.ResultCode == 0 {
		state = "paid"
	}
	s.orders.Store(callback.Body.STKCallback.CheckoutRequestID, state)
}

func (s *Shop) call(method, path, authorization string, body, into any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.BaseURL+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("daraja answers %s", resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
