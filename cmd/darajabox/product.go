package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/darajabox/darajabox/simulator/control/client"
)

type productCmd struct {
	List productListCmd `cmd:"" default:"withargs" help:"List the products with their endpoints and actions."`
	Do   productDoCmd   `cmd:"" help:"Do an action of a product: what a customer or a tester does without a request to Daraja's API."`
}

type productListCmd struct{ clientFlags }

func (c *productListCmd) Run(e *env) error {
	return answerOf(c.world().Products(e.ctx)).print(e, c, func(w io.Writer, l client.Products) {
		var rows [][]string
		for _, p := range l.Products {
			for _, op := range p.Operations {
				rows = append(rows, []string{p.Name, op.API, op.Method + " " + op.Path})
			}
			for _, a := range p.Actions {
				var fields []string
				for _, f := range a.Fields {
					fields = append(fields, f.Name)
				}
				rows = append(rows, []string{p.Name, "", "action " + a.Name + ": " + strings.Join(fields, ", ")})
			}
		}
		printTable(w, "No product is simulated.", "PRODUCT|API|WHAT", rows, func(row []string) []string { return row })
	})
}

type productDoCmd struct {
	Product string            `arg:"" help:"Name of the product."`
	Action  string            `arg:"" help:"Name of the action."`
	Fields  map[string]string `arg:"" optional:"" help:"Fields of the action: NAME=VALUE." placeholder:"NAME=VALUE"`
	clientFlags
}

func (c *productDoCmd) Run(e *env) error {
	return answerOf(c.world().Do(e.ctx, c.Product, c.Action, c.Fields)).print(e, c, func(w io.Writer, d client.ActionResult) {
		fmt.Fprintf(w, "done: %s\n", d.Result)
	})
}
