package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

type phoneView struct {
	Number       string       `json:"number"`
	Name         string       `json:"name"`
	PIN          string       `json:"pin"`
	On           bool         `json:"on"`
	Attended     bool         `json:"attended"`
	BalanceCents daraja.Money `json:"balance_cents"`
	Prompt       *promptView  `json:"prompt"`
	Messages     []message    `json:"messages"`
}

type promptView struct {
	CheckoutRequestID string       `json:"checkout_request_id"`
	Text              string       `json:"text"`
	Organisation      string       `json:"organisation"`
	Shortcode         string       `json:"shortcode"`
	Reference         string       `json:"reference"`
	AmountCents       daraja.Money `json:"amount_cents"`
	OpenedAt          time.Time    `json:"opened_at"`
	EndsAt            time.Time    `json:"ends_at"`
	Tries             int          `json:"tries"`
}

type message struct {
	At   time.Time `json:"at"`
	From string    `json:"from"`
	Text string    `json:"text"`
}

func newPhoneView(p simulator.Phone) phoneView {
	v := phoneView{
		Number: p.Number.Digits(), Name: p.Name, PIN: p.PIN, On: p.On, Attended: p.Attended, BalanceCents: p.Balance,
		Messages: []message{},
	}
	if o := p.Prompt; o != nil {
		v.Prompt = &promptView{
			CheckoutRequestID: o.CheckoutRequestID, Text: o.Text, Organisation: o.Organisation, Shortcode: o.Shortcode,
			Reference: o.Reference, AmountCents: o.Amount, OpenedAt: o.OpenedAt.In(daraja.EAT()), EndsAt: o.EndsAt.In(daraja.EAT()), Tries: o.Tries,
		}
	}
	for _, m := range p.Messages {
		v.Messages = append(v.Messages, message{At: m.At.In(daraja.EAT()), From: m.From, Text: m.Text})
	}
	return v
}

func (s *server) phones(w World, _ *http.Request) (response, error) {
	all := []phoneView{}
	for _, p := range w.Domain().Phones() {
		all = append(all, newPhoneView(p))
	}
	return response{body: struct {
		Phones []phoneView `json:"phones"`
	}{all}}, nil
}

func (s *server) phone(w World, r *http.Request) (response, error) {
	m, err := phoneNumber(mux.Vars(r)["msisdn"])
	if err != nil {
		return response{}, err
	}
	return response{body: newPhoneView(w.Domain().Phone(m))}, nil
}

// act does what the person at the phone does.
func (s *server) act(w World, r *http.Request) (response, error) {
	m, err := phoneNumber(mux.Vars(r)["msisdn"])
	if err != nil {
		return response{}, err
	}
	a := simulator.Action{Kind: simulator.ActionKind(mux.Vars(r)["action"])}
	if a.PIN, err = readPIN(r, a.Kind); err != nil {
		return response{}, err
	}
	wait, err := queryWait(r)
	if err != nil {
		return response{}, err
	}
	if wait > 0 {
		patiently(r)
		err = s.actOnceOpen(r.Context(), w, m, a, wait)
	} else {
		err = w.Domain().Act(m, a)
	}
	if err != nil {
		return response{}, advice(mistake(err), m, wait)
	}
	note(w, r, journal.Record{Phone: m.Digits(), Reason: deed(a.Kind)})
	return response{body: newPhoneView(w.Domain().Phone(m))}, nil
}

// advice is err with what can be done about it.
func advice(err error, m daraja.MSISDN, waited time.Duration) error {
	text, code := "", ""
	switch {
	case errors.Is(err, simulator.ErrNoPrompt) && waited > 0:
		text = fmt.Sprintf("%s: %s, and none came within %s", m.Digits(), err, waited)
	case errors.Is(err, simulator.ErrNoPrompt):
		text, code = fmt.Sprintf("%s: %s", m.Digits(), err), codeNoPrompt
	case errors.Is(err, simulator.ErrPhoneOff):
		text, code = fmt.Sprintf("%s: %s; switch it on first", m.Digits(), err), codePhoneOff
	default:
		return err
	}
	return &refusal{status: told(err).status, code: code, text: text}
}

