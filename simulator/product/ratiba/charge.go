package ratiba

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// jobCharge pays a standing order on one of its dates.
const jobCharge = "charge"

// chargeDue is a date of an order. It does not change.
type chargeDue struct {
	order
	number int // of the date, from 0
}

// schedule schedules the payment of the first date from number n on that is not past, at the
// midnight with which it begins, or at once when that is today. An order without such a date
// ends.
func schedule(l *simulator.Locked, o order, n int) {
	for day := today(l); o.dateOf(n).Before(day); n++ {
		if !o.has(n + 1) {
			delete(stateOf(l).orders, o.orderKey)
			return
		}
	}
	l.Schedule(name, jobCharge, o.id, max(0, o.dateOf(n).Sub(l.Now())), chargeDue{o, n})
}

// today is the midnight with which the day began.
func today(l *simulator.Locked) time.Time {
	year, month, day := l.Now().In(daraja.EAT()).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, daraja.EAT())
}

// charge pays a date of an order that was not cancelled, and schedules the next one. A payment
// that the wallet cannot make is left out; the customer gets an SMS. So is a date that is past
// by now, such as after the restore of an older world.
func charge(l *simulator.Locked, due simulator.Due) {
	d, _ := due.Data.(chargeDue)
	orders := stateOf(l).orders
	if orders[d.orderKey].id != d.id {
		return
	}
	if d.dateOf(d.number).Before(today(l)) {
		schedule(l, d.order, d.number)
		return
	}
	t := l.Payment(d.phone, d.shortcode, d.amount)
	t.API, t.Reference, t.ID, t.RequestID = API, d.reference, d.id, d.requestID
	_, _ = l.Pay(t)
	if !d.has(d.number + 1) {
		delete(orders, d.orderKey)
		return
	}
	schedule(l, d.order, d.number+1)
}

func actions() []simulator.Action {
	phone := simulator.Field{Name: "phone", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The customer."}
	return []simulator.Action{
		{
			Name: "orders", Doc: "lists the standing orders of a customer that have dates to come",
			Fields: []simulator.Field{phone},
			Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
				return list(l, daraja.MSISDN(v["phone"])), nil
			},
		},
		{
			Name: "cancel", Doc: "cancels a standing order of the customer",
			Fields: []simulator.Field{phone, {Name: "name", Check: simulator.Required, Doc: "The StandingOrderName."}},
			Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
				key, orders := orderKey{daraja.MSISDN(v["phone"]), string(v["name"])}, stateOf(l).orders
				if orders[key].id == "" {
					return nil, errors.New("the customer has no standing order of this name")
				}
				delete(orders, key)
				return map[string]string{"cancelled": key.name}, nil
			},
		},
	}
}

// listed is a standing order as the action shows it.
type listed struct {
	Name      string `json:"name"`
	Shortcode string `json:"shortcode"`
	Amount    string `json:"amount"`
	Reference string `json:"reference"`
	Next      string `json:"next"` // the next date
	End       string `json:"end"`
}

// list are the orders of a customer, by name.
func list(l *simulator.Locked, m daraja.MSISDN) []listed {
	byName := func(a, b orderKey) int { return strings.Compare(a.name, b.name) }
	all := []listed{}
	orders := stateOf(l).orders
	for _, key := range slices.SortedFunc(maps.Keys(orders), byName) {
		if o := orders[key]; key.phone == m {
			all = append(all, listed{
				o.name, o.shortcode, o.amount.String(), o.reference, o.next(l.Now()).Format(time.DateOnly), o.end.Format(time.DateOnly),
			})
		}
	}
	return all
}

// next is the first date that is not past; the last date of an order that is.
func (o order) next(now time.Time) time.Time {
	n := 0
	for o.has(n+1) && o.dateOf(n).Before(now) {
		n++
	}
	return o.dateOf(n)
}
