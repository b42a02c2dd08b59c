// Package shop takes M-PESA by STK push: the program under test.
package shop

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"sync"
	"time"
)

// Shop keeps orders and the receipts that were credited; a real shop keeps both in its
// database. It is an http.Handler for Daraja's callbacks.
type Shop struct {
	BaseURL, Key, Secret, Shortcode, Passkey string
	CallbackURL                              string // where ServeHTTP is reached
	Client                                   *http.Client
	Now                                      func() time.Time

	mu       sync.Mutex
	orders   map[string]*order // by id
	credited map[string]int    // by receipt: the amount in shillings
}

// order is what the shop keeps of one.
type order struct {
	amount int    // shillings
	state  string // pending, paid, failed or review
}

// Order sends the customer a prompt and returns the order's id.
func (s *Shop) Order(phone string, amount int, reference string) (string, error) {
	id := s.keep(amount)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(s.Key+":"+s.Secret))
	if err := s.call(http.MethodGet, "/oauth/v1/generate?grant_type=client_credentials", basic, nil, &token); err != nil {
		return "", err
	}
	stamp := s.Now().UTC().Add(3 * time.Hour).Format("20060102150405") // Nairobi
	var ack struct{ CheckoutRequestID string }
	return id, s.call(http.MethodPost, "/mpesa/stkpush/v1/processrequest", "Bearer "+token.AccessToken, map[string]any{
		"BusinessShortCode": s.Shortcode, "Password": base64.StdEncoding.EncodeToString([]byte(s.Shortcode + s.Passkey + stamp)),
		"Timestamp": stamp, "TransactionType": "CustomerPayBillOnline", "Amount": amount, "PartyA": phone, "PartyB": s.Shortcode,
		"PhoneNumber": phone, "CallBackURL": s.CallbackURL + "/callback/" + id, "AccountReference": reference, "TransactionDesc": "Order",
	}, &ack)
}

// keep records an order before its push. Its id is in the callback URL, so the callback
// finds it even when it arrives before the answer. A random id can't be guessed.
func (s *Shop) keep(amount int) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.orders == nil {
		s.orders, s.credited = make(map[string]*order), make(map[string]int)
	}
	id = rand.Text()
	s.orders[id] = &order{amount: amount, state: "pending"}
	return id
}

// State of an order: pending, paid, failed or review.
func (s *Shop) State(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders[id].state
}

// Credited is the sum of all credited payments, in shillings.
func (s *Shop) Credited() (sum int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, amount := range s.credited {
		sum += amount
	}
	return sum
}

// ServeHTTP takes a callback.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct{ Body struct{ STKCallback result } }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&body); err != nil {
		http.Error(w, "not a callback", http.StatusBadRequest)
		return
	}
	s.apply(path.Base(r.URL.Path), body.Body.STKCallback)
}

// result is the part of a callback that the shop reads.
type result struct {
	ResultCode       int
	CallbackMetadata struct {
		Item []struct {
			Name  string
			Value any
		}
	}
}

// apply applies a callback. One that comes again changes nothing.
func (s *Shop) apply(id string, r result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[id]
	if o == nil || o.state != "pending" {
		return
	}
	if r.ResultCode != 0 {
		o.state = "failed"
		return
	}
	items := make(map[string]any)
	for _, item := range r.CallbackMetadata.Item {
		items[item.Name] = item.Value
	}
	receipt, _ := items["MpesaReceiptNumber"].(string)
	_, used := s.credited[receipt]
	if items["Amount"] != float64(o.amount) || receipt == "" || used {
		o.state = "review" // a person compares it with the M-PESA statement
		return
	}
	o.state = "paid"
	s.credited[receipt] = o.amount
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
