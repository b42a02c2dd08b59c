package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/darajabox/darajabox/internal/apiclient"
	"github.com/darajabox/darajabox/simulator"
)

// Phone is a customer and the phone.
type Phone struct {
	Number       string    `json:"number"`
	Name         string    `json:"name"`
	PIN          string    `json:"pin"`
	On           bool      `json:"on"`
	Registered   bool      `json:"registered"` // the number has an M-PESA account
	Attended     bool      `json:"attended"`   // its prompts wait for a person
	BalanceCents int64     `json:"balance_cents"`
	Prompt       *Prompt   `json:"prompt"`
	Messages     []Message `json:"messages"` // the newest last
}

// Prompt is what a phone shows while it asks for the PIN.
type Prompt struct {
	CheckoutRequestID string    `json:"checkout_request_id"`
	Text              string    `json:"text"`
	Organisation      string    `json:"organisation"`
	Shortcode         string    `json:"shortcode"`
	Reference         string    `json:"reference"`
	AmountCents       int64     `json:"amount_cents"`
	OpenedAt          time.Time `json:"opened_at"`
	EndsAt            time.Time `json:"ends_at"`
	Tries             int       `json:"tries"` // PINs that were wrong
}

// Message is an SMS.
type Message struct {
	At   time.Time `json:"at"`
	From string    `json:"from"`
	Text string    `json:"text"`
}

// Phones are the customers of a world.
type Phones struct {
	Phones []Phone `json:"phones"`
}

// PhoneEdit is what is changed of a customer; nil leaves a field as it is.
type PhoneEdit struct {
	Name    *string `json:"name,omitempty"`
	PIN     *string `json:"pin,omitempty"`
	Balance *int64  `json:"balance_cents,omitempty"`
	On      *bool   `json:"on,omitempty"`

	Registered *bool `json:"registered,omitempty"`
}

// PIN is what is entered into a prompt; "" is the customer's own.
type PIN struct {
	PIN string `json:"pin,omitempty"`
}

// Attend says whether a phone's prompts wait for a person.
type Attend struct {
	Attend bool `json:"attend"`
}

// Phones lists the customers.
func (c *Client) Phones(ctx context.Context) (Phones, error) {
	return get[Phones](ctx, c, "/phones", nil)
}

// Phone shows a phone. A number that has no customer yet gets one.
func (c *Client) Phone(ctx context.Context, number string) (Phone, error) {
	return get[Phone](ctx, c, apiclient.Path("phones", number), nil)
}

// EditPhone changes a customer, or adds one.
func (c *Client) EditPhone(ctx context.Context, number string, edit PhoneEdit) (Phone, error) {
	return send[Phone](ctx, c, http.MethodPut, apiclient.Path("phones", number), edit)
}

// Attend makes the prompts of a phone wait for a person, or no longer.
func (c *Client) Attend(ctx context.Context, number string, attend bool) (Phone, error) {
	return send[Phone](ctx, c, http.MethodPost, apiclient.Path("phones", number, "attend"), Attend{Attend: attend})
}

// Action is what the person at the phone does: wrong_pin, cancel, ignore, off or on.
type Action = simulator.PhoneActionKind

// EnterPIN enters a PIN into the prompt of a phone: the customer's own when pin is "". It
// waits for a prompt as long as wait, in real time; 0 does not wait.
func (c *Client) EnterPIN(ctx context.Context, number, pin string, wait time.Duration) (Phone, error) {
	return c.act(ctx, number, simulator.ActionPIN, PIN{PIN: pin}, wait)
}

// Act does anything else that the person at the phone does. An action on a prompt waits
// for it as EnterPIN does.
func (c *Client) Act(ctx context.Context, number string, action Action, wait time.Duration) (Phone, error) {
	return c.act(ctx, number, action, nil, wait)
}

func (c *Client) act(ctx context.Context, number string, action Action, body any, wait time.Duration) (Phone, error) {
	request := apiclient.Call{Method: http.MethodPost, Path: apiclient.Path("phones", number, string(action)), Body: body}
	if wait > 0 {
		request.Query = url.Values{"wait": {wait.String()}}
	}
	return call[Phone](ctx, c, request)
}
