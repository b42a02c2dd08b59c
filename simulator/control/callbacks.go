package control

import (
	"fmt"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

func (s *server) callbacks(w World, _ *http.Request) (any, error) {
	all := append([]client.Callback{}, w.Callbacks().List()...)
	return client.Callbacks{Callbacks: all, Holding: w.Callbacks().Holding()}, nil
}

func (s *server) resendCallback(w World, r *http.Request) (any, error) {
	id := mux.Vars(r)["id"]
	if err := w.Callbacks().Resend(id); err != nil {
		return nil, fmt.Errorf("sending callback %.80q again: %w", id, err)
	}
	recordAction(w, r, journal.Record{Payment: id, Reason: "the callback is sent again"})
	return response{status: http.StatusAccepted}, nil
}

func (s *server) holdCallbacks(w World, r *http.Request) (any, error) {
	w.Callbacks().Hold()
	recordAction(w, r, journal.Record{Reason: "callbacks are held"})
	return nil, nil
}

func (s *server) releaseCallbacks(w World, r *http.Request) (any, error) {
	w.Callbacks().Release()
	recordAction(w, r, journal.Record{Reason: "callbacks are released"})
	return nil, nil
}
