package simulator

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Query says what became of a prompt (reference: STK query). It agrees with the
// callback, whether that was delivered or not, unless an outcome with a result was
// decided for the query itself. The error is a *daraja.Error; a prompt that is
// still open answers in the form that pending_query sets.
func (w *World) Query(c Call, in daraja.STKQuery) (daraja.STKQueryResult, Reply, error) {
	op := &queryCall{in: in, fault: checkQuery(in)}
	r := Request{API: APISTKQuery, Shortcode: string(in.BusinessShortCode), CheckoutRequestID: string(in.CheckoutRequestID)}
	lane := daraja.NewLane(string(APISTKQuery), r.CheckoutRequestID)
	if r.CheckoutRequestID == "" {
		lane = daraja.NewLane(string(APISTKQuery), c.Body)
	}
	return serve(w, c, r, lane, op)
}

// queryCall is the operation of Query.
type queryCall struct {
	withToken
	in     daraja.STKQuery
	fault  error // the first wrong field
	prompt *prompt
}

func (q *queryCall) check(w *World, o Outcome) error {
	if q.fault != nil {
		return q.fault
	}
	if _, err := w.merchant(string(q.in.BusinessShortCode), string(q.in.Password), string(q.in.Timestamp)); err != nil {
		return err
	}
	p, _ := w.prompts.get(string(q.in.CheckoutRequestID))
	if p == nil || p.shortcode != string(q.in.BusinessShortCode) {
		return daraja.ErrNoTransaction().Because("shortcode %s has made no prompt %s", q.in.BusinessShortCode, q.in.CheckoutRequestID)
	}
	if p.open != nil && o.Result == "" && w.opt.pendingAs500 {
		return daraja.ErrProcessing().Because("the prompt is open since %s", p.openedAt.In(daraja.EAT()).Format("15:04:05"))
	}
	q.prompt = p
	return nil
}

func (q *queryCall) carry(w *World, o Outcome, _ *Reply, _ time.Time) daraja.STKQueryResult {
	p := q.prompt
	code, desc := p.result, p.desc
	switch {
	case o.Result != "":
		known, _ := daraja.LookupResult(o.Result)
		code, desc = o.Result, known.Desc(w.opt.dialect)
	case p.open != nil:
		code = daraja.ResultProcessing
	}
	if code == daraja.ResultProcessing {
		pending, _ := daraja.LookupResult(code)
		desc = pending.Text
	}
	if known, _ := daraja.LookupResult(code); known.OnQuery != "" && w.opt.dialect == daraja.DialectDaraja {
		desc = known.OnQuery
	}
	if o.Desc != "" {
		desc = o.Desc
	}
	return daraja.NewSTKQueryResult(p.merchantID, p.checkoutID, code, desc, w.opt.typo)
}
