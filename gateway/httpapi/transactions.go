package httpapi

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/gateway"
)

// transaction is what the webhook tells, as it stands now, and what only the
// partner's own look-up shows.
type transaction struct {
	gateway.Report
	Reference    string  `json:"reference"`
	Support      bool    `json:"support"`           // Safaricom has to be talked to
	ReviewReason *string `json:"review_reason"`     // why a person must look, or null
	Message      string  `json:"message,omitempty"` // what the status does not say
	CreatedAt    string  `json:"created_at"`        // UTC

	Webhook *webhook `json:"webhook"` // the latest that tells of it, or null
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
	t := transaction{
		Report:    gateway.NewReport(p),
		Reference: p.Reference,
		Support:   p.Support,
		Message:   p.Message(),
		CreatedAt: p.CreatedAt.UTC().Format(time.RFC3339),
	}
	t.Webhook = latest(told)
	if p.ReviewReason != "" {
		t.ReviewReason = &p.ReviewReason
	}
	return ok(t), nil
}
