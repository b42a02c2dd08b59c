package httpapi

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/strict"
)

// How many lines a page of a list has.
const (
	defaultPage = 50
	maxPage     = 500
)

// delivery is a webhook as its partner sees it, its keys in this order.
type delivery struct {
	ID            int64                 `json:"id"`
	TransactionID int64                 `json:"transaction_id"`
	MessageID     string                `json:"message_id"` // the webhook-id
	URL           string                `json:"url"`
	State         gateway.DeliveryState `json:"state"`
	Reason        *string               `json:"reason"` // why it is exhausted or waits, or null
	Attempts      int                   `json:"attempts"`
	Resends       int                   `json:"resends"`
	DueAt         *string               `json:"due_at"` // of the next attempt, or null
	CreatedAt     string                `json:"created_at"`
	UpdatedAt     string                `json:"updated_at"`
}

func newDelivery(d *gateway.Delivery) delivery {
	v := delivery{
		ID: d.ID, TransactionID: d.PaymentID, MessageID: d.MessageID, URL: d.URL, State: d.State,
		Attempts: d.Attempts, Resends: d.Resends, CreatedAt: date(d.CreatedAt), UpdatedAt: date(d.UpdatedAt),
	}
	if d.Reason != "" {
		v.Reason = &d.Reason
	}
	if !d.DueAt.IsZero() {
		due := date(d.DueAt)
		v.DueAt = &due
	}
	return v
}

func date(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// attempt is one try of a delivery.
type attempt struct {
	Number int     `json:"number"`
	At     string  `json:"at"`
	TookMS int64   `json:"took_ms"`
	Status *int    `json:"status"` // HTTP's, or null when there was no answer
	Detail *string `json:"detail"` // why it failed, or null
	Reply  string  `json:"reply"`  // the first bytes of the answer
}

func newAttempt(a gateway.Attempt) attempt {
	v := attempt{Number: a.Number, At: date(a.At), TookMS: a.Took.Milliseconds(), Reply: a.Reply}
	if a.Status != 0 {
		v.Status = &a.Status
	}
	if a.Detail != "" {
		v.Detail = &a.Detail
	}
	return v
}

// deliveries is GET /api/v1/deliveries: a page of webhooks, the oldest first.
func (a *api) deliveries(r *http.Request, partner gateway.Partner) (response, error) {
	q, err := strict.Query(r)
	if err != nil {
		return response{}, gateway.Invalidf("%v", err)
	}
	f, err := filterOf(q)
	if err != nil {
		return response{}, err
	}
	f.Partner = partner.Name
	found, err := a.Gateway.Deliveries(r.Context(), f)
	if err != nil {
		return response{}, err
	}
	page := struct {
		Deliveries []delivery `json:"deliveries"`
		Next       *int64     `json:"next"` // for after=, or null on the last page
	}{Deliveries: make([]delivery, 0, len(found))}
	for _, d := range found {
		page.Deliveries = append(page.Deliveries, newDelivery(d))
	}
	if len(found) == f.Limit {
		page.Next = &found[len(found)-1].ID
	}
	return ok(page), nil
}

func filterOf(q url.Values) (gateway.DeliveryFilter, error) {
	f := gateway.DeliveryFilter{State: gateway.DeliveryState(q.Get("state"))}
	switch f.State {
	case "", gateway.DeliveryDue, gateway.DeliveryDone, gateway.DeliveryExhausted:
	default:
		return f, gateway.Invalidf("state must be due, delivered or exhausted")
	}
	var err error
	f.After, f.Limit, err = pageOf(q, "delivery")
	return f, err
}

// delivery is GET /api/v1/deliveries/{id}: a webhook and its attempts.
func (a *api) delivery(r *http.Request, partner gateway.Partner) (response, error) {
	id, err := deliveryID(r)
	if err != nil {
		return response{}, err
	}
	f, err := a.Gateway.Delivery(r.Context(), partner.Name, id)
	if err != nil {
		return response{}, err
	}
	entryOf(r).payment = f.Delivery.PaymentID
	v := struct {
		delivery
		Total int       `json:"attempts_total"`
		Log   []attempt `json:"log"` // the newest hundred
	}{newDelivery(f.Delivery), f.Delivery.Attempts, make([]attempt, 0, len(f.Attempts))}
	for _, a := range f.Attempts {
		v.Log = append(v.Log, newAttempt(a))
	}
	return ok(v), nil
}

// resend is POST /api/v1/deliveries/{id}/resend.
func (a *api) resend(r *http.Request, partner gateway.Partner) (response, error) {
	id, err := deliveryID(r)
	if err != nil {
		return response{}, err
	}
	d, err := a.Gateway.Resend(r.Context(), partner.Name, id)
	if err != nil {
		return response{}, err
	}
	entryOf(r).payment = d.PaymentID
	return answer(http.StatusAccepted, newDelivery(d)), nil
}

func deliveryID(r *http.Request) (int64, error) {
	raw := mux.Vars(r)["id"]
	id, err := strconv.ParseInt(raw, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != raw {
		return 0, &gateway.Error{Code: gateway.CodeNotFound, Message: "this webhook is not known"}
	}
	return id, nil
}

// webhook is where the latest webhook of a transaction stands.
type webhook struct {
	DeliveryID int64                 `json:"delivery_id"`
	State      gateway.DeliveryState `json:"state"`
	Reason     *string               `json:"reason"`
}

// latest is the latest of a payment's webhooks, nil when there is none.
func latest(p *gateway.Payment, webhooks []*gateway.Delivery) *webhook {
	last := gateway.LatestWebhook(p, webhooks)
	if last == nil {
		return nil
	}
	d := newDelivery(last)
	return &webhook{d.ID, d.State, d.Reason}
}
