package ratiba

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// resultAfter lets the acknowledgement come before the result of a request that brings no
// prompt.
const resultAfter = time.Second

// maxOrders bounds the orders of a world, maxYears how far ahead their dates are.
const (
	maxOrders = 10_000
	maxYears  = 100
)

// order is a standing order. It does not change.
type order struct {
	orderKey
	id        string // of the acknowledgement
	custom    string // the partner's id, or ""
	requestID string
	shortcode string // of the organisation; a till has its store's
	amount    daraja.Money
	reference string
	start     time.Time // the midnight with which the first day begins
	end       time.Time // and the last day
	every     interval
}

// interval is the time from one date of an order to the next; zero for an order that is paid
// once.
type interval struct{ days, months int }

// intervalOf is the interval of a Frequency, by the setting; false for one that it does not have.
func intervalOf(frequency, setting string) (interval, bool) {
	all := []interval{{}, {days: 1}, {days: 7}, {months: 1}, {months: 2}, {months: 3}, {months: 6}, {months: 12}}
	if setting == "1-9" {
		all = slices.Insert(all, 3, interval{days: 14})
	}
	i := int(frequency[0] - '1') // the field's check takes one digit from 1
	if i >= len(all) {
		return interval{}, false
	}
	return all[i], true
}

// dateOf is the date with a number, from 0. One that its month does not have is the last day
// of the month.
func (o order) dateOf(n int) time.Time {
	year, month, day := o.start.Date()
	month += time.Month(n * o.every.months)
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, o.start.Location()).Day()
	return time.Date(year, month, min(day, last)+n*o.every.days, 0, 0, 0, 0, o.start.Location())
}

// has reports whether there is a date with a number.
func (o order) has(n int) bool {
	return n == 0 || o.every != interval{} && !o.dateOf(n).After(o.end)
}

// execute asks the customer for consent to a standing order (reference: Ratiba).
func execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	shortcode := cmp.Or(l.Store(x.Shortcode), x.Shortcode)
	org, known := l.Organisation(shortcode)
	if !known {
		return nil, daraja.ErrRatibaShortcode().Because("no organisation here has shortcode %s", x.Shortcode)
	}
	setting := l.Setting(SettingFrequency)
	every, there := intervalOf(x.Text("Frequency"), setting)
	if !there {
		return nil, daraja.ErrRatibaField("Frequency").Because("Frequency is %s, and the setting %s is %s", x.Text("Frequency"), SettingFrequency, setting)
	}
	requestID := l.RequestID(x)
	o := order{
		orderKey: orderKey{x.Phone, x.Text("StandingOrderName")}, id: uuid(requestID), custom: x.Text("CustomStoId"), requestID: requestID,
		shortcode: shortcode, amount: x.Amount, reference: x.Reference, every: every,
	}
	o.start, _ = daraja.ParseRatibaDate(x.Text("StartDate")) // the field's check has read both
	o.end, _ = daraja.ParseRatibaDate(x.Text("EndDate"))
	p := simulator.Prompt{
		API: API, ID: o.id, RequestID: requestID, Phone: x.Phone, Amount: x.Amount,
		Shortcode: x.Shortcode, Reference: x.Reference, CallbackURL: x.Text("CallBackURL"), Data: o,
	}
	if failure := noPrompt(l, o); failure.Result != "" {
		l.FailPrompt(x, p, failure, resultAfter)
	} else {
		l.OpenPrompt(x, p, simulator.Screen{Organisation: org.Name, Text: promptText(o, org.Name)}, simulator.PromptResult{})
	}
	return daraja.NewRatibaAck(o.id), nil
}

// uuid makes a UUID of another id.
func uuid(id string) string {
	b := sha256.Sum256([]byte(id))
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// noPrompt is the result of a request that brings no prompt; zero for another.
func noPrompt(l *simulator.Locked, o order) simulator.PromptResult {
	if wrong := noOrder(l, o); wrong.Result != "" {
		return wrong
	}
	if open := l.PromptOn(o.phone); open != "" {
		return simulator.PromptResult{Result: resultBusy, Why: fmt.Sprintf("prompt %s is still open on %s", open, o.phone.Masked())}
	}
	return simulator.PromptResult{}
}

// noOrder is the result of an order that cannot be made; zero for another.
func noOrder(l *simulator.Locked, o order) simulator.PromptResult {
	bad := func(why string) simulator.PromptResult { return simulator.PromptResult{Result: resultBad, Why: why} }
	switch orders := stateOf(l).orders; {
	case o.end.Before(o.start):
		return bad("EndDate is before StartDate")
	case o.start.Before(today(l)):
		return bad("StartDate is in the past")
	case o.end.After(today(l).AddDate(maxYears, 0, 0)):
		return bad(fmt.Sprintf("EndDate is more than %d years ahead", maxYears))
	case orders[o.orderKey].id != "":
		return simulator.PromptResult{Result: resultDuplicate, Why: "the customer has a standing order of this name"}
	case len(orders) >= maxOrders:
		return bad(fmt.Sprintf("there are %d standing orders; the simulator keeps no more", maxOrders))
	}
	return simulator.PromptResult{}
}

// promptText is what the handset shows.
func promptText(o order, organisation string) string {
	return fmt.Sprintf("Do you want to pay Ksh. %s to %s Account no. %s from %s to %s as the standing order %.40s? Enter M-PESA PIN:",
		o.amount, organisation, o.reference, o.start.Format("2/1/06"), o.end.Format("2/1/06"), o.name)
}

// endPrompt makes the order when the customer has agreed and it can still be made. Its
// TransactionID is a receipt of no payment. A success that was decided of an order that cannot
// be made is only said.
func endPrompt(l *simulator.Locked, p simulator.PromptState, r simulator.PromptResult, forced bool) (simulator.PromptResult, string) {
	if r.Result != daraja.ResultSuccess {
		return simulator.PromptResult{Result: r.Result, Why: r.Why}, "" // every failure has the same text
	}
	o, _ := p.Data.(order)
	switch wrong := noOrder(l, o); {
	case wrong.Result != "" && forced:
		r.Why = wrong.Why + "; the success was decided and makes no order"
		return r, l.NewReceipt(o.phone)
	case wrong.Result != "":
		return wrong, ""
	}
	stateOf(l).orders[o.orderKey] = o
	schedule(l, o, 0)
	return r, l.NewReceipt(o.phone)
}
