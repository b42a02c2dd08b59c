package simulator

import "github.com/darajabox/darajabox/daraja"

// Query says what became of a prompt (reference: STK query). It agrees with the
// callback, whether that was delivered or not. The error is a *daraja.Error; a
// prompt that is still open answers in the form that pending_query sets.
func (w *World) Query(q daraja.STKQuery) (daraja.STKQueryResult, error) {
	if err := checkQuery(q); err != nil {
		return daraja.STKQueryResult{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.merchant(string(q.BusinessShortCode), string(q.Password), string(q.Timestamp)); err != nil {
		return daraja.STKQueryResult{}, err
	}
	p := w.prompts.get(string(q.CheckoutRequestID))
	if p == nil || p.shortcode != string(q.BusinessShortCode) {
		return daraja.STKQueryResult{}, daraja.ErrNoTransaction().Because("shortcode %s has made no prompt %s", q.BusinessShortCode, q.CheckoutRequestID)
	}
	if !p.done && w.opt.pendingAs500 {
		return daraja.STKQueryResult{}, daraja.ErrProcessing().Because("the prompt is open since %s", p.openedAt.In(daraja.EAT()).Format("15:04:05"))
	}
	return w.queryResult(p), nil
}

func (w *World) queryResult(p *prompt) daraja.STKQueryResult {
	code, desc := p.result, p.desc
	if !p.done {
		code = daraja.ResultProcessing
		pending, _ := daraja.LookupResult(code)
		desc = pending.Text
	}
	if known, _ := daraja.LookupResult(code); known.OnQuery != "" && w.opt.dialect == daraja.DialectDaraja {
		desc = known.OnQuery
	}
	return daraja.NewSTKQueryResult(p.merchantID, p.checkoutID, code, desc, w.opt.typo)
}
