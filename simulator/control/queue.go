package control

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/condition"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// maxTimes bounds how often one outcome of the queue is used.
const maxTimes = 1000

func newQueuedView(q simulator.Queued) client.Queued {
	words := func(key string) string { return strings.Join(q.When.Words(key), ", ") }
	further := q.When.Without(condition.KeyPhone, condition.KeyReference)
	return client.Queued{
		ID: q.ID, API: string(q.API), Phone: words(condition.KeyPhone), Reference: words(condition.KeyReference), When: further.String(),
		Times: max(q.Times, 1), Then: q.Then,
	}
}

func (s *server) queue(w World, _ *http.Request) (any, error) {
	all := []client.Queued{}
	for _, q := range w.Domain().Queued() {
		all = append(all, newQueuedView(q))
	}
	return client.Queue{Queue: all}, nil
}

// requestConditions are the keys of conditions on a request.
type requestConditions struct {
	Phone     json.RawMessage `json:"phone"`
	Amount    json.RawMessage `json:"amount"`
	Reference json.RawMessage `json:"reference"`
	Shortcode json.RawMessage `json:"shortcode"`
	Attempt   json.RawMessage `json:"attempt"`
	Header    json.RawMessage `json:"header"`
	Where     json.RawMessage `json:"where"`
	Not       json.RawMessage `json:"not"`
}

// read compiles the conditions. A key without a value, or with an empty text, is not
// looked at.
func (c requestConditions) read() (condition.Condition, error) {
	given := map[string]json.RawMessage{
		condition.KeyPhone: c.Phone, condition.KeyAmount: c.Amount, condition.KeyReference: c.Reference, condition.KeyShortcode: c.Shortcode,
		condition.KeyAttempt: c.Attempt, condition.KeyHeader: c.Header, condition.KeyWhere: c.Where, condition.KeyNot: c.Not,
	}
	maps.DeleteFunc(given, func(_ string, raw json.RawMessage) bool {
		return len(raw) == 0 || string(raw) == "null" || string(raw) == `""`
	})
	reader := condition.Reader{Noun: "condition", Keys: condition.RequestKeys(), Compile: condition.CompileRequest}
	return reader.Read(given)
}

// queueRequest is a request for an outcome.
type queueRequest struct {
	API string `json:"api"`
	requestConditions
	Times int             `json:"times"`
	Then  json.RawMessage `json:"then"`
}

func (s *server) enqueue(w World, _ *http.Request, body queueRequest) (any, error) {
	q := simulator.Queued{Times: body.Times, Then: body.Then}
	var err error
	if q.API, err = s.apiNamed(body.API); err != nil {
		return nil, err
	}
	if q.When, err = body.read(); err != nil {
		return nil, refuseCondition("", err)
	}
	if q.Times < 1 || q.Times > maxTimes {
		return nil, refuseField("times", " is %d; it must be from 1 to %d", q.Times, maxTimes)
	}
	if len(body.Then) == 0 {
		return nil, refuseField("then", ` is missing; it says what happens, as in a scenario, such as {"result": 1032}`)
	}
	if q.Outcome, err = s.language.ParseThen(body.Then); err != nil {
		return nil, refuseOutcome(err)
	}
	queued, err := w.Domain().Enqueue(q)
	if err != nil {
		return nil, badRequest(err)
	}
	return response{status: http.StatusCreated, body: newQueuedView(queued)}, nil
}

// refuseOutcome refuses a then that cannot be read.
func refuseOutcome(err error) error {
	r := badRequest(err)
	if wrong := (*scenario.Error)(nil); errors.As(err, &wrong) {
		r.problem.Field, r.problem.Faults = "then", NewScenarioErrors([]*scenario.Error{wrong})
	}
	return r
}

// apiNamed reads the name of one of Daraja's APIs; "" is any.
func (s *server) apiNamed(name string) (simulator.API, error) {
	var known []string
	for _, api := range s.Products.APIs() {
		known = append(known, string(api))
	}
	if name == "" || slices.Contains(known, name) {
		return simulator.API(name), nil
	}
	return "", refuseField("api", " %.40q is not one of %s%s", name, strings.Join(known, ", "), didYouMean(name, known))
}

func (s *server) clearQueue(w World, _ *http.Request) (any, error) {
	w.Domain().ClearQueue()
	return nil, nil
}
