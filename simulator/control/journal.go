package control

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

// defaultWait is how long POST …/journal/wait waits, in real time.
const defaultWait = 10 * time.Second

// recordAction records that a tester did something.
func recordAction(w World, r *http.Request, rec journal.Record) {
	path := r.URL.Path
	if id, named := mux.Vars(r)["world"]; named { // the same wherever the world is
		path = strings.TrimPrefix(path, "/worlds/"+id)
	}
	rec.Kind, rec.At, rec.Method, rec.URL = journal.KindAction, w.Clock().Now().In(daraja.EAT()), r.Method, path
	w.Journal().Add(rec)
}

// withFilter reads the filter of the journal in the query for h.
func (s *server) withFilter(h func(World, journal.Filter) (any, error)) worldHandler {
	return func(w World, r *http.Request) (any, error) {
		f, err := journal.ParseFilter(r.URL.Query(), s.Products.RecordedAPIs()...)
		if err != nil {
			return nil, refuseCondition("", err)
		}
		return h(w, f)
	}
}

func findRecords(w World, f journal.Filter) (any, error) { return w.Journal().Find(f), nil }

func exportJSONL(w World, f journal.Filter) (any, error) {
	write := func(to *deadlineWriter) error { return w.Journal().WriteJSONL(to, f) }
	return response{kind: "application/jsonl", file: "journal.jsonl", stream: write}, nil
}

func exportHAR(w World, f journal.Filter) (any, error) {
	write := func(to *deadlineWriter) error { return w.Journal().WriteHAR(to, f) }
	return response{kind: "application/json", file: "journal.har", stream: write}, nil
}

func (s *server) record(w World, r *http.Request) (any, error) {
	seq, err := strconv.ParseUint(mux.Vars(r)["seq"], 10, 64)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%.40q is not the number of a record", mux.Vars(r)["seq"])
	}
	rec, ok := w.Journal().Get(seq)
	if !ok {
		return nil, refuse(http.StatusNotFound, "the journal has no record %d, or has it no more", seq)
	}
	return rec, nil
}

func (s *server) clearJournal(w World, _ *http.Request) (any, error) {
	w.Journal().Reset()
	publish(w, simulator.EventReset)
	return nil, nil
}

// readExpectation reads what a check of the journal wants.
func (s *server) readExpectation(e client.Expectation) (m journal.Match, c journal.Count, err error) {
	if len(e.Match) == 0 {
		return m, c, refuse(http.StatusBadRequest, `match is missing; it must be an object such as {"kind": "callback", "phone": "254712345678"}, and {} holds for every record`)
	}
	if m, err = journal.ParseMatch(e.Match, s.Products.RecordedAPIs()...); err != nil {
		return m, c, refuseCondition("match: ", err)
	}
	if c, err = journal.ParseCount(e.Count); err != nil {
		return m, c, refuseCondition("count: ", err)
	}
	return m, c, nil
}

func (s *server) verify(w World, _ *http.Request, body client.Expectation) (any, error) {
	m, c, err := s.readExpectation(body)
	if err != nil {
		return nil, err
	}
	return w.Journal().Verify(m, c), nil
}

// wait answers once the expectation holds, or its time is over.
func (s *server) wait(w World, r *http.Request, body client.WaitFor) (any, error) {
	m, c, err := s.readExpectation(body.Expectation)
	if err != nil {
		return nil, err
	}
	timeout := defaultWait
	if body.Timeout != nil {
		timeout = time.Duration(*body.Timeout)
	}
	if timeout > MaxWait {
		return nil, refuseField("timeout", " is %s; it must be at most %s", timeout, MaxWait)
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	verdict := w.Journal().Wait(ctx, m, c)
	switch {
	case verdict.OK:
		return verdict, nil
	case r.Context().Err() != nil: // the time was not over, so the check was not made
		return nil, refuse(http.StatusServiceUnavailable, "%s", stopping)
	default:
		return response{status: http.StatusRequestTimeout, body: verdict}, nil
	}
}
