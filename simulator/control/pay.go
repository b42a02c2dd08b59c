package control

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of a payment that is made here.
const (
	payWait     = 20 * time.Second // real time for the token and the push together
	maxReceived = 16 << 10         // bytes of a callback that the receiver takes
)

// receiverPath is where callbacks of payments go that are made here without a URL.
const receiverPath = "/receiver"

// What a push is made with unless the caller says otherwise.
const (
	payReference   = "TEST"
	payDescription = "Payment"
)

// payRequest is the body of POST /payments.
type payRequest struct {
	Phone       string `json:"phone"`
	Amount      *int64 `json:"amount"` // shillings
	Reference   string `json:"reference"`
	Description string `json:"description"`
	Shortcode   string `json:"shortcode"`
	CallbackURL string `json:"callback_url"`
}

// pay makes an STK push as an app would: it asks Daraja's own API for a token and then
// for the push, so the journal, rules, queue and faults take part as with any other.
func (s *server) pay(w World, r *http.Request) (response, error) {
	var ask payRequest
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	push, err := s.newPush(w, ask)
	if err != nil {
		return response{}, err
	}
	patiently(r)
	ctx, cancel := context.WithTimeout(r.Context(), payWait)
	defer cancel()
	ack, err := (payer{daraja: s.daraja, world: w}).pay(ctx, push)
	if err != nil {
		return response{}, withAdvice(err, w, ask)
	}
	return response{status: http.StatusCreated, body: struct {
		ID              string `json:"id"`
		CustomerMessage string `json:"customer_message"`
	}{ack.CheckoutRequestID, ack.CustomerMessage}}, nil
}

// newPush is the push that is asked for. What only Daraja judges, such as the amount,
// is left to it.
func (s *server) newPush(w World, ask payRequest) (daraja.STKPush, error) {
	if ask.Phone == "" || ask.Amount == nil {
		return daraja.STKPush{}, refuse(http.StatusBadRequest, `give at least a phone and an amount in shillings, such as {"phone": "0708374149", "amount": 150}`)
	}
	phone, err := phoneNumber(ask.Phone)
	if err != nil {
		return daraja.STKPush{}, err
	}
	if s.daraja == nil || s.self == nil {
		return daraja.STKPush{}, refuse(http.StatusConflict, "this control API has no Daraja API to pay by")
	}
	info := w.Info()
	org := payee(w, cmp.Or(ask.Shortcode, info.Shortcode), info.Passkey)
	stamp := daraja.Timestamp(w.Clock().Now())
	push := daraja.STKPush{
		BusinessShortCode: daraja.Text(org.Shortcode), Timestamp: daraja.Text(stamp),
		Password:        daraja.Text(daraja.Password(org.Shortcode, org.Passkey, stamp)),
		TransactionType: daraja.CustomerPayBillOnline, PartyB: daraja.Text(org.Shortcode),
		Amount: daraja.Text(strconv.FormatInt(*ask.Amount, 10)), PartyA: daraja.Text(phone.Digits()), PhoneNumber: daraja.Text(phone.Digits()),
		CallBackURL:      daraja.Text(cmp.Or(ask.CallbackURL, s.self()+receiverPath)),
		AccountReference: daraja.Text(cmp.Or(ask.Reference, payReference)), TransactionDesc: daraja.Text(cmp.Or(ask.Description, payDescription)),
	}
	if org.Till != "" {
		push.TransactionType, push.PartyB = daraja.CustomerBuyGoodsOnline, daraja.Text(org.Till)
	}
	return push, nil
}

// payee is the organisation with a shortcode or till. Daraja refuses one that there is
// none of, in its own words.
func payee(w World, shortcode, passkey string) simulator.Organisation {
	for _, o := range w.Domain().Organisations() {
		if o.Shortcode == shortcode || o.Till != "" && o.Till == shortcode {
			return o.Organisation
		}
	}
	return simulator.Organisation{Shortcode: shortcode, Passkey: passkey}
}

// payer is a client of Daraja's API that needs no network.
type payer struct {
	daraja http.Handler
	world  World
}

// pay logs in and pushes.
func (p payer) pay(ctx context.Context, push daraja.STKPush) (daraja.STKPushAck, error) {
	info := p.world.Info()
	login, err := p.request(ctx, http.MethodGet, daraja.TokenPath+"?grant_type="+url.QueryEscape(daraja.GrantType), nil)
	if err != nil {
		return daraja.STKPushAck{}, err
	}
	login.SetBasicAuth(info.ConsumerKey, info.ConsumerSecret)
	var token daraja.TokenResponse
	if err := p.ask(login, "the request for a token", &token); err != nil {
		return daraja.STKPushAck{}, err
	}
	body, err := daraja.Marshal(push)
	if err != nil {
		return daraja.STKPushAck{}, fmt.Errorf("encoding a push: %w", err)
	}
	order, err := p.request(ctx, http.MethodPost, daraja.STKPushPath, body)
	if err != nil {
		return daraja.STKPushAck{}, err
	}
	order.Header.Set("Authorization", "Bearer "+token.AccessToken)
	order.Header.Set("Content-Type", "application/json")
	var ack daraja.STKPushAck
	return ack, p.ask(order, "the push", &ack)
}

