package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/journal"
)

type callbackView struct {
	ID                string          `json:"id"`
	CheckoutRequestID string          `json:"checkout_request_id"`
	URL               string          `json:"url"`
	Phone             string          `json:"phone"`
	Status            string          `json:"status"`
	DueAt             time.Time       `json:"due_at"`
	Attempts          int             `json:"attempts"`
	LastStatus        int             `json:"last_status"`
	LastError         string          `json:"last_error"`
	Body              json.RawMessage `json:"body"`
}

func newCallbackView(c CallbackState) callbackView {
	return callbackView{
		ID: c.ID, CheckoutRequestID: c.CheckoutRequestID, URL: c.URL, Phone: c.Phone.Digits(), Status: c.Status, DueAt: c.DueAt.In(daraja.EAT()),
		Attempts: c.Attempts, LastStatus: c.LastStatus, LastError: c.LastError, Body: c.Body,
	}
}

func (s *server) callbacks(w World, _ *http.Request) (response, error) {
	all := []callbackView{}
	for _, c := range w.Callbacks().List() {
		all = append(all, newCallbackView(c))
	}
	return response{body: struct {
		Callbacks []callbackView `json:"callbacks"`
		Holding   bool           `json:"holding"`
	}{all, w.Callbacks().Holding()}}, nil
}

func (s *server) resendCallback(w World, r *http.Request) (response, error) {
	id := mux.Vars(r)["id"]
	if err := w.Callbacks().Resend(id); err != nil {
		return response{}, fmt.Errorf("sending callback %.80q again: %w", id, err)
	}
	note(w, r, journal.Record{Payment: id, Reason: "the callback is sent again"})
	return response{status: http.StatusAccepted}, nil
}

func (s *server) holdCallbacks(w World, r *http.Request) (response, error) {
	w.Callbacks().Hold()
	note(w, r, journal.Record{Reason: "callbacks are held"})
	return noContent(), nil
}

func (s *server) releaseCallbacks(w World, r *http.Request) (response, error) {
	w.Callbacks().Release()
	note(w, r, journal.Record{Reason: "callbacks are released"})
	return noContent(), nil
}
