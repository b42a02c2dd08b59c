package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/strict"
)

// payment is a line of a list. The phone is masked: a list is for finding.
type payment struct {
	ID           int64              `json:"transaction_id"`
	Partner      string             `json:"partner"`
	State        gateway.State      `json:"state"`
	Amount       int64              `json:"amount"` // whole shillings
	Phone        string             `json:"phone"`
	Reference    string             `json:"reference"`
	Receipt      string             `json:"mpesa_receipt"`
	ResultCode   *daraja.ResultCode `json:"result_code"` // null until M-PESA gave one
	ResultDesc   string             `json:"result_desc"`
	Support      bool               `json:"support"`
	ReviewReason string             `json:"review_reason"`
	ReviewSince  *time.Time         `json:"review_since"` // null while it does not wait for a person
	CreatedAt    *time.Time         `json:"created_at"`
	UpdatedAt    *time.Time         `json:"updated_at"`
}

func describePayment(p *gateway.Payment, phone string) payment {
	var code *daraja.ResultCode
	if p.ResultCode != "" {
		code = &p.ResultCode
	}
	return payment{
		ID: p.ID, Partner: p.Partner, State: p.State, Amount: p.Amount.Shillings(), Phone: phone, Reference: p.Reference,
		Receipt: p.Receipt, ResultCode: code, ResultDesc: p.ResultDesc, Support: p.Support, ReviewReason: p.WhyReview(), ReviewSince: when(p.ReviewAt),
		CreatedAt: when(p.CreatedAt), UpdatedAt: when(p.UpdatedAt),
	}
}

// push is a push in an answer. Its token opens the callback's door, so it is not shown.
type push struct {
	Number            int               `json:"number"`
	State             gateway.PushState `json:"state"`
	MerchantRequestID string            `json:"merchant_request_id"`
	CheckoutRequestID string            `json:"checkout_request_id"`
	Detail            string            `json:"detail"`
	CreatedAt         *time.Time        `json:"created_at"`
}

// callback is a callback in an answer, without its body.
type callback struct {
	ID         int64      `json:"id"`
	Remote     string     `json:"remote"`
	Verdict    string     `json:"verdict"`
	Bytes      int        `json:"bytes"`
	ReceivedAt *time.Time `json:"received_at"`
}

// delivery is a webhook in an answer.
type delivery struct {
	ID        int64                 `json:"id"`
	PaymentID int64                 `json:"transaction_id"`
	Partner   string                `json:"partner"`
	URL       string                `json:"url"`
	State     gateway.DeliveryState `json:"state"`
	Attempts  int                   `json:"attempts"`
	Resends   int                   `json:"resends"`
	Reason    string                `json:"reason"`
	DueAt     *time.Time            `json:"due_at"`
	CreatedAt *time.Time            `json:"created_at"`
	UpdatedAt *time.Time            `json:"updated_at"`
}

func describeDelivery(d *gateway.Delivery) delivery {
	return delivery{
		ID: d.ID, PaymentID: d.PaymentID, Partner: d.Partner, URL: d.URL, State: d.State, Attempts: d.Attempts, Resends: d.Resends,
		Reason: d.Reason, DueAt: when(d.DueAt), CreatedAt: when(d.CreatedAt), UpdatedAt: when(d.UpdatedAt),
	}
}

func describeDeliveries(ds []*gateway.Delivery) []delivery {
	list := make([]delivery, len(ds))
	for i, d := range ds {
		list[i] = describeDelivery(d)
	}
	return list
}

// attempt is an attempt in an answer.
type attempt struct {
	Number int        `json:"number"`
	At     *time.Time `json:"at"`
	Took   string     `json:"took"`
	Status int        `json:"status"`
	Detail string     `json:"detail"`
	Reply  string     `json:"reply"`
}

// defaultPage is how many lines a list has unless more are asked for.
const defaultPage = 100

// pageOf reads after and limit of a list, and returns all parameters.
func pageOf(r *http.Request) (q url.Values, after int64, limit int, err error) {
	if q, err = strict.Query(r); err != nil {
		return nil, 0, 0, refuse(http.StatusBadRequest, "%v", err)
	}
	limit = defaultPage
	if s := q.Get("after"); s != "" {
		if after, err = strconv.ParseInt(s, 10, 64); err != nil || after < 0 {
			return nil, 0, 0, gateway.Invalidf("after is %.40q, not the number of a line", s)
		}
	}
	if s := q.Get("limit"); s != "" {
		if limit, err = strconv.Atoi(s); err != nil || limit < 1 {
			return nil, 0, 0, gateway.Invalidf("limit is from 1 to %d", gateway.MaxPage)
		}
	}
	return q, after, limit, nil
}

// idOf reads the number in a path.
func idOf(r *http.Request) (int64, error) {
	raw := mux.Vars(r)["id"]
	id, err := strconv.ParseInt(raw, 10, 64)
	if err != nil || id < 1 {
		return 0, refuse(http.StatusNotFound, "%.40q is not the number of a payment or webhook; write a whole number such as 376677660375419", raw)
	}
	return id, nil
}

// next is what to say for after to see the lines that follow, 0 when there are none.
func next[T any](list []T, limit int, id func(T) int64) int64 {
	if len(list) < limit {
		return 0
	}
	return id(list[len(list)-1])
}

