// Package bonga is Lipa na Bonga: a customer pays a paybill with the points that Safaricom gives
// its customers. Nearly all of it is known from the documentation only.
package bonga

import (
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

const name = "bonga"

// The APIs.
const (
	APIPoints simulator.API = "bongapoints"
	APIRedeem simulator.API = "bongaredeem"
)

// SettingDeployed says whether points can be redeemed.
const SettingDeployed = "bonga_deployed"

const (
	centsPerPoint = 20    // a point is worth KES 0.20
	rate          = "0.2" // the same in shillings
	firstPoints   = 1_000 // of each customer at the start
	maxPoints     = 1_000_000_000
)

// Product is Lipa na Bonga.
func Product() simulator.Product {
	pages := []string{"Lipa na Bonga"}
	return simulator.Product{
		Name: name,
		Doc:  "Lipa na Bonga: payments with points",
		Operations: []simulator.Operation{
			{
				API: APIPoints, Doc: "what points are worth",
				Method: "POST", Path: daraja.BongaPointsPath, Pages: pages, Confidence: daraja.Medium,
				Fields:       []simulator.Field{{Name: "points", Check: points, Doc: "A number of points."}},
				InvalidField: daraja.ErrBongaField, Envelope: envelope, Execute: calculate,
			},
			{
				API: APIRedeem, Synonyms: []string{"bonga"}, Doc: "a prompt to pay a paybill with points, and with money for what they are not worth; the confirmation is that of C2B",
				Method: "POST", Path: daraja.BongaRedeemPath, Pages: pages, Confidence: daraja.Medium, StartsPayment: true,
				Fields: redeemFields(), InvalidField: daraja.ErrBongaField, Envelope: envelope, Execute: redeem,
				CallbackBody: func(*simulator.Locked, simulator.PromptState, simulator.Faults) []byte { return nil }, // there is none of its own
				EndPrompt:    endPrompt,
			},
		},
		Results: results(),
		Errors: []simulator.Refusal{
			{Error: daraja.ErrBonga(daraja.BongaFailed, "Request failed")},
			{Error: daraja.ErrBongaField("msisdn"), Pattern: `^Invalid [A-Za-z]{1,40}$`},
			{Error: daraja.ErrBonga(daraja.BongaPromptOpen, "Request failed")},
		},
		Settings: []simulator.Setting{
			{Name: SettingDeployed, Default: "on", Allowed: []string{"on", "off"},
				Doc: "redeem-paybill of Lipa na Bonga: off answers 404 without a body, as the sandbox did in October 2026"},
		},
		NewState: func() simulator.State { return &state{points: make(map[daraja.MSISDN]int)} },
		Actions:  []simulator.Action{pointsAction()},
	}
}

// results are how a prompt for points can end: those of a push that a person or the phone makes.
func results() []daraja.Result {
	var all []daraja.Result
	for _, code := range []daraja.ResultCode{daraja.ResultSuccess, daraja.ResultInsufficient, "2", "3", "4", "8", "17", "1031", daraja.ResultCancelled, daraja.ResultUnreachable, "2001", "8006", daraja.ResultInternal} {
		if r, known := daraja.LookupResult(code); known {
			all = append(all, r)
		}
	}
	return all
}

// envelope is the body of a refusal with a code of Lipa na Bonga, whose place is not known.
func envelope(x *simulator.Exchange, e daraja.Error, requestID string) any {
	code, err := strconv.Atoi(e.Code)
	if err != nil {
		return nil // a code of every product
	}
	return daraja.BongaAnswer{Header: daraja.BongaHeader{
		RequestRefID: simulator.UUIDOf(requestID), ResponseCode: code, ResponseMessage: "Failed", CustomerMessage: e.Message, Timestamp: daraja.BongaTime(x.Now),
	}}
}

// state is the points of the customers who do not have those of the start.
type state struct{ points map[daraja.MSISDN]int }

// Clone implements simulator.State.
func (s *state) Clone() simulator.State { return &state{maps.Clone(s.points)} }

func stateOf(l *simulator.Locked) *state {
	s, _ := l.StateOf(name).(*state)
	return s
}

// of is how many points a customer has.
func (s *state) of(m daraja.MSISDN) int {
	if n, changed := s.points[m]; changed {
		return n
	}
	return firstPoints
}

func points(name string, v daraja.Text) string {
	if n, err := strconv.ParseUint(string(v), 10, 31); err != nil || n > maxPoints {
		return fmt.Sprintf("%s is %.40q, it must be a whole number", name, string(v))
	}
	return ""
}

// worth is what points pay.
func worth(points int) daraja.Money { return daraja.Money(points) * centsPerPoint }

// calculate says what points are worth (reference: Lipa na Bonga).
func calculate(l *simulator.Locked, x *simulator.Exchange) (any, error) {
	n, _ := strconv.Atoi(x.Text("points")) // it was checked
	return daraja.BongaAnswer{
		Header: header(l, x, "Success", "Request executed successfully."),
		Body:   daraja.BongaPoints{Amount: short(worth(n)), Points: strconv.Itoa(n), Rate: rate},
	}, nil
}

// header is that of a success.
func header(l *simulator.Locked, x *simulator.Exchange, message, customer string) daraja.BongaHeader {
	return daraja.BongaHeader{
		RequestRefID: simulator.UUIDOf(l.RequestID(x)), ResponseCode: 200, ResponseMessage: message, CustomerMessage: customer, Timestamp: daraja.BongaTime(x.Now),
	}
}

// short prints an amount without zeros at its end: 8, 8.2.
func short(m daraja.Money) string {
	return strconv.FormatFloat(float64(m)/float64(daraja.Shilling), 'f', -1, 64)
}

// pointsAction shows or sets the points of a customer.
func pointsAction() simulator.Action {
	return simulator.Action{
		Name: "points", Doc: "shows a customer's points, or sets them",
		Fields: []simulator.Field{
			{Name: "phone", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The customer."},
			{Name: "points", Check: orNone(points), Doc: "How many the customer has from now on."},
		},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			s, m := stateOf(l), daraja.MSISDN(v["phone"])
			if v["points"] != "" {
				n, err := strconv.Atoi(string(v["points"]))
				if err != nil {
					return nil, errors.New("points must be a whole number")
				}
				s.points[m] = n
			}
			return map[string]string{"points": strconv.Itoa(s.of(m))}, nil
		},
	}
}

func orNone(check simulator.Check) simulator.Check {
	return func(name string, v daraja.Text) string {
		if v == "" {
			return ""
		}
		return check(name, v)
	}
}
