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

// transaction is what the webhook tells, as it stands now, and what only the
// partner's own look-up shows.
type transaction struct {
	gateway.Report
	Reference    string  `json:"reference"`
	Support      bool    `json:"support"`           // Safaricom has to be talked to
	ReviewReason *string `json:"review_reason"`     // why a person must look, or null
	ReviewSince  *string `json:"review_since"`      // since when it waits for a person, or null; UTC
	Message      string  `json:"message,omitempty"` // what the status does not say
	CreatedAt    string  `json:"created_at"`        // UTC

	Webhook *webhook `json:"webhook"` // the latest that tells of it, or null
}

func newTransaction(p *gateway.Payment, told []*gateway.Delivery) transaction {
	t := transaction{
		Report:    gateway.NewReport(p),
		Reference: p.Reference,
		Support:   p.Support,
		Message:   p.Message(),
		CreatedAt: p.CreatedAt.UTC().Format(time.RFC3339),
		Webhook:   latest(p, told),
	}
	if why := p.WhyReview(); why != "" {
		t.ReviewReason = &why
	}
	if !p.ReviewAt.IsZero() {
		since := date(p.ReviewAt)
		t.ReviewSince = &since
	}
	return t
}

// transaction is GET /api/v1/transactions/{id}.
func (a *api) transaction(r *http.Request, partner gateway.Partner) (response, error) {
	raw := mux.Vars(r)["id"]
	id, err := strconv.ParseInt(raw, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != raw {
		return response{}, &gateway.Error{Code: gateway.CodeNotFound, Message: "this transaction is not known"}
	}
	p, err := a.Gateway.Transaction(r.Context(), partner, id)
	if err != nil {
		return response{}, err
	}
	entryOf(r).payment = p.ID
	told, err := a.Gateway.Webhooks(r.Context(), partner, id)
	if err != nil {
		return response{}, err
	}
	return ok(newTransaction(p, told)), nil
}

// transactions is GET /api/v1/transactions: a page of the partner's payments, the
// oldest first.
func (a *api) transactions(r *http.Request, partner gateway.Partner) (response, error) {
	q, err := strict.Query(r)
	if err != nil {
		return response{}, gateway.Invalidf("%v", err)
	}
	f, err := transactionFilter(q)
	if err != nil {
		return response{}, err
	}
	found, err := a.Gateway.Transactions(r.Context(), partner, f)
	if err != nil {
		return response{}, err
	}
	page := struct {
		Transactions []transaction `json:"transactions"`
		Next         *int64        `json:"next"` // for after=, or null on the last page
	}{Transactions: make([]transaction, len(found))}
	for i, t := range found {
		page.Transactions[i] = newTransaction(t.Payment, t.Webhooks)
	}
	if len(found) == f.Limit {
		page.Next = &found[len(found)-1].Payment.ID
	}
	return ok(page), nil
}

func transactionFilter(q url.Values) (f gateway.TransactionFilter, err error) {
	f.Status = gateway.Status(q.Get("status"))
	f.After, f.Limit, err = pageOf(q, "transaction")
	return f, err
}

// pageOf reads after and limit of a list.
func pageOf(q url.Values, what string) (after int64, limit int, err error) {
	limit = defaultPage
	if q.Has("after") {
		if after, err = strconv.ParseInt(q.Get("after"), 10, 64); err != nil || after < 0 {
			return 0, 0, gateway.Invalidf("after must be the id of a %s", what)
		}
	}
	if q.Has("limit") {
		if limit, err = strconv.Atoi(q.Get("limit")); err != nil || limit < 1 || limit > maxPage {
			return 0, 0, gateway.Invalidf("limit must be 1 to %d", maxPage)
		}
	}
	return after, limit, nil
}