// listPayments is GET /payments, with partner, state, after and limit.
func (a *api) listPayments(r *http.Request) (response, error) {
	q, after, limit, err := pageOf(r)
	if err != nil {
		return response{}, err
	}
	found, err := a.Records.Payments(r.Context(), gateway.PaymentFilter{
		Partner: q.Get("partner"), State: gateway.State(q.Get("state")), After: after, Limit: limit,
	})
	if err != nil {
		return response{}, err
	}
	if err := a.checkPartner(r, q.Get("partner"), len(found)); err != nil {
		return response{}, err
	}
	list := make([]payment, len(found))
	for i, p := range found {
		list[i] = describePayment(p, p.Phone.String())
	}
	return ok(struct {
		Payments []payment `json:"payments"`
		Next     int64     `json:"next"`
	}{list, next(list, limit, func(p payment) int64 { return p.ID })})
}

// paymentOf reads the payment in a path: its number, or its reference at M-PESA when its
// partner gave none.
func paymentOf(r *http.Request) (int64, error) {
	if id, found := gateway.PaymentOfReference(mux.Vars(r)["id"]); found {
		return id, nil
	}
	return idOf(r)
}

// showPayment is GET /payments/{id}; the id may be the payment's reference at M-PESA when
// its partner gave none. The phone is shown, since one payment is asked for.
func (a *api) showPayment(r *http.Request) (response, error) {
	id, err := paymentOf(r)
	if err != nil {
		return response{}, err
	}
	f, err := a.Records.Payment(r.Context(), id)
	if err != nil {
		return response{}, err
	}
	pushes := make([]push, len(f.Pushes))
	for i, p := range f.Pushes {
		pushes[i] = push{p.Number, p.State, p.MerchantRequestID, p.CheckoutRequestID, p.Detail, when(p.CreatedAt)}
	}
	callbacks := make([]callback, len(f.Callbacks))
	for i, c := range f.Callbacks {
		callbacks[i] = callback{c.ID, c.Remote, c.Verdict, c.Size, when(c.ReceivedAt)}
	}
	return ok(struct {
		payment
		Kind       gateway.ReviewKind `json:"kind"`              // of an open review, or empty
		Sent       string             `json:"account_reference"` // the reference as it goes to M-PESA
		DueAt      *time.Time         `json:"due_at"`
		Checks     int                `json:"checks"`
		Pushes     []push             `json:"pushes"`
		Callbacks  []callback         `json:"callbacks"`       // the newest
		All        int                `json:"callbacks_total"` // how many there are
		Deliveries []delivery         `json:"deliveries"`

		Resolutions []gateway.ResolutionNote `json:"resolutions"`
	}{
		describePayment(f.Payment, f.Payment.Phone.Digits()), kindOf(f.Payment), f.Reference, when(f.Payment.DueAt), f.Payment.Checks,
		pushes, callbacks, f.AllCallbacks, describeDeliveries(f.Deliveries), append([]gateway.ResolutionNote{}, f.Resolutions...),
	})
}

// listDeliveries is GET /deliveries, with partner, state, after and limit.
func (a *api) listDeliveries(r *http.Request) (response, error) {
	q, after, limit, err := pageOf(r)
	if err != nil {
		return response{}, err
	}
	found, err := a.Records.Deliveries(r.Context(), gateway.DeliveryFilter{
		Partner: q.Get("partner"), State: gateway.DeliveryState(q.Get("state")), After: after, Limit: limit,
	})
	if err != nil {
		return response{}, err
	}
	if err := a.checkPartner(r, q.Get("partner"), len(found)); err != nil {
		return response{}, err
	}
	list := describeDeliveries(found)
	return ok(struct {
		Deliveries []delivery `json:"deliveries"`
		Next       int64      `json:"next"`
	}{list, next(list, limit, func(d delivery) int64 { return d.ID })})
}

// showDelivery is GET /deliveries/{id}.
func (a *api) showDelivery(r *http.Request) (response, error) {
	id, err := idOf(r)
	if err != nil {
		return response{}, err
	}
	return a.deliveryFile(r, id)
}

func (a *api) deliveryFile(r *http.Request, id int64) (response, error) {
	f, err := a.Records.Delivery(r.Context(), id)
	if err != nil {
		return response{}, err
	}
	tried := make([]attempt, len(f.Attempts))
	for i, t := range f.Attempts {
		tried[i] = attempt{t.Number, when(t.At), t.Took.String(), t.Status, t.Detail, t.Reply}
	}
	return ok(struct {
		delivery
		Total int       `json:"attempts_total"`
		Tried []attempt `json:"tried"` // the newest hundred
	}{describeDelivery(f.Delivery), f.Delivery.Attempts, tried})
}

// resendDelivery is POST /deliveries/{id}/resend.
func (a *api) resendDelivery(r *http.Request) (response, error) {
	id, err := idOf(r)
	if err != nil {
		return response{}, err
	}
	if a.Resender == nil {
		return response{}, refuse(http.StatusNotImplemented, "this gateway cannot send a webhook again")
	}
	if _, err := a.Resender.Resend(r.Context(), "", id); err != nil {
		return response{}, err
	}
	return a.deliveryFile(r, id)
}
