package admin

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/adminapi"
	"github.com/darajabox/darajabox/internal/strict"
)

func describePayment(p *gateway.Payment, phone string) adminapi.Payment {
	var code *daraja.ResultCode
	if p.ResultCode != "" {
		code = &p.ResultCode
	}
	return adminapi.Payment{
		ID: p.ID, Partner: p.Partner, State: p.State, Amount: p.Amount.Shillings(), Phone: phone, Reference: p.Reference,
		Receipt: p.Receipt, ResultCode: code, ResultDesc: p.ResultDesc, Support: p.Support, ReviewReason: p.WhyReview(), ReviewSince: when(p.ReviewAt),
		CreatedAt: when(p.CreatedAt), UpdatedAt: when(p.UpdatedAt),
	}
}

func describeDelivery(d *gateway.Delivery) adminapi.Delivery {
	return adminapi.Delivery{
		ID: d.ID, PaymentID: d.PaymentID, Partner: d.Partner, URL: d.URL, State: d.State, Attempts: d.Attempts, Resends: d.Resends,
		Reason: d.Reason, DueAt: when(d.DueAt), CreatedAt: when(d.CreatedAt), UpdatedAt: when(d.UpdatedAt),
	}
}

func describeDeliveries(ds []*gateway.Delivery) []adminapi.Delivery {
	list := make([]adminapi.Delivery, len(ds))
	for i, d := range ds {
		list[i] = describeDelivery(d)
	}
	return list
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
	list := make([]adminapi.Payment, len(found))
	for i, p := range found {
		list[i] = describePayment(p, p.Phone.String())
	}
	return ok(adminapi.Payments{Payments: list, Next: next(list, limit, func(p adminapi.Payment) int64 { return p.ID })})
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
	pushes := make([]adminapi.Push, len(f.Pushes))
	for i, p := range f.Pushes {
		pushes[i] = adminapi.Push{
			Number: p.Number, State: p.State, MerchantRequestID: p.MerchantRequestID, CheckoutRequestID: p.CheckoutRequestID,
			Detail: p.Detail, CreatedAt: when(p.CreatedAt),
		}
	}
	callbacks := make([]adminapi.Callback, len(f.Callbacks))
	for i, c := range f.Callbacks {
		callbacks[i] = adminapi.Callback{ID: c.ID, Remote: c.Remote, Verdict: c.Verdict, Bytes: c.Size, ReceivedAt: when(c.ReceivedAt)}
	}
	return ok(adminapi.PaymentDetail{
		Payment: describePayment(f.Payment, f.Payment.Phone.Digits()), Kind: kindOf(f.Payment), Mark: f.Mark, AccountReference: f.Reference,
		DueAt: when(f.Payment.DueAt), Checks: f.Payment.Checks, Pushes: pushes, Callbacks: callbacks, CallbacksTotal: f.AllCallbacks,
		Deliveries: describeDeliveries(f.Deliveries), Resolutions: append([]adminapi.Resolution{}, f.Resolutions...),
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
	return ok(adminapi.Deliveries{Deliveries: list, Next: next(list, limit, func(d adminapi.Delivery) int64 { return d.ID })})
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
	tried := make([]adminapi.Attempt, len(f.Attempts))
	for i, t := range f.Attempts {
		tried[i] = adminapi.Attempt{Number: t.Number, At: when(t.At), Took: t.Took.String(), Status: t.Status, Detail: t.Detail, Reply: t.Reply}
	}
	return ok(adminapi.DeliveryDetail{Delivery: describeDelivery(f.Delivery), AttemptsTotal: f.Delivery.Attempts, Tried: tried})
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
