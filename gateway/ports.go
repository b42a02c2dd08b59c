package gateway

import (
	"context"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Daraja is the client side of M-PESA's API.
type Daraja interface {
	// Ready asks for leave to make one push of a partner. 0 gives it; anything else is
	// how long to wait before it is worth asking again. Partners share the rate, and one
	// that keeps to its share is not put off because of another. It does not block.
	Ready(partner string) (wait time.Duration)

	// Push puts a prompt on a customer's phone. It calls Daraja at most once, but
	// for a renewed access token. An error is a *PushError.
	Push(ctx context.Context, o PushOrder) (PushAck, error)

	// Query asks what became of a prompt of a partner. An error says that nothing was
	// learnt. A *NotNow is one: nobody was asked. Partners share the rate, as with Ready.
	Query(ctx context.Context, partner, checkoutRequestID string) (QueryAnswer, error)
}

// NotNow is a call that was not made: M-PESA is down or has been asked as often as
// it allows. It may be made after Wait.
type NotNow struct{ Wait time.Duration }

// Error implements error.
func (e *NotNow) Error() string { return "M-PESA may not be asked for another " + e.Wait.String() }

// CallbackPath comes between the base of a callback URL and the token of a push.
const CallbackPath = "/daraja/stk/"

// PushOrder is one prompt to be made.
type PushOrder struct {
	Phone     daraja.MSISDN
	Amount    daraja.Money // whole shillings
	Reference string
	Token     string // the unguessable end of the callback URL
}

// PushAck names the prompt that Daraja accepted.
type PushAck struct {
	MerchantRequestID string
	CheckoutRequestID string
}

// PushError is a push that was not accepted.
type PushError struct {
	Ambiguous bool    // the prompt may exist all the same: never push again by itself
	Prompt    PushAck // that an ambiguous answer names, if it does
	Message   string  // what Daraja said, or why it could not be reached
	Err       error
}

// Error implements error.
func (e *PushError) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *PushError) Unwrap() error { return e.Err }

// QueryAnswer is what Daraja knows of a prompt.
type QueryAnswer struct {
	Pending    bool // the customer has not answered yet
	ResultCode daraja.ResultCode
	ResultDesc string
}

// Sender posts a webhook to a partner. It returns what the partner answered, and an
// error unless that is a 2xx.
type Sender interface {
	Send(ctx context.Context, w Webhook) (Reply, error)
}

// NoConnectionError is the error of a Sender when nothing answers at an address.
type NoConnectionError struct {
	Loopback bool // the address is the gateway's own machine
	Cause    error
}

// Error implements error.
func (e *NoConnectionError) Error() string { return "no connection: " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *NoConnectionError) Unwrap() error { return e.Cause }

// Webhook is one POST to a partner, with what Standard Webhooks has beside the body.
type Webhook struct {
	URL       string
	Body      []byte
	MessageID string    // webhook-id
	At        time.Time // webhook-timestamp
	Signature string    // webhook-signature; "" sends none
}

// Reply is what a partner answered; the zero value is nothing.
type Reply struct {
	Status     int
	RetryAfter string // the header, as it came
	Body       []byte // the first ReplyBytes of it, as they came
}

// Logger records what a person should see who runs the gateway. *slog.Logger is
// one.
type Logger interface {
	Info(msg string, args ...any)
	Warn(msg string, args ...any)
}

// Waits are the times that the gateway waits by its own will.
type Waits struct {
	Callback time.Duration   // from an accepted push to the first query
	Query    []time.Duration // between queries; after the last, a person must look
	Later    []time.Duration // before each query of a payment that a person must look at; after the last, none
	Lost     time.Duration   // after this a push whose end was never recorded counts as unanswered; never divided
	Repush   time.Duration   // from a push, within which another one may be made; never divided
	Webhook  []time.Duration // between attempts of a webhook; after the last it is exhausted
	Resend   time.Duration   // before a webhook that was sent again may be sent again; 0 is no limit
	speed    float64         // what the waits of the policy table are divided by
}

// StandardWaits is the schedule of a gateway in service: queries after 30 s with
// growing waits for about half an hour, then 20 more in three days, webhooks over 75
// hours as Standard Webhooks suggests.
func StandardWaits() Waits {
	return Waits{
		Callback: 30 * time.Second,
		Lost:     time.Minute, // twice what a push may take
		Repush:   10 * time.Minute,
		Resend:   10 * time.Second,
		Query: []time.Duration{
			30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute,
		},
		Later: []time.Duration{
			30 * time.Minute, 30 * time.Minute, time.Hour, time.Hour, time.Hour,
			2 * time.Hour, 2 * time.Hour, 2 * time.Hour, 2 * time.Hour, 3 * time.Hour,
			3 * time.Hour, 4 * time.Hour, 4 * time.Hour, 4 * time.Hour, 6 * time.Hour,
			6 * time.Hour, 6 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour,
		},
		Webhook: []time.Duration{
			5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
			10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
		},
	}
}

// queries is the time from an accepted push to the last query, before a person must
// look.
func (w Waits) queries() time.Duration {
	sum := w.Callback
	for _, wait := range w.Query {
		sum += wait
	}
	return sum
}

// webhooks is the time from the first attempt of a webhook to the last at most, but for what
// a partner asks for with Retry-After.
func (w Waits) webhooks() (sum time.Duration) {
	for _, wait := range w.Webhook {
		sum += wait
	}
	return time.Duration(float64(sum) * mostJitter)
}

// Divide returns w with each wait divided by speed; 1 and less leave it alone.
func (w Waits) Divide(speed float64) Waits {
	if speed <= 1 {
		return w
	}
	w.speed = speed
	w.Callback = divide(w.Callback, speed)
	w.Query = divideAll(w.Query, speed)
	w.Later = divideAll(w.Later, speed)
	w.Webhook = divideAll(w.Webhook, speed)
	w.Resend = divide(w.Resend, speed)
	return w
}

// scale divides a wait of the policy table.
func (w Waits) scale(d time.Duration) time.Duration {
	if w.speed <= 1 {
		return d
	}
	return divide(d, w.speed)
}

func divideAll(ds []time.Duration, speed float64) []time.Duration {
	out := make([]time.Duration, len(ds))
	for i, d := range ds {
		out[i] = divide(d, speed)
	}
	return out
}

func divide(d time.Duration, speed float64) time.Duration {
	return time.Duration(float64(d) / speed)
}
