package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/internal/apiclient"
)

// Callback is a callback and its state.
type Callback struct {
	ID                string          `json:"id"`
	CheckoutRequestID string          `json:"checkout_request_id"`
	URL               string          `json:"url"`
	Phone             string          `json:"phone"`
	Status            string          `json:"status"` // planned, held, sending, delivered, failed or dropped
	DueAt             time.Time       `json:"due_at"`
	Attempts          int             `json:"attempts"`
	LastStatus        int             `json:"last_status"` // HTTP; 0 when there was no answer
	LastError         string          `json:"last_error"`
	Body              json.RawMessage `json:"body"`
}

// Callbacks are a world's callbacks, oldest first.
type Callbacks struct {
	Callbacks []Callback `json:"callbacks"`
	Holding   bool       `json:"holding"`
}

// Callbacks lists the callbacks.
func (c *Client) Callbacks(ctx context.Context) (Callbacks, error) {
	return get[Callbacks](ctx, c, "/callbacks", nil)
}

// HoldCallbacks holds all callbacks from now on.
func (c *Client) HoldCallbacks(ctx context.Context) error {
	return c.do(ctx, http.MethodPost, "/callbacks/hold")
}

// ReleaseCallbacks sends the held callbacks, and holds no more.
func (c *Client) ReleaseCallbacks(ctx context.Context) error {
	return c.do(ctx, http.MethodPost, "/callbacks/release")
}

// ResendCallback sends a callback again.
func (c *Client) ResendCallback(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodPost, apiclient.Path("callbacks", id, "resend"))
}
