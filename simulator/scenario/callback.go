package scenario

import (
	"slices"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// callbackPlan is `callback`: what is the same for every request, and what is drawn.
type callbackPlan struct {
	simulator.CallbackPlan
	delay, gap, slowBody *wait
}

// draw is the callback of one request.
func (p *callbackPlan) draw(c chance) simulator.CallbackPlan {
	if p == nil {
		return simulator.CallbackPlan{}
	}
	out := p.CallbackPlan
	out.Delay, out.Gap, out.SlowBody = p.delay.draw(c, drawDelay), p.gap.draw(c, drawGap), p.slowBody.draw(c, drawCallbackBody)
	return out
}

// needsReceipt are the keys that only the callback of a paid result has a field for, as
// far as they are there.
func (p *callbackPlan) needsReceipt(faults []simulator.Fault) []string {
	return faultNames(slices.DeleteFunc(faults, func(f simulator.Fault) bool { return !f.Paid || !p.Faults.Has(f.Name) }))
}

func faultNames(faults []simulator.Fault) []string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Name)
	}
	return all
}

// faultField is the key of a product's fault.
func faultField(f simulator.Fault) field[callbackPlan] {
	set := func(p *callbackPlan, v string) {
		if p.Faults == nil {
			p.Faults = make(simulator.Faults)
		}
		p.Faults[f.Name] = v
	}
	key, example := field[callbackPlan]{}, f.Example
	switch f.Takes {
	case simulator.TakesMoney:
		key = value(f.Name, moneyForm(), func(p *callbackPlan, m daraja.Money) { set(p, m.String()) })
	case simulator.TakesPhone:
		key = value(f.Name, phoneForm(), func(p *callbackPlan, m daraja.MSISDN) { set(p, m.Digits()) })
	case simulator.TakesWord:
		key, example = value(f.Name, wordsForm(f.Word), set), f.Word
	case simulator.TakesSwitch:
		key, example = value(f.Name, switchForm(), func(p *callbackPlan, is bool) {
			if is {
				set(p, "true")
			}
		}), "true"
	}
	return key.described(f.Doc, f.Name+": "+example)
}

func callbackTable(faults []simulator.Fault) keyTable[callbackPlan] {
	type plan = callbackPlan
	content := faultNames(faults)
	var ofProducts []field[plan]
	for _, f := range faults {
		ofProducts = append(ofProducts, faultField(f))
	}
	t := keyTable[plan]{
		name: "callback", owner: "callback", notEmpty: true,
		fields: slices.Concat([]field[plan]{
			value("delay", waitForm(), func(p *plan, w wait) { p.delay = &w }),
			value("copies", countForm(maxCopies), func(p *plan, n int) { p.Copies = n }),
			value("gap", waitForm(), func(p *plan, w wait) { p.gap = &w }),
			value("drop", switchForm(), func(p *plan, b bool) { p.Drop = b }),
			value("reorder", countForm(maxReorder), func(p *plan, n int) { p.Reorder = n }),
			value("before_ack", switchForm(), func(p *plan, b bool) { p.BeforeAck = b }),
		}, ofProducts, []field[plan]{
			value("malformed", switchForm(), func(p *plan, b bool) { p.Malformed = b }),
			value("raw", rawCallbackTable().form(), func(p *plan, raw simulator.RawCallback) { p.Raw = &raw }),
			value("reset", switchForm(), func(p *plan, b bool) { p.Reset = b }),
			value("slow_body", waitForm(), func(p *plan, w wait) { p.slowBody = &w }),
		}),
	}
	others := slices.DeleteFunc(t.keys(), func(key string) bool { return key == "drop" })
	t.clashes = []clash{
		{key: "drop", is: "true", with: others, why: "a callback that is never sent has no {}"},
		{key: "before_ack", is: "true", with: []string{"delay", "reorder"}, why: "a callback that comes first waits for nothing"},
		{key: "malformed", is: "true", with: content, why: "a body that is not JSON has no {}"},
		{key: "malformed", is: "true", with: []string{"raw"}, why: "a raw body is sent as it is written"},
		{key: "reset", is: "true", with: content, why: "a body that never arrives whole has no {}"},
		{key: "reset", is: "true", with: []string{"malformed"}, why: "a body that never arrives whole is no JSON anyway"},
	}
	return t
}
