package harness

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/darajabox/darajabox/daraja"
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// request is a call of Daraja's API as the simulator's journal has it.
type request struct{ controlclient.Record }

// fields are those of a push or a query.
type fields struct {
	daraja.STKPush
	CheckoutRequestID daraja.Text
}

func (r request) fields() fields {
	var f fields
	_ = json.Unmarshal(r.Request, &f) // what is not JSON has no fields
	return f
}

// accepted says whether M-PESA made a prompt of it, whatever the client was answered.
func (r request) accepted() bool { return r.API == "stkpush" && r.Payment != "" }

// requests lists the calls in the journal after a record.
func (s *suite) requests(ctx context.Context, since uint64) []request {
	var all []request
	for _, r := range must(s.control.Records(ctx, "request", since)) {
		all = append(all, request{r})
	}
	return all
}

// recent lists the calls of the scenario.
func (w *world) recent(ctx context.Context) []request { return w.requests(ctx, w.since) }

// prompts lists the scenario's pushes that M-PESA accepted, of those that match.
func (w *world) prompts(ctx context.Context, match func(fields) bool) []request {
	return slices.DeleteFunc(w.recent(ctx), func(r request) bool { return !r.accepted() || !match(r.fields()) })
}

// ofOrder matches the pushes of an order.
func ofOrder(o *order) func(fields) bool {
	return func(f fields) bool { return string(f.AccountReference) == o.reference }
}

// ofCustomer matches the pushes to the customer.
func (w *world) ofCustomer(f fields) bool { return string(f.PhoneNumber) == w.phone }

// callbacks lists the attempts of M-PESA to send a callback in the scenario.
func (w *world) callbacks(ctx context.Context) []controlclient.Record {
	return must(w.control.Records(ctx, "callback", w.since))
}

// latest is the sequence number of the last record in the journal, 0 when it is empty.
func (s *suite) latest(ctx context.Context) uint64 {
	page := must(s.control.LatestRecords(ctx, 1))
	if len(page.Records) == 0 {
		return 0
	}
	return page.Records[0].Seq
}

// load loads a scenario file.
func (w *world) load(ctx context.Context, source string) {
	w.loaded = true
	_, err := w.control.LoadScenario(ctx, "", source)
	failIf(err != nil, "loading this scenario file: %w\n%s", err, source)
}

// loadFile loads what the steps have said of M-PESA so far.
func (w *world) loadFile(ctx context.Context) { w.load(ctx, w.file.String()) }

// scenarioFile is what the steps of a scenario make of M-PESA: a scenario file of the
// simulator, as JSON.
type scenarioFile struct {
	Name  string `json:"name"`
	World struct {
		Settings  map[string]string `json:"settings,omitempty"`
		Customers []customer        `json:"customers,omitempty"`
	} `json:"world,omitzero"`
	Rules []*rule `json:"rules,omitempty"`
}

type customer struct {
	Phone   string `json:"phone"`
	Balance int    `json:"balance"`
}

// rule is for all prompts of one customer.
type rule struct {
	When struct {
		Phone string `json:"phone"`
	} `json:"when"`
	Then struct {
		Result   string         `json:"result,omitempty"`
		Desc     string         `json:"desc,omitempty"`
		After    string         `json:"after,omitempty"`
		Callback map[string]any `json:"callback,omitempty"`
	} `json:"then"`
}

// set sets a setting.
func (f *scenarioFile) set(name, value string) {
	if f.World.Settings == nil {
		f.World.Settings = make(map[string]string)
	}
	f.World.Settings[name] = value
}

// rule returns the rule of a phone, a new one when there is none.
func (f *scenarioFile) rule(phone string) *rule {
	for _, r := range f.Rules {
		if r.When.Phone == phone {
			return r
		}
	}
	r := new(rule)
	r.When.Phone, r.Then.Callback = phone, make(map[string]any)
	f.Rules = append(f.Rules, r)
	return r
}

// String is the file.
func (f *scenarioFile) String() string {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic(err) // texts and numbers can be written
	}
	return string(text)
}
