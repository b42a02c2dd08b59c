package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/darajabox/darajabox/simulator/control/client"
)

type queueCmd struct {
	List  queueListCmd   `cmd:"" default:"withargs" help:"List the queued outcomes."`
	Add   queueAddCmd    `cmd:"" help:"Queue an outcome for the next payment; it comes before any rule of the scenario."`
	Clear worldActionCmd `cmd:"" help:"Remove the queued outcomes."`
}

type queueListCmd struct{ clientFlags }

func (c *queueListCmd) Run(e *env) error {
	return answerOf(c.world().Queue(e.ctx)).print(e, c, func(w io.Writer, l client.Queue) {
		printTable(w, "Nothing is queued.", "ID|API|PHONE|REFERENCE|TIMES|THEN", l.Queue, func(q client.Queued) []string {
			return []string{fmt.Sprint(q.ID), orAny(q.API), orAny(q.Phone), referenceAndWhen(q), fmt.Sprint(max(q.Times, 1)), string(q.Then)}
		})
	})
}

// referenceAndWhen is the reference with what else must hold.
func referenceAndWhen(q client.Queued) string {
	if q.When == "" {
		return orAny(q.Reference)
	}
	return orAny(q.Reference) + ", " + q.When
}

func orAny(s string) string { return cmp.Or(s, "any") }

type queueAddCmd struct {
	API       string       `help:"For this API: ${apis}. Without it the outcome is for stkpush." name:"api" placeholder:"API" env:"-"`
	Phone     phonePattern `help:"Only for this phone, or 2547*." placeholder:"NUMBER" env:"-"`
	Reference string       `help:"Only for this account reference; * stands for anything, as in 'INV-*'." placeholder:"TEXT" env:"-"`
	Amount    string       `help:"Only for this amount, or a comparison such as '>= 1000', or a range such as 100..200." placeholder:"AMOUNT" env:"-"`
	Where     string       `help:"Only where this expression of the scenario language holds, such as 'attempt > 1'." placeholder:"EXPR" env:"-"`
	Times     int          `help:"For how many requests; one unless given." placeholder:"N" env:"-"`
	Result    string       `help:"Result code of the payment: 1032 is cancelled, 1 too little money." placeholder:"CODE" env:"-" xor:"outcome"`
	Then      thenText     `help:"Outcome, written as 'then' of a scenario, in YAML or JSON." placeholder:"THEN" env:"-" xor:"outcome"`
	clientFlags
}

func (c *queueAddCmd) Validate() error {
	if c.Result == "" && c.Then == nil {
		return errors.New("give an outcome: --result 1032, or --then '{result: 0, callback: {copies: 2}}'")
	}
	return nil
}

func (c *queueAddCmd) Run(e *env) error {
	outcome := client.NewQueued{
		API: c.API, Phone: string(c.Phone), Reference: c.Reference, Amount: c.Amount, Where: c.Where, Times: c.Times, Then: json.RawMessage(c.Then),
	}
	if c.Result != "" {
		then, err := json.Marshal(map[string]any{"result": numberOrText(c.Result)})
		if err != nil {
			return fmt.Errorf("encoding the outcome: %w", err)
		}
		outcome.Then = then
	}
	queued, err := c.world().Enqueue(e.ctx, outcome)
	if faults := client.ScenarioErrors(err); len(faults) == 1 && c.Result != "" {
		// --result made a then of one key, so what is wrong with it begins with "result".
		then := "--then " + shellQuote("{raw_result: {code: "+c.Result+"}}")
		return errors.New("--" + strings.Replace(faults[0].Error.Text(), "raw_result: {code, desc}", then, 1))
	}
	return answerOf(queued, err).print(e, c, func(w io.Writer, q client.Queued) {
		fmt.Fprintf(w, "queued as %d, for the next %d: api %s, phone %s, reference %s\n",
			q.ID, max(q.Times, 1), orAny(q.API), orAny(q.Phone), referenceAndWhen(q))
	})
}
