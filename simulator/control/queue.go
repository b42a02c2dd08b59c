package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// maxTimes bounds how often one outcome of the queue is used.
const maxTimes = 1000

// queuedView is an outcome that waits for a request. What it does not say holds for
// any request.
type queuedView struct {
	ID        int         `json:"id"`
	API       string      `json:"api"`
	Phone     string      `json:"phone"`
	Reference string      `json:"reference"`
	Times     int         `json:"times"` // left
	Then      outcomeView `json:"then"`
}

// outcomeView is what was understood of a `then`, in the same language.
type outcomeView struct {
	Result   string        `json:"result,omitempty"`
	Desc     string        `json:"desc,omitempty"`
	After    string        `json:"after,omitempty"`
	Reply    *replyView    `json:"reply,omitempty"`
	Callback *callbackPlan `json:"callback,omitempty"`
}

type replyView struct {
	Error       *replyError `json:"error,omitempty"`
	Page        string      `json:"page,omitempty"`
	Accepted    *bool       `json:"accepted,omitempty"`
	RevokeToken bool        `json:"revoke_token,omitempty"`
	Latency     string      `json:"latency,omitempty"`
	SlowBody    string      `json:"slow_body,omitempty"`
	Damage      string      `json:"damage,omitempty"`
}

type replyError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type callbackPlan struct {
	Delay        string `json:"delay,omitempty"`
	Copies       int    `json:"copies,omitempty"`
	Gap          string `json:"gap,omitempty"`
	Drop         bool   `json:"drop,omitempty"`
	BeforeAck    bool   `json:"before_ack,omitempty"`
	Reorder      int    `json:"reorder,omitempty"`
	ReuseReceipt string `json:"reuse_receipt_of,omitempty"`
	Amount       string `json:"amount,omitempty"` // shillings
	Phone        string `json:"phone,omitempty"`
	UnknownID    bool   `json:"unknown_id,omitempty"`
	Malformed    bool   `json:"malformed,omitempty"`
	Reset        bool   `json:"reset,omitempty"`
	SlowBody     string `json:"slow_body,omitempty"`
}

func newQueuedView(q simulator.Queued) queuedView {
	return queuedView{
		ID: q.ID, API: string(q.API), Phone: q.Phone.Digits(), Reference: q.Reference, Times: max(q.Times, 1), Then: newOutcomeView(q.Outcome),
	}
}

func newOutcomeView(o simulator.Outcome) outcomeView {
	v := outcomeView{Result: string(o.Result), Desc: o.Desc, Reply: newReplyView(o.Reply), Callback: newCallbackPlan(o.Callback)}
	if o.After != nil {
		v.After = o.After.String()
	}
	return v
}

func newReplyView(r simulator.Reply) *replyView {
	v := replyView{
		Page: string(r.Page), RevokeToken: r.RevokeToken, Latency: long(r.Latency), SlowBody: long(r.SlowBody), Damage: string(r.Damage),
	}
	switch yes, no := true, false; {
	case r.Accepted:
		v.Accepted = &yes
	case r.Error != nil && r.Damage == simulator.DamageReset: // an error that nobody sees
		v.Accepted = &no
	}
	if r.Error != nil && r.Damage != simulator.DamageReset {
		v.Error = &replyError{Code: r.Error.Code, Message: r.Error.Message}
	}
	if v == (replyView{}) {
		return nil
	}
	return &v
}

func newCallbackPlan(c simulator.CallbackPlan) *callbackPlan {
	v := callbackPlan{
		Delay: long(c.Delay), Copies: c.Copies, Gap: long(c.Gap), Drop: c.Drop, BeforeAck: c.BeforeAck, Reorder: c.Reorder,
		Phone: c.Phone.Digits(), UnknownID: c.UnknownID, Malformed: c.Malformed, Reset: c.Reset, SlowBody: long(c.SlowBody),
	}
	if c.ReuseReceipt {
		v.ReuseReceipt = "previous"
	}
	if c.Amount != nil {
		v.Amount = c.Amount.String()
	}
	if v == (callbackPlan{}) {
		return nil
	}
	return &v
}

// long is a duration in JSON, "" for none.
func long(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func (s *server) queue(w World, _ *http.Request) (response, error) {
	all := []queuedView{}
	for _, q := range w.Domain().Queued() {
		all = append(all, newQueuedView(q))
	}
	return response{body: struct {
		Queue []queuedView `json:"queue"`
	}{all}}, nil
}

func (s *server) enqueue(w World, r *http.Request) (response, error) {
	var ask struct {
		API       string          `json:"api"`
		Phone     string          `json:"phone"`
		Reference string          `json:"reference"`
		Times     *int            `json:"times"`
		Then      json.RawMessage `json:"then"`
	}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	q := simulator.Queued{Reference: ask.Reference, Times: 1}
	var err error
	if q.API, err = apiNamed(ask.API); err != nil {
		return response{}, err
	}
	if ask.Phone != "" {
		if q.Phone, err = phoneNumber(ask.Phone); err != nil {
			return response{}, err
		}
	}
	if ask.Times != nil {
		q.Times = *ask.Times
	}
	if q.Times < 1 || q.Times > maxTimes {
		return response{}, refuseField("times", " is %d; it must be from 1 to %d", q.Times, maxTimes)
	}
	if len(ask.Then) == 0 {
		return response{}, refuseField("then", ` is missing; it says what happens, as in a scenario, such as {"result": 1032}`)
	}
	if q.Outcome, err = w.Outcome(ask.Then); err != nil {
		return response{}, wrongOutcome(err)
	}
	queued, err := w.Domain().Enqueue(q)
	if err != nil {
		return response{}, mistake(err)
	}
	return response{status: http.StatusCreated, body: newQueuedView(queued)}, nil
}

// wrongOutcome is the error of a then that cannot be read.
func wrongOutcome(err error) error {
	r := told(mistake(err))
	wrong := (*scenario.Error)(nil)
	if !errors.As(err, &wrong) {
		return r
	}
	return &refusal{status: r.status, field: "then", text: r.text, faults: newFaults(ScenarioFaultsOf([]*scenario.Error{wrong})), cause: err}
}

// apiNamed reads the name of one of Daraja's APIs; "" is any.
func apiNamed(name string) (simulator.API, error) {
	known := []string{string(simulator.APIOAuth), string(simulator.APISTKPush), string(simulator.APISTKQuery)}
	if name == "" || slices.Contains(known, name) {
		return simulator.API(name), nil
	}
	text := fmt.Sprintf(" %.40q is not one of %s", name, strings.Join(known, ", "))
	if near := simulator.Nearest(name, known); near != "" {
		text += fmt.Sprintf("; did you mean %s?", near)
	}
	return "", refuseField("api", "%s", text)
}

func (s *server) clearQueue(w World, _ *http.Request) (response, error) {
	w.Domain().ClearQueue()
	return noContent(), nil
}
