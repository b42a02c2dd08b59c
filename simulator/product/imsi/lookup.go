package imsi

import (
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// Forms of dates on the wire.
const (
	day    = "02-01-2006"
	minute = "02-01-2006 15:04"
)

// answerFunc answers a look-up that succeeds.
type answerFunc func(l *simulator.Locked, x *simulator.Exchange, code, text string) any

// execute answers with the result that was decided, or else with what the network knows
// (reference: SIM Swap, IMSI, Age on Network).
func (answer answerFunc) execute(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	code := x.Result(resultFound)
	if x.Outcome.Result == "" && x.API == APIAge && l.Setting(SettingAge) == "not-found" {
		code = resultNotFound
	}
	text := l.AnswerText(x, code)
	if code == resultFound {
		return answer(l, x, string(code), text), nil
	}
	status, err := strconv.Atoi(string(code))
	if err != nil || status < 400 || status > 599 || code == resultNotFound {
		status = 400
	}
	why := "decided by " + x.Outcome.By
	if x.Outcome.Result == "" {
		why = "the setting " + SettingAge + " is not-found"
	}
	return nil, daraja.ErrLookup(status, string(code), text).Because("%s", why)
}

func answerSwap(l *simulator.Locked, x *simulator.Exchange, code, text string) any {
	last := daraja.SIMSwapLongAgo
	if at := simOf(l, x.Phone).swapped; at.AddDate(0, 3, 0).After(x.Now) {
		last = at.In(daraja.EAT()).Format(minute)
	}
	return daraja.SIMSwapAnswer{RequestRefID: l.RequestID(x), ResponseCode: code, ResponseDesc: text, LastSwapDate: last}
}

func answerIMSI(l *simulator.Locked, x *simulator.Exchange, code, text string) any {
	s := simOf(l, x.Phone)
	return daraja.IMSIAnswer{
		RequestRefID: l.RequestID(x), ResponseCode: code, ResponseDesc: text, IMSI: s.imsi,
		LastSwapDate: s.swapped.In(daraja.EAT()).Format(day), MSISDNRegistrationDate: s.registered.In(daraja.EAT()).Format(day), CustomerNumber: x.Text("customerNumber"),
	}
}

func answerAge(l *simulator.Locked, x *simulator.Exchange, code, text string) any {
	return daraja.AgeOnNetworkAnswer{
		RequestRefID: l.RequestID(x), ResponseCode: code, ResponseDesc: text,
		MSISDNRegistrationDate: simOf(l, x.Phone).registered.In(daraja.EAT()).Format(day), CustomerNumber: x.Text("customerNumber"),
	}
}

// sim is what the network knows of a number.
type sim struct {
	imsi                string // hashed: 16 digits
	registered, swapped time.Time
}

// Numbers were registered in the 5000 days from firstDay on, and have their SIM since at
// most 1500 days after that.
const (
	registrationDays = 5000
	swapDays         = 1500
)

func firstDay() time.Time { return time.Date(2007, 3, 6, 0, 0, 0, 0, daraja.EAT()) }

// simOf is the SIM of a number: by the seed, or that of its latest swap. Nothing is later
// than the world's time.
func simOf(l *simulator.Locked, phone daraja.MSISDN) sim {
	digits := phone.Digits()
	days := func(kind string, most uint64) int { return int(l.SeedDraw("imsi "+kind, digits) % most) }
	s := sim{registered: firstDay().AddDate(0, 0, days("registered", registrationDays))}
	s.swapped = s.registered.AddDate(0, 0, days("swapped", swapDays))
	made := stateOf(l).swaps[phone]
	if made.count > 0 {
		s.swapped = made.latest
	}
	s.registered, s.swapped = earlier(s.registered, l.Now()), earlier(s.swapped, l.Now())
	s.imsi = strconv.FormatUint(1e15+l.SeedDraw("imsi "+strconv.Itoa(made.count), digits)%9e15, 10)
	return s
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