// request is one to the world, which the path names, so that a refusal is on record
// there whatever the credentials.
func (p payer) request(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	if id := p.world.Info().ID; id != DefaultWorld {
		path = "/w/" + url.PathEscape(id) + path
	}
	req, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a request to Daraja: %w", err)
	}
	req.RequestURI = path // as a server has it
	req.Header.Set("User-Agent", "darajabox console")
	return req, nil
}

// ask makes a request and reads its answer, which what names in errors.
func (p payer) ask(req *http.Request, what string, into any) error {
	got, cut := exchange(p.daraja, req)
	switch {
	case got.status == 0 && req.Context().Err() != nil:
		return refuse(http.StatusGatewayTimeout, "%s got no answer within %s: a rule or a queued outcome delays it, and the world's clock may be frozen; the payment may still be made, so look at the payments before you pay again", what, payWait)
	case cut:
		return refuse(http.StatusBadGateway, "the answer to %s was cut off on purpose, by a rule or a queued outcome; the payment may be made all the same, so look at the payments before you pay again", what)
	case got.status != http.StatusOK:
		return refused(got, what)
	}
	if err := json.Unmarshal(got.body.Bytes(), into); err != nil {
		return refuse(http.StatusBadGateway, "the answer to %s is not JSON, on purpose, by a rule or a queued outcome; the payment may be made all the same, so look at the payments before you pay again", what)
	}
	return nil
}

// refused is Daraja's refusal with the journal's reason.
func refused(got *memory, what string) error {
	var envelope daraja.Envelope
	_ = json.Unmarshal(got.body.Bytes(), &envelope) // a page has none
	text := fmt.Sprintf("Daraja refused %s with HTTP %d", what, got.status)
	if envelope.ErrorCode != "" {
		text += fmt.Sprintf(" %s %q", envelope.ErrorCode, envelope.ErrorMessage)
	}
	if got.record.Reason != "" {
		text += ": " + got.record.Reason
	}
	if got.record.Payment != "" {
		text += "; the prompt is on the phone all the same, as " + got.record.Payment
	}
	return &refusal{status: http.StatusUnprocessableEntity, text: text, answered: got.status, errorCode: envelope.ErrorCode}
}

// withAdvice adds what helps against a refusal that the caller did not bring about.
func withAdvice(err error, w World, ask payRequest) error {
	var r *refusal
	if !errors.As(err, &r) || ask.CallbackURL != "" || r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text, "CallBackURL") {
		return err
	}
	for _, s := range w.Domain().Settings() {
		if s.Name == simulator.SettingStrictCallbacks && s.Value == "on" {
			advised := *r
			advised.text += "; strict_callbacks is on, so callbacks cannot go to the simulator's own receiver: give a public https callback URL, or switch strict_callbacks off"
			return &advised
		}
	}
	return err
}

// memory is an answer that is kept instead of sent.
type memory struct {
	header http.Header
	status int // 0 when there was none
	body   bytes.Buffer
	record journal.Record // of the request in the journal
}

// KeepRecord gets the record of the request from Daraja's API.
func (m *memory) KeepRecord(r journal.Record) { m.record = r }

// Header implements http.ResponseWriter.
func (m *memory) Header() http.Header { return m.header }

// WriteHeader implements http.ResponseWriter.
func (m *memory) WriteHeader(status int) { m.status = cmp.Or(m.status, status) }

// Write implements http.ResponseWriter.
func (m *memory) Write(p []byte) (int, error) {
	m.WriteHeader(http.StatusOK)
	return m.body.Write(p)
}

// Flush implements http.Flusher.
func (m *memory) Flush() {}

// exchange has h answer req. The answer is cut when h ended the connection, or wrote
// less than it said it would.
func exchange(h http.Handler, req *http.Request) (got *memory, cut bool) {
	got = &memory{header: http.Header{}}
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			cut = true
		}
	}()
	h.ServeHTTP(got, req)
	said := got.header.Get("Content-Length")
	return got, got.status == 0 || said != "" && said != strconv.Itoa(got.body.Len())
}

// receive answers callbacks as a merchant does and keeps nothing of them: the journal
// shows what was sent.
func (s *server) receive(r *http.Request) (response, error) {
	n, err := io.Copy(io.Discard, io.LimitReader(r.Body, maxReceived+1))
	if err != nil {
		return response{}, refuse(http.StatusBadRequest, "the body could not be read to its end: %v", err)
	}
	if n > maxReceived {
		return response{}, refuse(http.StatusRequestEntityTooLarge, "the body is over %d bytes", maxReceived)
	}
	return response{body: struct {
		Code int    `json:"ResultCode"`
		Desc string `json:"ResultDesc"`
	}{0, "Accepted"}}, nil
}
