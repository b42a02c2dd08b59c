package control

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of a payment that is made here.
const (
	payWait     = 20 * time.Second // real time for the token and the push together
	maxReceived = 16 << 10         // bytes of a callback that the receiver takes
)

// receiverPath is where callbacks of payments go that are made here without a URL.
const receiverPath = "/receiver"

// What a push is made with by default.
const (
	payReference   = "TEST"
	payDescription = "Payment"
)

// pay asks a customer for a payment as an app does: it asks Daraja's own API for a token
// and then for the payment, so the journal, rules, queue and faults take part as always.
func (s *server) pay(w World, r *http.Request, body client.NewPayment) (any, error) {
	push, err := s.newPush(w, body)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), payWait)
	defer cancel()
	info := w.Info()
	var token daraja.TokenResponse
	_, err = s.callDaraja(ctx, info.ID, darajaCall{
		what: "the request for a token", method: http.MethodGet, path: daraja.TokenPath + "?grant_type=" + url.QueryEscape(daraja.GrantType),
		auth: "Basic " + base64.StdEncoding.EncodeToString([]byte(info.ConsumerKey+":"+info.ConsumerSecret)),
	}, &token)
	if err != nil {
		return nil, withAdvice(err, w, body)
	}
	push.auth = "Bearer " + token.AccessToken
	var ack struct{ CustomerMessage string }
	record, err := s.callDaraja(ctx, info.ID, push, &ack)
	switch {
	case err != nil:
		return nil, withAdvice(err, w, body)
	case record.Payment == "":
		return nil, refuse(http.StatusUnprocessableEntity, "the push was answered with HTTP %d and not carried out: %s", record.Status, record.Reason)
	}
	return response{status: http.StatusCreated, body: client.AcceptedPush{ID: record.Payment, CustomerMessage: ack.CustomerMessage}}, nil
}

// darajaCall is a call of Daraja's API.
type darajaCall struct {
	what               string // in errors
	method, path, auth string
	body               any // sent as JSON; nil sends none
}

// newPush is the call that asks for the payment. What only Daraja judges, such as the
// amount, is left to it.
func (s *server) newPush(w World, body client.NewPayment) (darajaCall, error) {
	if body.Phone == "" || body.Amount == nil {
		return darajaCall{}, refuse(http.StatusBadRequest, `give at least a phone and an amount in shillings, such as {"phone": "0708374149", "amount": 150}`)
	}
	phone, err := phoneNumber(body.Phone)
	if err != nil {
		return darajaCall{}, err
	}
	ops := s.Products.Operations()
	i := slices.IndexFunc(ops, func(op simulator.Operation) bool { return op.Compose != nil })
	if s.Daraja == nil || s.Self == nil || i < 0 {
		return darajaCall{}, refuse(http.StatusConflict, "this control API has no Daraja API to pay by")
	}
	info := w.Info()
	return darajaCall{what: "the push", method: ops[i].Method, path: ops[i].Path, body: ops[i].Compose(simulator.PaymentAsk{
		At: w.Clock().Now(), Organisation: payee(w, cmp.Or(body.Shortcode, info.Shortcode), info.Passkey), Phone: phone, Amount: *body.Amount,
		Reference: cmp.Or(body.Reference, payReference), Description: cmp.Or(body.Description, payDescription),
		CallbackURL: cmp.Or(body.CallbackURL, s.Self()+receiverPath),
	})}, nil
}

// payee is the organisation with a shortcode or till. One that does not exist is refused
// by Daraja, in its own words.
func payee(w World, shortcode, passkey string) simulator.Organisation {
	for _, o := range w.Domain().Organisations() {
		if o.Shortcode == shortcode || o.Till != "" && o.Till == shortcode {
			return o.Organisation
		}
	}
	return simulator.Organisation{Shortcode: shortcode, Passkey: passkey}
}

