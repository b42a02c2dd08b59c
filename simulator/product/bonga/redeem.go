package bonga

import (
	"fmt"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

func redeemFields() []simulator.Field {
	return []simulator.Field{
		{Name: "msisdn", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The customer."},
		{Name: "amount", Key: simulator.AmountKey, Check: simulator.Amount, Doc: "What is paid, in whole shillings."},
		{Name: "bongaPoints", Check: points, Doc: "How many points pay a part of it, or all."},
		{Name: "conversionRate", Check: conversionRate, Doc: "Shillings for a point: 0.2."},
		{Name: "shortCode", Key: simulator.ShortcodeKey, Check: simulator.Shortcode, Doc: "The paybill."},
		{Name: "accountNumber", Key: simulator.ReferenceKey, Check: simulator.Required, Doc: "The account."},
	}
}

func conversionRate(name string, v daraja.Text) string {
	if f, err := strconv.ParseFloat(string(v), 64); err != nil || f != float64(centsPerPoint)/float64(daraja.Shilling) {
		return fmt.Sprintf("%s is %.40q, it must be %s", name, string(v), rate)
	}
	return ""
}

// redeem asks a customer for a PIN (reference: Lipa na Bonga). Points of which it is not known
// whether they come back are not taken before: those of a refused call.
func redeem(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	org, known := l.Organisation(x.Shortcode)
	n, _ := strconv.Atoi(x.Text("bongaPoints")) // it was checked
	s := stateOf(l)
	switch {
	case !l.IsOn(SettingDeployed):
		return nil, daraja.ErrNotDeployed().Because("%s is off", SettingDeployed)
	case !known:
		return nil, daraja.ErrBonga(daraja.BongaFailed, "Request failed").Because("no organisation here has shortcode %s", x.Shortcode)
	case s.of(x.Phone) < n:
		return nil, daraja.ErrBonga(daraja.BongaFailed, "Request failed").Because("the customer has %d points, not %d; the action points of %s gives more", s.of(x.Phone), n, name)
	case worth(n) > x.Amount:
		return nil, daraja.ErrBongaField("bongaPoints").Because("%d points are worth %s, more than the amount", n, worth(n).Grouped())
	case l.PromptOn(x.Phone) != "":
		return nil, daraja.ErrBonga(daraja.BongaPromptOpen, "Request failed").Because("the prompt %s is open on this phone", l.PromptOn(x.Phone))
	}
	h := header(l, x, "Operation Successfully.", "Dear customer, your request was processed successfully")
	s.points[x.Phone] = s.of(x.Phone) - n
	l.OpenPrompt(x, simulator.Prompt{
		API: APIRedeem, ID: h.RequestRefID, RequestID: h.RequestRefID, Phone: x.Phone, Amount: x.Amount, Shortcode: x.Shortcode, Reference: x.Reference, Data: n,
	}, simulator.Screen{
		Organisation: org.Name,
		Text:         fmt.Sprintf("Pay %s to %s, account %s, with %d Bonga points (%s)? Enter your PIN.", x.Amount.Grouped(), org.Name, x.Reference, n, worth(n).Grouped()),
	}, simulator.PromptResult{})
	return daraja.BongaAnswer{Header: h}, nil
}

// endPrompt pays when the customer agreed: what the points are worth enters the wallet, which
// pays all. The points come back when nothing is paid.
func endPrompt(l *simulator.Locked, p simulator.PromptState, r simulator.PromptResult, forced bool) (simulator.PromptResult, string) {
	n, _ := p.Data.(int)
	if r.Result == daraja.ResultSuccess {
		t := l.Payment(p.Phone, p.Shortcode, p.Amount)
		t.API, t.ID, t.RequestID, t.Reference, t.Forced, t.Entering = APIRedeem, p.ID, p.RequestID, p.Reference, forced, worth(n)
		made, refused := l.Transfer(t)
		if refused == nil {
			return r, made.Receipt
		}
		r = simulator.PromptResult{Result: refused.ResultCode(), Why: refused.Error()}
	}
	s := stateOf(l)
	s.points[p.Phone] = s.of(p.Phone) + n
	return r, ""
}
