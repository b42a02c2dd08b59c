package control

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// defaultWait is how long POST …/journal/wait waits, in real time.
const defaultWait = 10 * time.Second

// note records that a tester did something.
func note(w World, r *http.Request, rec journal.Record) {
	path := r.URL.Path
	if id, named := mux.Vars(r)["world"]; named { // the same wherever the world is
		path = strings.TrimPrefix(path, "/worlds/"+id)
	}
	rec.Kind, rec.At, rec.Method, rec.URL = journal.KindAction, w.Clock().Now().In(daraja.EAT()), r.Method, path
	w.Journal().Add(rec)
}

func (s *server) journal(w World, r *http.Request) (response, error) {
	f, err := journal.ParseFilter(r.URL.Query())
	if err != nil {
		return response{}, refuseQuestion("", err)
	}
	return response{body: w.Journal().Find(f)}, nil
}

func (s *server) record(w World, r *http.Request) (response, error) {
	seq, err := strconv.ParseUint(mux.Vars(r)["seq"], 10, 64)
	if err != nil {
		return response{}, refuse(http.StatusBadRequest, "%.40q is not the number of a record", mux.Vars(r)["seq"])
	}
	rec, ok := w.Journal().Get(seq)
	if !ok {
		return response{}, refuse(http.StatusNotFound, "the journal has no record %d, or has it no more", seq)
	}
	return response{body: rec}, nil
}

func (s *server) clearJournal(w World, _ *http.Request) (response, error) {
	w.Journal().Reset()
	s.bells.ring(w, simulator.EventReset)
	return noContent(), nil
}

func (s *server) journalLines(w World, r *http.Request) (response, error) {
	f, err := journal.ParseFilter(r.URL.Query())
	if err != nil {
		return response{}, refuseQuestion("", err)
	}
	patiently(r)
	return response{kind: "application/jsonl", file: "journal.jsonl", stream: func(to *steady) error { return w.Journal().WriteJSONL(to, f) }}, nil
}

func (s *server) journalArchive(w World, r *http.Request) (response, error) {
	f, err := journal.ParseFilter(r.URL.Query())
	if err != nil {
		return response{}, refuseQuestion("", err)
	}
	patiently(r)
	return response{kind: "application/json", file: "journal.har", stream: func(to *steady) error { return w.Journal().WriteHAR(to, f) }}, nil
}

// question is the body of verify and, with a timeout, of wait.
type question struct {
	Match json.RawMessage `json:"match"`
	Count json.RawMessage `json:"count"`
}

func (q question) read() (journal.Match, journal.Count, error) {
	if len(q.Match) == 0 {
		return journal.Match{}, journal.Count{}, refuse(http.StatusBadRequest, `match is missing; it must be an object such as {"kind": "callback", "phone": "254712345678"}, and {} holds for every record`)
	}
	m, err := journal.ParseMatch(q.Match)
	if err != nil {
		return journal.Match{}, journal.Count{}, refuseQuestion("match: ", err)
	}
	c, err := journal.ParseCount(q.Count)
	if err != nil {
		return journal.Match{}, journal.Count{}, refuseQuestion("count: ", err)
	}
	return m, c, nil
}

func (s *server) verify(w World, r *http.Request) (response, error) {
	var ask question
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	m, c, err := ask.read()
	if err != nil {
		return response{}, err
	}
	return response{body: w.Journal().Verify(m, c)}, nil
}

// wait answers once the question holds, or its time is over.
func (s *server) wait(w World, r *http.Request) (response, error) {
	var ask struct {
		Match   json.RawMessage `json:"match"`
		Count   json.RawMessage `json:"count"`
		Timeout *span           `json:"timeout"`
	}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	m, c, err := question{Match: ask.Match, Count: ask.Count}.read()
	if err != nil {
		return response{}, err
	}
	timeout := defaultWait
	if ask.Timeout != nil {
		timeout = time.Duration(*ask.Timeout)
	}
	if timeout > MaxWait {
		return response{}, refuseField("timeout", " is %s; it must be at most %s", timeout, MaxWait)
	}
	patiently(r)
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	verdict := w.Journal().Wait(ctx, m, c)
	switch {
	case verdict.OK:
		return response{body: verdict}, nil
	case r.Context().Err() != nil: // the time was not over, so the check was not made
		return response{}, refuse(http.StatusServiceUnavailable, "%s", stopping)
	default:
		return response{status: http.StatusRequestTimeout, body: verdict}, nil
	}
}
