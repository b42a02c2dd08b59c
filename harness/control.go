package harness

import (
	"context"
	"encoding/json"
	"fmt"

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
func (s *suite) requests(ctx context.Context, since uint64) ([]request, error) {
	records, err := s.control.Records(ctx, "request", since)
	all := make([]request, len(records))
	for i, r := range records {
		all[i] = request{r}
	}
	return all, err
}

// recent lists the calls of the scenario.
func (w *world) recent(ctx context.Context) ([]request, error) { return w.requests(ctx, w.since) }

// prompts lists the scenario's pushes that M-PESA accepted, of those that match.
func (w *world) prompts(ctx context.Context, match func(fields) bool) ([]request, error) {
	requests, err := w.recent(ctx)
	var all []request
	for _, r := range requests {
		if r.accepted() && match(r.fields()) {
			all = append(all, r)
		}
	}
	return all, err
}

// ofOrder matches the pushes of an order.
func ofOrder(o *order) func(fields) bool {
	return func(f fields) bool { return string(f.AccountReference) == o.reference }
}

// ofCustomer matches the pushes to the customer.
func (w *world) ofCustomer(f fields) bool { return string(f.PhoneNumber) == w.phone }

// callbacks lists the attempts of M-PESA to send a callback in the journal after a record.
func (s *suite) callbacks(ctx context.Context, since uint64) ([]controlclient.Record, error) {
	return s.control.Records(ctx, "callback", since)
}

// latest is the sequence number of the last record in the journal.
func (s *suite) latest(ctx context.Context) (uint64, error) {
	page, err := s.control.LatestRecords(ctx, 1)
	if err != nil || len(page.Records) == 0 {
		return 0, err
	}
	return page.Records[0].Seq, nil
}

// load loads a scenario file.
func (w *world) load(ctx context.Context, source string) error {
	w.loaded = true
	if _, err := w.control.LoadScenario(ctx, "", source); err != nil {
		return fmt.Errorf("loading this scenario file: %w\n%s", err, source)
	}
	return nil
}

// loadFile loads what the steps have said of M-PESA so far.
func (w *world) loadFile(ctx context.Context) error { return w.load(ctx, w.file.String()) }

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
