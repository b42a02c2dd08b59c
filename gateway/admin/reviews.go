package admin

import (
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/adminapi"
)

// listReviews is GET /reviews, with partner, kind, after and limit.
func (a *api) listReviews(r *http.Request) (response, error) {
	q, after, limit, err := pageOf(r)
	if err != nil {
		return response{}, err
	}
	found, err := a.Records.Reviews(r.Context(), gateway.ReviewFilter{
		Partner: q.Get("partner"), Kind: gateway.ReviewKind(q.Get("kind")), After: after, Limit: limit,
	})
	if err != nil {
		return response{}, err
	}
	if err := a.checkPartner(r, q.Get("partner"), len(found)); err != nil {
		return response{}, err
	}
	summaries, err := a.Records.OpenReviews(r.Context())
	if err != nil {
		return response{}, err
	}
	list := make([]adminapi.Review, len(found))
	for i, f := range found {
		p := f.Payment
		list[i] = adminapi.Review{Payment: describePayment(p, p.Phone.String()), Kind: p.State.ReviewKind(), Mark: f.Mark}
	}
	open := make([]adminapi.OpenReviews, len(summaries))
	for i, s := range summaries {
		open[i] = adminapi.OpenReviews{Kind: s.Kind, Open: s.Open, Oldest: when(s.Oldest)}
	}
	return ok(adminapi.Reviews{Reviews: list, Next: next(list, limit, func(r adminapi.Review) int64 { return r.ID }), Open: open})
}

// kindOf is the kind of p's open review, "" when there is none.
func kindOf(p *gateway.Payment) gateway.ReviewKind {
	if p.ReviewAt.IsZero() {
		return ""
	}
	return p.State.ReviewKind()
}

// checkPartner refuses a name that no partner has, where a list of it is empty. "" is
// every partner.
func (a *api) checkPartner(r *http.Request, name string, found int) error {
	if name == "" || found > 0 {
		return nil
	}
	known, err := a.Accounts.Partners(r.Context())
	if err != nil || slices.ContainsFunc(known, func(p gateway.KnownPartner) bool { return p.Name == name }) {
		return err
	}
	return refuse(http.StatusNotFound, "there is no partner %.64q", name)
}

// resolveReview is POST /reviews/{id}/resolve; the id may be the reference, too.
func (a *api) resolveReview(r *http.Request) (response, error) {
	id, err := paymentOf(r)
	if err != nil {
		return response{}, err
	}
	var ask struct {
		As      gateway.Decision `json:"as"`
		Seen    string           `json:"seen"`
		Receipt string           `json:"receipt"`
		Note    string           `json:"note"`
		By      string           `json:"by"`
	}
	if err := a.decodeDecision(r, &ask); err != nil {
		return response{}, err
	}
	p, err := a.Resolver.ResolveReview(r.Context(), id, gateway.Resolution{As: ask.As, Seen: ask.Seen, Receipt: ask.Receipt, Note: ask.Note, By: ask.By})
	if err != nil {
		return response{}, err
	}
	return ok(describePayment(p, p.Phone.String()))
}

// decodeDecision reads a person's decision, where there is something that takes it.
func (a *api) decodeDecision(r *http.Request, into any) error {
	if err := decode(r, into); err != nil {
		return err
	}
	if a.Resolver == nil {
		return refuse(http.StatusNotImplemented, "this gateway cannot take a person's decision")
	}
	return nil
}

func describeResult(d gateway.Declaration) adminapi.Result {
	return adminapi.Result{Code: string(d.Code), Outcome: d.Outcome, Note: d.Note, By: d.By, At: when(d.At)}
}

// listResults is GET /results.
func (a *api) listResults(r *http.Request) (response, error) {
	all, err := a.Records.Declarations(r.Context())
	if err != nil {
		return response{}, err
	}
	list := make([]adminapi.Result, len(all))
	for i, d := range all {
		list[i] = describeResult(d)
	}
	return ok(adminapi.Results{Results: list})
}

// declareResult is POST /results. A call settles a bounded number of payments; next,
// where it is not 0, is what to say for after in the next one.
func (a *api) declareResult(r *http.Request) (response, error) {
	var ask struct {
		Code    string                  `json:"code"`
		Outcome gateway.DeclaredOutcome `json:"outcome"`
		Note    string                  `json:"note"`
		By      string                  `json:"by"`
		After   int64                   `json:"after"`
	}
	if err := a.decodeDecision(r, &ask); err != nil {
		return response{}, err
	}
	done, err := a.Resolver.DeclareResult(r.Context(), gateway.Declaration{
		Code: daraja.ResultCode(ask.Code), Outcome: ask.Outcome, Note: ask.Note, By: ask.By,
	}, ask.After)
	if err != nil {
		return response{}, err
	}
	return ok(adminapi.Declared{Result: describeResult(done.Declaration), Settled: done.Settled, Kept: done.Kept, Next: done.Next})
}

// forgetResult is POST /results/{code}/forget.
func (a *api) forgetResult(r *http.Request) (response, error) {
	var ask struct {
		Note string `json:"note"`
		By   string `json:"by"`
	}
	if err := a.decodeDecision(r, &ask); err != nil {
		return response{}, err
	}
	code := daraja.ResultCode(mux.Vars(r)["code"])
	if err := a.Resolver.ForgetResult(r.Context(), code, ask.Note, ask.By); err != nil {
		return response{}, err
	}
	return ok(struct {
		Forgotten string `json:"forgotten"`
	}{string(code)})
}
