// Package client calls the simulator's control API. Its types are those that the API's
// server reads and writes.
package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/darajabox/darajabox/internal/apiclient"
)

// DefaultWorld is the id of the world that a simulator starts with.
const DefaultWorld = "default"

// Client calls the control API of one simulator, in one of its worlds. An error is what
// apiclient.Client says: an *apiclient.RefusedError has the simulator's own words.
type Client struct {
	api   apiclient.Client
	world string // path of the world; "" is the world that base means
}

// New returns a client of the control port at base, a URL, in the default world; a world's
// control URL is a base too. A nil h has no time limit.
func New(base string, h *http.Client) *Client {
	return &Client{api: apiclient.Client{Base: base, HTTP: h}}
}

// In returns the same client in another world.
func (c *Client) In(world string) *Client {
	return &Client{api: c.api, world: apiclient.Path("worlds", world)}
}

// ScenarioErrors are the mistakes in the scenario that a request sent, when err is a refusal of it.
func ScenarioErrors(err error) []ScenarioError {
	var p Problem
	if refused := (*apiclient.RefusedError)(nil); errors.As(err, &refused) {
		_ = json.Unmarshal(refused.Body, &p) // another body has no faults
	}
	return p.Faults
}

// get reads what is at a path of the world.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	return call[T](ctx, c, apiclient.Call{Method: http.MethodGet, Path: path, Query: query})
}

// send sends a body to a path of the world and reads the answer.
func send[T any](ctx context.Context, c *Client, method, path string, body any) (T, error) {
	return call[T](ctx, c, apiclient.Call{Method: method, Path: path, Body: body})
}

func call[T any](ctx context.Context, c *Client, request apiclient.Call) (T, error) {
	var answer T
	request.Path = c.world + request.Path
	err := c.api.Do(ctx, request, &answer)
	return answer, err
}

// do sends a request to a path of the world that has no answer but that it is done.
func (c *Client) do(ctx context.Context, method, path string) error {
	return c.api.Do(ctx, apiclient.Call{Method: method, Path: c.world + path}, nil)
}

// root is the client without a world.
func (c *Client) root() *Client { return &Client{api: c.api} }

// self is the path of the world itself.
func (c *Client) self() string { return cmp.Or(c.world, apiclient.Path("worlds", DefaultWorld)) }
