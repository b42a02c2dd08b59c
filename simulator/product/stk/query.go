package stk

import (
	"fmt"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// checkCheckoutRequestID takes ws_CO_ and digits.
func checkCheckoutRequestID(name string, v daraja.Text) string {
	if !daraja.ValidCheckoutRequestID(string(v)) {
		return fmt.Sprintf("%s is %.80q, it must be ws_CO_ and digits", name, string(v))
	}
	return ""
}

// answerQuery answers with the result of a prompt (reference: STK query). It agrees with the
// callback, whether that was delivered or not, unless what it says was decided, for the
// query itself or for the payment. A prompt that is still open answers in the form that
// pending_query sets.
func answerQuery(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	if _, err := checkMerchant(l, x); err != nil {
		return nil, err
	}
	p, known := l.PromptByID(x.Payment)
	if !known || p.Shortcode != x.Shortcode || p.API != APIPush {
		return nil, daraja.ErrNoTransaction().Because("shortcode %s has made no prompt %s", x.Shortcode, x.Payment)
	}
	if p.Open() && x.Outcome.Result == "" && x.Outcome.Query == nil {
		errors := map[string]daraja.Error{"500": daraja.ErrProcessing(), "200": daraja.ErrProcessingSilently()}
		if pending, refused := errors[l.Setting(SettingPendingQuery)]; refused {
			return nil, pending.Because("the prompt is open since %s", p.OpenedAt.In(daraja.EAT()).Format("15:04:05"))
		}
	}
	code, desc := result(l, x.Outcome, p)
	return daraja.NewSTKQueryResult(p.RequestID, p.ID, code, desc, l.IsOn(SettingQueryTypo)), nil
}

// result is what the query says: what was decided for it, or how the prompt stands.
func result(l *simulator.Locked, o simulator.Outcome, p simulator.PromptState) (code daraja.ResultCode, desc string) {
	code, desc = p.Result, p.Desc
	switch {
	case o.Query != nil:
		return o.Query.Result, o.Query.Desc
	case o.Result == "" && !p.Open() && p.Query != nil:
		return p.Query.Result, p.Query.Desc
	case o.Result != "":
		code, desc = o.Result, l.ResultText(APIPush, o.Result)
	case p.Open():
		code = daraja.ResultProcessing
	}
	known, _ := daraja.LookupResult(code)
	if code == daraja.ResultProcessing {
		desc = known.Text
	}
	if known.OnQuery != "" && l.Setting(SettingQueryDesc) == "timeout" && l.Setting(simulator.SettingDialect) == simulator.DialectDaraja {
		desc = known.OnQuery
	}
	if o.Desc != "" {
		desc = o.Desc
	}
	return code, desc
}
