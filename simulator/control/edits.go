package control

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// editPhone changes a customer, or adds one.
func (s *server) editPhone(w World, r *http.Request) (response, error) {
	m, err := phoneNumber(mux.Vars(r)["msisdn"])
	if err != nil {
		return response{}, err
	}
	var ask struct {
		Name    *string       `json:"name"`
		PIN     *string       `json:"pin"`
		Balance *daraja.Money `json:"balance_cents"`
		On      *bool         `json:"on"`
	}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	edit := simulator.CustomerEdit{Name: ask.Name, PIN: ask.PIN, Balance: ask.Balance, On: ask.On}
	// Whether there was a customer is asked only where the journal says it: the list is long.
	known := edit == (simulator.CustomerEdit{}) &&
		slices.ContainsFunc(w.Domain().Phones(), func(p simulator.Phone) bool { return p.Number == m })
	edited, err := w.Domain().EditCustomer(m, edit)
	if err != nil {
		return response{}, refuse(http.StatusBadRequest, "%s", err)
	}
	var what []string
	for _, part := range []struct {
		is   bool
		text string
	}{
		{ask.Name != nil, "name"},
		{ask.PIN != nil, "PIN"},
		{ask.Balance != nil, "balance " + edited.Balance.Grouped()},
		{ask.On != nil && *ask.On, "phone on"},
		{ask.On != nil && !*ask.On, "phone off"},
	} {
		if part.is {
			what = append(what, part.text)
		}
	}
	reason := "nothing about the customer was changed"
	switch {
	case len(what) == 0 && !known:
		reason = "the customer was added"
	case len(what) > 0:
		reason = "the customer was edited: " + strings.Join(what, ", ")
	}
	note(w, r, journal.Record{Phone: m.Digits(), Reason: reason})
	return response{body: newPhoneView(edited)}, nil
}

// changeSettings sets settings while the world runs.
func (s *server) changeSettings(w World, r *http.Request) (response, error) {
	var ask map[string]json.RawMessage
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	if len(ask) == 0 {
		return response{}, refuse(http.StatusBadRequest, `the body names no setting; it must be an object such as {"think_time": "5s"}`)
	}
	values := make(map[string]string, len(ask))
	var words []string
	for _, name := range slices.Sorted(maps.Keys(ask)) {
		var value string
		if err := json.Unmarshal(ask[name], &value); err != nil || string(ask[name]) == "null" {
			return response{}, refuse(http.StatusBadRequest, "setting %.60s is %.60s; it must be a text in quotes", name, ask[name])
		}
		values[name] = value
		words = append(words, name+" "+value)
	}
	if err := w.Domain().ChangeSettings(values); err != nil {
		return response{}, refuse(http.StatusBadRequest, "%s", err)
	}
	note(w, r, journal.Record{Reason: fmt.Sprintf("settings were changed: %s", strings.Join(words, ", "))})
	return s.settings(w, r)
}
