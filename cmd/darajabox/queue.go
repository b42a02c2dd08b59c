package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/goccy/go-yaml"
)

type queueCmd struct {
	List  queueListCmd  `cmd:"" default:"withargs" help:"List the queued outcomes."`
	Add   queueAddCmd   `cmd:"" help:"Queue an outcome for the next payment; it comes before any rule of the scenario."`
	Clear queueClearCmd `cmd:"" help:"Remove the queued outcomes."`
}

// Help teaches by example.
func (queueCmd) Help() string {
	return `A queued outcome comes before the scenario, the phone number and the customer. A request takes the first one that matches it.

    darajabox queue add --result 1032                       # the next push is cancelled
    darajabox queue add --phone 0708374149 --result 1 --times 3
    darajabox queue add --then '{result: 0, callback: {copies: 2}}'`
}

// queued is an outcome as the control API takes and gives it.
type queued struct {
	ID        int             `json:"id,omitempty"`
	API       string          `json:"api,omitempty"`
	Phone     phoneNumber     `json:"phone,omitempty"`
	Reference string          `json:"reference,omitempty"`
	Times     int             `json:"times,omitempty"`
	Then      json.RawMessage `json:"then,omitempty"`
}

// UnmarshalJSON takes an outcome for any phone too, whose number is "".
func (p *phoneNumber) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, (*string)(p)) }

type queueListCmd struct{ clientFlags }

// Run lists the queue.
func (c *queueListCmd) Run(e *env) error {
	type list struct {
		Queue []queued `json:"queue"`
	}
	return do(e, c.controlFlags, call{method: http.MethodGet, path: c.path("queue")}, func(w io.Writer, l list) {
		var rows [][]string
		for _, q := range l.Queue {
			rows = append(rows, []string{fmt.Sprint(q.ID), orAny(q.API), orAny(string(q.Phone)), orAny(q.Reference), fmt.Sprint(max(q.Times, 1)), string(q.Then)})
		}
		table(w, "Nothing is queued.", []string{"ID", "API", "PHONE", "REFERENCE", "TIMES", "THEN"}, rows)
	})
}

func orAny(s string) string {
	if s == "" {
		return "any"
	}
	return s
}

type queueAddCmd struct {
	API       string      `help:"Only for this API: oauth, stkpush or stkquery." name:"api" placeholder:"API" env:"-"`
	Phone     phoneNumber `help:"Only for this phone." placeholder:"NUMBER" env:"-"`
	Reference string      `help:"Only for this account reference." placeholder:"TEXT" env:"-"`
	Times     int         `help:"For how many requests; one unless given." placeholder:"N" env:"-"`
	Result    string      `help:"Result code of the payment: 1032 is cancelled, 1 too little money." placeholder:"CODE" env:"-" xor:"outcome"`
	Then      thenText    `help:"Outcome, written as 'then' of a scenario, in YAML or JSON." placeholder:"THEN" env:"-" xor:"outcome"`
	clientFlags
}

// Help teaches by example.
func (*queueAddCmd) Help() string {
	return `--then is written as in scenario files:

    darajabox queue add --result 1032
    darajabox queue add --phone 0708374149 --then '{result: 0, after: 5s, callback: {copies: 2, gap: 1s}}'
    darajabox queue add --api oauth --then '{reply: {error: "500.003.1001"}}'

'darajabox scenario schema' has every key of it. The API page of the console lists every result code.`
}

// Validate asks for an outcome.
func (c *queueAddCmd) Validate() error {
	if c.Result == "" && c.Then == nil {
		return errors.New("give an outcome: --result 1032, or --then '{result: 0, callback: {copies: 2}}'")
	}
	return nil
}

// thenText is a `then` of the scenario language, kept as JSON.
type thenText json.RawMessage

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *thenText) UnmarshalText(b []byte) error {
	var mapping map[string]any
	if err := yaml.Unmarshal(b, &mapping); err != nil || mapping == nil {
		return fmt.Errorf("%q is no outcome; write it as in a scenario file: '{result: 1032, after: 3s}'", b)
	}
	asJSON, err := yaml.YAMLToJSON(b)
	*t = asJSON
	return err
}

// Run queues the outcome.
func (c *queueAddCmd) Run(e *env) error {
	ask := queued{API: c.API, Phone: c.Phone, Reference: c.Reference, Times: c.Times, Then: json.RawMessage(c.Then)}
	if c.Result != "" {
		then, err := json.Marshal(map[string]any{"result": numberOrText(c.Result)})
		if err != nil {
			return fmt.Errorf("encoding the outcome: %w", err)
		}
		ask.Then = then
	}
	err := do(e, c.controlFlags, call{method: http.MethodPost, path: c.path("queue"), body: ask}, func(w io.Writer, q queued) {
		fmt.Fprintf(w, "queued as %d, for the next %d: api %s, phone %s, reference %s\n",
			q.ID, max(q.Times, 1), orAny(q.API), orAny(string(q.Phone)), orAny(q.Reference))
	})
	if refused := (refusedError{}); errors.As(err, &refused) && refused.field == "then" && c.Result != "" && len(refused.faults) == 1 {
		// --result made a then of one key, so what is wrong with it begins with "result".
		return errors.New("--" + refused.faults[0].withoutPlace())
	}
	return err
}

type queueClearCmd struct{ clientFlags }

// Run empties the queue.
func (c *queueClearCmd) Run(e *env) error {
	return instruct(e, c.controlFlags, call{method: http.MethodDelete, path: c.path("queue")}, "the queue of world "+c.World+" is empty")
}
