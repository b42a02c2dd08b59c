package bundles

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// Bounds of what is remembered; the oldest purchases go.
const (
	maxSales  = 10_000
	maxTopped = 10_000
)

// firstAirtime is what every number begins with.
const firstAirtime = 1000 * daraja.Shilling

// state is the airtime that is not the first, and the purchases.
type state struct {
	airtime map[daraja.MSISDN]daraja.Money
	sales   []sale // oldest first
}

// sale is a purchase. It does not change.
type sale struct {
	transactionID, requestID string
	phone                    daraja.MSISDN
	offering                 int
	at                       time.Time
}

func newState() simulator.State { return &state{airtime: make(map[daraja.MSISDN]daraja.Money)} }

// Clone implements simulator.State.
func (s *state) Clone() simulator.State {
	return &state{airtime: maps.Clone(s.airtime), sales: slices.Clone(s.sales)}
}

func stateOf(l *simulator.Locked) *state {
	s, _ := l.StateOf(name).(*state)
	return s
}

func (s *state) airtimeOf(phone daraja.MSISDN) daraja.Money {
	if held, known := s.airtime[phone]; known {
		return held
	}
	return firstAirtime
}

// find is the purchase with an id, or nil.
func (s *state) find(transactionID string) *sale {
	i := slices.IndexFunc(s.sales, func(one sale) bool { return one.transactionID == transactionID })
	if i < 0 {
		return nil
	}
	return &s.sales[i]
}

// full is why a number's airtime cannot change, or "".
func (s *state) full(phone daraja.MSISDN) string {
	if _, known := s.airtime[phone]; known || len(s.airtime) < maxTopped {
		return ""
	}
	return fmt.Sprintf("%d numbers have bought or used airtime; reset the world first", maxTopped)
}

// sell takes the airtime for an offer and keeps the purchase.
func (s *state) sell(x *simulator.Exchange, o offer, requestID string) {
	if len(s.sales) >= maxSales {
		s.sales = slices.Delete(s.sales, 0, 1)
	}
	s.airtime[x.Phone] = s.airtimeOf(x.Phone) - o.price
	s.sales = append(s.sales, sale{x.Text("transactionId"), requestID, x.Phone, o.id, x.Now})
}

// has reports whether a number has a bundle that is still valid.
func (s *state) has(phone daraja.MSISDN, o offer, now time.Time) bool {
	return slices.ContainsFunc(s.sales, func(one sale) bool {
		return one.phone == phone && one.offering == o.id && now.Before(one.at.AddDate(0, 0, o.days))
	})
}

// milliseconds is a time in Nairobi as a purchase has it: yyyyMMddHHmmssSSS.
func milliseconds(t time.Time) string {
	return strings.Replace(t.In(daraja.EAT()).Format("20060102150405.000"), ".", "", 1)
}

// topUpAction is a customer who buys airtime.
func topUpAction() simulator.Action {
	return simulator.Action{
		Name: "topup", Doc: "adds airtime to a number; each begins with KES 1,000",
		Fields: []simulator.Field{phoneField("phone"), {Name: "amount", Key: simulator.AmountKey, Check: simulator.Amount, Doc: "Whole shillings."}},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			amount, err := daraja.ParseMoney(string(v["amount"]))
			if err != nil {
				return nil, err
			}
			phone, err := daraja.NormaliseMSISDN(string(v["phone"]))
			if err != nil {
				return nil, err
			}
			s := stateOf(l)
			if why := s.full(phone); why != "" {
				return nil, errors.New(why)
			}
			s.airtime[phone] = s.airtimeOf(phone) + amount
			return map[string]string{"airtime": s.airtime[phone].String()}, nil
		},
	}
}
