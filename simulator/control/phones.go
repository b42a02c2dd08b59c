package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

func newPhoneView(p simulator.Phone) client.Phone {
	v := client.Phone{
		Number: p.Number.Digits(), Name: p.Name, PIN: p.PIN, On: p.On, Registered: !p.Unregistered, Attended: p.Attended, BalanceCents: int64(p.Balance),
		Messages: []client.Message{},
	}
	if o := p.Prompt; o != nil {
		v.Prompt = &client.Prompt{
			CheckoutRequestID: o.ID, Text: o.Text, Organisation: o.Organisation, Shortcode: o.Shortcode,
			Reference: o.Reference, AmountCents: int64(o.Amount), OpenedAt: o.OpenedAt.In(daraja.EAT()), EndsAt: o.EndsAt.In(daraja.EAT()), Tries: o.Tries,
		}
	}
	for _, m := range p.Messages {
		v.Messages = append(v.Messages, client.Message{At: m.At.In(daraja.EAT()), From: m.From, Text: m.Text})
	}
	return v
}

func (s *server) phones(w World, _ *http.Request) (any, error) {
	all := []client.Phone{}
	for _, p := range w.Domain().Phones() {
		all = append(all, newPhoneView(p))
	}
	return client.Phones{Phones: all}, nil
}

func (s *server) phone(w World, r *http.Request) (any, error) {
	m, err := phoneNumber(mux.Vars(r)["msisdn"])
	if err != nil {
		return nil, err
	}
	return newPhoneView(w.Domain().Phone(m)), nil
}

// act does what the person at the phone does.
func (s *server) act(w World, r *http.Request) (any, error) {
	m, err := phoneNumber(mux.Vars(r)["msisdn"])
	if err != nil {
		return nil, err
	}
	a := simulator.PhoneAction{Kind: simulator.PhoneActionKind(mux.Vars(r)["action"])}
	if a.PIN, err = readPIN(r, a.Kind); err != nil {
		return nil, err
	}
	wait, err := queryWait(r)
	if err != nil {
		return nil, err
	}
	switch err = actOnPrompt(r.Context(), w, m, a, wait); {
	case errors.Is(err, simulator.ErrNoPrompt) && wait > 0:
		return nil, refuse(http.StatusConflict, "%s: %s, and none came within %s", m.Digits(), err, wait)
	case errors.Is(err, simulator.ErrNoPrompt):
		return nil, refuseCode(http.StatusConflict, codeNoPrompt, "%s: %s", m.Digits(), err)
	case errors.Is(err, simulator.ErrPhoneOff):
		return nil, refuseCode(http.StatusConflict, codePhoneOff, "%s: %s; switch it on first", m.Digits(), err)
	case err != nil:
		return nil, badRequest(err)
	}
	recordAction(w, r, journal.Record{Phone: m.Digits(), Reason: actionTexts()[a.Kind]})
	return newPhoneView(w.Domain().Phone(m)), nil
}

// readPIN reads the body of an action: only one takes anything, the PIN.
func readPIN(r *http.Request, kind simulator.PhoneActionKind) (string, error) {
	if kind != simulator.ActionPIN {
		return "", decode(r, &struct{}{})
	}
	var body client.PIN
	err := decode(r, &body)
	return body.PIN, err
}

// queryWait reads ?wait=.
func queryWait(r *http.Request) (time.Duration, error) {
	if !r.URL.Query().Has("wait") {
		return 0, nil
	}
	wait, err := client.ParseDuration(r.URL.Query().Get("wait"))
	if err != nil {
		return 0, refuseField("wait", ": %s", err)
	}
	if wait > MaxWait {
		return 0, refuseField("wait", " is %s; it must be at most %s", wait, MaxWait)
	}
	return wait, nil
}

// actOnPrompt acts as soon as a prompt is open, within wait. Until then the phone is
// attended, so that the customer does not answer first.
func actOnPrompt(request context.Context, w World, m daraja.MSISDN, a simulator.PhoneAction, wait time.Duration) error {
	if wait == 0 {
		return w.Domain().Act(m, a)
	}
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
		case _, open := <-events: // any event will do: that of the prompt may be lost
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

// actionTexts are what a person does, for the journal.
func actionTexts() map[simulator.PhoneActionKind]string {
	return map[simulator.PhoneActionKind]string{
		simulator.ActionPIN:      "the customer entered a PIN",
		simulator.ActionWrongPIN: "the customer entered a wrong PIN",
		simulator.ActionCancel:   "the customer cancelled",
		simulator.ActionIgnore:   "the customer ignores the prompt",
		simulator.ActionOff:      "the phone was switched off",
		simulator.ActionOn:       "the phone was switched on",
	}
}

func (s *server) attend(w World, r *http.Request, body client.Attend) (any, error) {
	m, err := phoneNumber(mux.Vars(r)["msisdn"])
	if err != nil {
		return nil, err
	}
	if err := w.Domain().SetAttended(m, body.Attend); err != nil {
		return nil, refuse(http.StatusConflict, "%s", err)
	}
	return newPhoneView(w.Domain().Phone(m)), nil
}

// editPhone changes a customer, or adds one.
func (s *server) editPhone(w World, r *http.Request, body client.PhoneEdit) (any, error) {
	m, err := phoneNumber(mux.Vars(r)["msisdn"])
	if err != nil {
		return nil, err
	}
	edit := simulator.CustomerEdit{Name: body.Name, PIN: body.PIN, Balance: (*daraja.Money)(body.Balance), On: body.On, Registered: body.Registered}
	// Only the text of the journal depends on it, and the list is long.
	known := edit == (simulator.CustomerEdit{}) &&
		slices.ContainsFunc(w.Domain().Phones(), func(p simulator.Phone) bool { return p.Number == m })
	edited, err := w.Domain().EditCustomer(m, edit)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	changes := describeEdit(body, edited)
	reason := "the customer was edited: " + strings.Join(changes, ", ")
	switch {
	case len(changes) == 0 && known:
		reason = "nothing about the customer was changed"
	case len(changes) == 0:
		reason = "the customer was added"
	}
	recordAction(w, r, journal.Record{Phone: m.Digits(), Reason: reason})
	return newPhoneView(edited), nil
}

// describeEdit lists what an edit changes.
func describeEdit(edit client.PhoneEdit, edited simulator.Phone) (changes []string) {
	if edit.Name != nil {
		changes = append(changes, "name")
	}
	if edit.PIN != nil {
		changes = append(changes, "PIN")
	}
	if edit.Balance != nil {
		changes = append(changes, "balance "+edited.Balance.Grouped())
	}
	if edit.On != nil {
		changes = append(changes, map[bool]string{true: "phone on", false: "phone off"}[*edit.On])
	}
	if edit.Registered != nil {
		changes = append(changes, map[bool]string{true: "registered with M-PESA", false: "not registered with M-PESA"}[*edit.Registered])
	}
	return changes
}