// readPIN reads the body of an action: only one takes anything, the PIN.
func readPIN(r *http.Request, kind simulator.ActionKind) (string, error) {
	if kind != simulator.ActionPIN {
		return "", decode(r, &struct{}{})
	}
	var ask struct {
		PIN string `json:"pin"`
	}
	err := decode(r, &ask)
	return ask.PIN, err
}

// queryWait reads ?wait=.
func queryWait(r *http.Request) (time.Duration, error) {
	if !r.URL.Query().Has("wait") {
		return 0, nil
	}
	wait, err := parseSpan(r.URL.Query().Get("wait"))
	if err != nil {
		return 0, refuseField("wait", ": %s", err)
	}
	if wait > MaxWait {
		return 0, refuseField("wait", " is %s; it must be at most %s", wait, MaxWait)
	}
	return wait, nil
}

// actOnceOpen acts as soon as a prompt is open. Until then somebody is at the phone,
// so that nature does not answer first.
func (s *server) actOnceOpen(request context.Context, w World, m daraja.MSISDN, a simulator.Action, wait time.Duration) error {
	events, unsubscribe := w.Subscribe()
	defer unsubscribe()
	defer w.Domain().Attend(m)()
	ctx, cancel := context.WithTimeout(request, wait)
	defer cancel()
	for {
		err := w.Domain().Act(m, a)
		if !errors.Is(err, simulator.ErrNoPrompt) {
			return err
		}
		select {
		case _, open := <-events: // any event will do: one that tells of the prompt may be lost
			if !open {
				return fmt.Errorf("the world is gone: %w", ErrNotFound)
			}
		case <-ctx.Done():
			if request.Err() != nil {
				return refuse(http.StatusServiceUnavailable, "%s", stopping)
			}
			return err
		}
	}
}

// deed is what a person did, for the journal.
func deed(kind simulator.ActionKind) string {
	switch kind {
	case simulator.ActionPIN:
		return "the customer entered a PIN"
	case simulator.ActionWrongPIN:
		return "the customer entered a wrong PIN"
	case simulator.ActionCancel:
		return "the customer cancelled"
	case simulator.ActionIgnore:
		return "the customer ignores the prompt"
	case simulator.ActionOff:
		return "the phone was switched off"
	case simulator.ActionOn:
		return "the phone was switched on"
	default:
		return string(kind)
	}
}

// maxAttended bounds the phones of all worlds that are attended without a stream.
const maxAttended = 10_000

// attended are the phones that somebody said they attend, until they say otherwise.
type attended struct {
	mu    sync.Mutex
	leave map[attendance]func()
}

type attendance struct {
	world *simulator.World
	phone daraja.MSISDN
}

// begin attends a phone. It returns false when there are too many.
func (a *attended) begin(w *simulator.World, m daraja.MSISDN) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := attendance{w, m}
	before, known := a.leave[key]
	if !known && len(a.leave) >= maxAttended {
		return false
	}
	if a.leave == nil {
		a.leave = make(map[attendance]func())
	}
	a.leave[key] = w.Attend(m)
	if known {
		before()
	}
	return true
}

func (a *attended) end(w *simulator.World, m daraja.MSISDN) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if leave, ok := a.leave[attendance{w, m}]; ok {
		leave()
		delete(a.leave, attendance{w, m})
	}
}

// forget lets go of a world that is no more.
func (a *attended) forget(w *simulator.World) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key := range a.leave {
		if key.world == w {
			delete(a.leave, key)
		}
	}
}

func (s *server) attend(w World, r *http.Request) (response, error) {
	m, err := phoneNumber(mux.Vars(r)["msisdn"])
	if err != nil {
		return response{}, err
	}
	ask := struct {
		Attend bool `json:"attend"`
	}{Attend: true}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	if !ask.Attend {
		s.attended.end(w.Domain(), m)
	} else if !s.attended.begin(w.Domain(), m) {
		return response{}, refuse(http.StatusConflict, "%d phones are attended; leave one first", maxAttended)
	}
	return response{body: newPhoneView(w.Domain().Phone(m))}, nil
}