// callDaraja makes a call in a world, without the network, and decodes the answer into
// into. It returns the journal's record of the call.
func (s *server) callDaraja(ctx context.Context, world string, call darajaCall, into any) (record journal.Record, err error) {
	var body []byte
	if call.body != nil {
		if body, err = daraja.Marshal(call.body); err != nil {
			return record, fmt.Errorf("encoding the request for a payment: %w", err)
		}
	}
	path := call.path
	if world != DefaultWorld { // in the path, so that a refusal is on record there whatever the credentials
		path = "/w/" + url.PathEscape(world) + path
	}
	req, err := http.NewRequestWithContext(ctx, call.method, path, bytes.NewReader(body))
	if err != nil {
		return record, fmt.Errorf("making a request to Daraja: %w", err)
	}
	req.RequestURI = path // as a server has it
	req.Header = http.Header{"User-Agent": {"darajabox console"}, "Authorization": {call.auth}}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	got, cut := exchange(s.Daraja, req)
	switch {
	case got.status == 0 && ctx.Err() != nil:
		return record, refuse(http.StatusGatewayTimeout, "%s got no answer within %s: a rule or a queued outcome delays it, and the world's clock may be frozen; the payment may still be made, so look at the payments before you pay again", call.what, payWait)
	case cut:
		return record, refuse(http.StatusBadGateway, "the answer to %s was cut off on purpose, by a rule or a queued outcome; the payment may be made all the same, so look at the payments before you pay again", call.what)
	case got.status != http.StatusOK:
		return record, refused(got, call.what)
	}
	if err := json.Unmarshal(got.body.Bytes(), into); err != nil {
		return record, refuse(http.StatusBadGateway, "the answer to %s is not JSON, on purpose, by a rule or a queued outcome; the payment may be made all the same, so look at the payments before you pay again", call.what)
	}
	return got.record, nil
}

// refused is Daraja's refusal with the journal's reason.
func refused(got *recorder, what string) error {
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
	return &refusal{status: http.StatusUnprocessableEntity, problem: client.Problem{Error: text, Status: got.status, ErrorCode: envelope.ErrorCode}}
}

// withAdvice adds what helps against a refusal that the caller did not bring about.
func withAdvice(err error, w World, body client.NewPayment) error {
	var r *refusal
	if !errors.As(err, &r) || body.CallbackURL != "" || r.status != http.StatusUnprocessableEntity || !strings.Contains(r.problem.Error, "CallBackURL") {
		return err
	}
	for _, s := range w.Domain().Settings() {
		if s.Name == simulator.SettingStrictCallbacks && s.Value != "off" {
			advised := *r
			advised.problem.Error += "; strict_callbacks is " + s.Value + ", so callbacks cannot go to the simulator's own receiver: give a public https callback URL, or switch strict_callbacks off"
			return &advised
		}
	}
	return err
}

// recorder is an answer that is kept instead of sent.
type recorder struct {
	header http.Header
	status int // 0 when there was none
	body   bytes.Buffer
	record journal.Record // of the request in the journal
}

// KeepRecord gets the record of the request from Daraja's API.
func (m *recorder) KeepRecord(r journal.Record) { m.record = r }

// Header implements http.ResponseWriter.
func (m *recorder) Header() http.Header { return m.header }

// WriteHeader implements http.ResponseWriter.
func (m *recorder) WriteHeader(status int) { m.status = cmp.Or(m.status, status) }

// Write implements http.ResponseWriter.
func (m *recorder) Write(p []byte) (int, error) {
	m.WriteHeader(http.StatusOK)
	return m.body.Write(p)
}

// Flush implements http.Flusher.
func (m *recorder) Flush() {}

// exchange has h answer req. The answer is cut when h ended the connection, or wrote
// less than its Content-Length.
func exchange(h http.Handler, req *http.Request) (got *recorder, cut bool) {
	got = &recorder{header: http.Header{}}
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			cut = true
		}
	}()
	h.ServeHTTP(got, req)
	length := got.header.Get("Content-Length")
	return got, got.status == 0 || length != "" && length != strconv.Itoa(got.body.Len())
}

// receive answers callbacks as a merchant does and keeps nothing of them: the journal
// shows what was sent.
func (s *server) receive(r *http.Request) (any, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxReceived)
	if _, err := readBody(r); err != nil {
		return nil, err
	}
	return struct {
		Code int    `json:"ResultCode"`
		Desc string `json:"ResultDesc"`
	}{0, "Accepted"}, nil
}
