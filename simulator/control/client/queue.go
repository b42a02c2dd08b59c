package client

import (
	"context"
	"encoding/json"
	"net/http"
)

// NewQueued is an outcome for requests to come. What it does not say holds for any request.
type NewQueued struct {
	API       string          `json:"api,omitempty"`
	Phone     string          `json:"phone,omitempty"`
	Reference string          `json:"reference,omitempty"`
	Amount    string          `json:"amount,omitempty"` // 150, ">= 1000", "100..200"
	Where     string          `json:"where,omitempty"`  // an expression, as in scenarios
	Times     int             `json:"times,omitempty"`  // for how many requests; 0 is one
	Then      json.RawMessage `json:"then"`             // what happens, as `then` of a scenario says it
}

// Queued is an outcome that waits for its requests.
type Queued struct {
	ID        int             `json:"id"`
	API       string          `json:"api"`
	Phone     string          `json:"phone"`
	Reference string          `json:"reference"`
	When      string          `json:"when,omitempty"` // what else must hold, in words
	Times     int             `json:"times"`          // left
	Then      json.RawMessage `json:"then"`
}

// Queue has the outcomes that wait.
type Queue struct {
	Queue []Queued `json:"queue"`
}

// Queue lists the outcomes that wait.
func (c *Client) Queue(ctx context.Context) (Queue, error) { return get[Queue](ctx, c, "/queue", nil) }

// Enqueue decides requests to come, before any rule of a scenario.
func (c *Client) Enqueue(ctx context.Context, q NewQueued) (Queued, error) {
	return send[Queued](ctx, c, http.MethodPost, "/queue", q)
}

// ClearQueue empties the queue.
func (c *Client) ClearQueue(ctx context.Context) error { return c.do(ctx, http.MethodDelete, "/queue") }
