package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/darajabox/darajabox/internal/apiclient"
)

// Products are the products of Daraja that are simulated.
type Products struct {
	Products []Product `json:"products"`
}

// Product is a product of Daraja.
type Product struct {
	Name       string          `json:"name"`
	Doc        string          `json:"doc"` // what it is
	Operations []Operation     `json:"operations"`
	Actions    []ProductAction `json:"actions"`
}

// Operation is an endpoint of Daraja's API.
type Operation struct {
	API    string  `json:"api"` // its name in rules, queue and journal
	Doc    string  `json:"doc"` // what a call asks for
	Method string  `json:"method"`
	Path   string  `json:"path"`
	Fields []Field `json:"fields"`
}

// ProductAction is what a customer or a tester can do without a call of Daraja's API.
type ProductAction struct {
	Name   string  `json:"name"`
	Doc    string  `json:"doc"` // what it does
	Fields []Field `json:"fields"`
}

// Field is a field of an operation or an action.
type Field struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

// ActionResult is the result of an action.
type ActionResult struct {
	Result json.RawMessage `json:"result"` // the action's own
}

// Products lists what is simulated.
func (c *Client) Products(ctx context.Context) (Products, error) {
	return get[Products](ctx, c, "/products", nil)
}

// Certificate is the certificate, in PEM, with which an app encrypts the password of an
// initiator.
func (c *Client) Certificate(ctx context.Context) ([]byte, error) {
	body, err := c.api.Open(ctx, apiclient.Call{Method: http.MethodGet, Path: "/certificate"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	return io.ReadAll(io.LimitReader(body, maxCertificate))
}

const maxCertificate = 16 << 10 // the simulator's has 1.1 kB

// Do does an action of a product with its fields.
func (c *Client) Do(ctx context.Context, product, action string, fields map[string]string) (ActionResult, error) {
	return send[ActionResult](ctx, c, http.MethodPost, apiclient.Path("products", product, action), fields)
}
