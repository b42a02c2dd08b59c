package control

import (
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
)

// maxName bounds the name of a snapshot, in characters.
const maxName = 100

type snapshot struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

func newSnapshot(i SnapshotInfo) snapshot {
	return snapshot{ID: i.ID, Name: i.Name, At: i.At.In(daraja.EAT())}
}

func (s *server) snapshots(w World, _ *http.Request) (response, error) {
	all := []snapshot{}
	for _, i := range w.Snapshots() {
		all = append(all, newSnapshot(i))
	}
	return response{body: struct {
		Snapshots []snapshot `json:"snapshots"`
	}{all}}, nil
}

func (s *server) takeSnapshot(w World, r *http.Request) (response, error) {
	var ask struct {
		Name string `json:"name"`
	}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	if utf8.RuneCountInString(ask.Name) > maxName {
		return response{}, refuseField("name", " is over %d characters", maxName)
	}
	patiently(r)
	taken, err := w.Snapshot(r.Context(), ask.Name)
	if err != nil {
		return response{}, fmt.Errorf("taking a snapshot: %w", err)
	}
	return response{status: http.StatusCreated, body: newSnapshot(taken)}, nil
}

func (s *server) restoreSnapshot(w World, r *http.Request) (response, error) {
	patiently(r)
	if err := w.Restore(r.Context(), mux.Vars(r)["id"]); err != nil {
		return response{}, fmt.Errorf("restoring the snapshot: %w", err)
	}
	s.bells.ring(w, eventClock)
	return noContent(), nil
}

func (s *server) dropSnapshot(w World, r *http.Request) (response, error) {
	if err := w.DropSnapshot(mux.Vars(r)["id"]); err != nil {
		return response{}, fmt.Errorf("dropping the snapshot: %w", err)
	}
	return noContent(), nil
}
