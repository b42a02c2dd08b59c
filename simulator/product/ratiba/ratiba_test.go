package ratiba_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/producttest"
	"github.com/darajabox/darajabox/simulator/product/ratiba"
)

func order() producttest.Values {
	return producttest.Values{
		"StandingOrderName": "Rent", "StartDate": "20261201", "EndDate": "20271130", "BusinessShortCode": daraja.SandboxShortcode,
		"TransactionType": "Standing Order Customer Pay Bill", "ReceiverPartyIdentifierType": "4", "Amount": "100", "PartyA": "254708374149",
		"CallBackURL": "http://localhost/ratiba", "AccountReference": "House-7", "TransactionDesc": "Rent", "Frequency": "4",
	}
}

func TestProduct(t *testing.T) {
	example := producttest.Example{API: ratiba.API, Fields: order()}
	producttest.Run(t, ratiba.Product, example)
	producttest.Cases(t, ratiba.Product, example)
}

// agreed is a world with an order to which the customer has agreed.
func agreed(t *testing.T, change producttest.Values) *producttest.Bench {
	t.Helper()
	b := producttest.NewBench(t, ratiba.Product())
	fields := order()
	for k, v := range change {
		fields[k] = v
	}
	if r := b.Call(ratiba.API, "", fields); r.Err != nil {
		t.Fatal(r.Err)
	}
	b.Advance(t, time.Minute)
	return b
}

// dates are the days on which payments were made, in EAT.
func dates(b *producttest.Bench) string {
	var all []string
	for _, p := range b.Ledger() {
		all = append(all, p.At.In(daraja.EAT()).Format("060102 1504"))
	}
	return strings.Join(all, ", ")
}

func TestDatesOfAnOrder(t *testing.T) {
	tests := []struct{ name, start, end, frequency, want string }{
		{"once", "20261202", "20271130", "1", "261202 0000"},
		{"today", "20261130", "20261201", "2", "261130 1200, 261201 0000"},
		{"daily", "20261201", "20261203", "2", "261201 0000, 261202 0000, 261203 0000"},
		{"weekly", "20261201", "20261216", "3", "261201 0000, 261208 0000, 261215 0000"},
		{"monthly, at the end of months", "20261231", "20270331", "4", "261231 0000, 270131 0000, 270228 0000, 270331 0000"},
		{"every two months", "20261201", "20270401", "5", "261201 0000, 270201 0000, 270401 0000"},
		{"quarterly", "20261201", "20270531", "6", "261201 0000, 270301 0000"},
		{"half-yearly", "20261201", "20270601", "7", "261201 0000, 270601 0000"},
		{"yearly", "20261201", "20271201", "8", "261201 0000, 271201 0000"},
		{"one day", "20261201", "20261201", "8", "261201 0000"},
	}
	for _, tt := range tests {
		b := agreed(t, producttest.Values{"StartDate": daraja.Text(tt.start), "EndDate": daraja.Text(tt.end), "Frequency": daraja.Text(tt.frequency)})
		b.Advance(t, 2*365*24*time.Hour)
		if got := dates(b); got != tt.want {
			t.Errorf("%s: paid on %s, want %s", tt.name, got, tt.want)
		}
	}
	b := producttest.NewBench(t, ratiba.Product())
	if err := b.ChangeSettings(map[string]string{ratiba.SettingFrequency: "1-9"}); err != nil {
		t.Fatal(err)
	}
	fields := order()
	fields["EndDate"] = "20261231"
	b.Call(ratiba.API, "", fields)
	b.Advance(t, 365*24*time.Hour)
	if got, want := dates(b), "261201 0000, 261215 0000, 261229 0000"; got != want {
		t.Errorf("every two weeks: paid on %s, want %s", got, want)
	}
}

// Each payment is one of the customer, with the account of the order. What the wallet cannot
// pay is left out.
func TestPayments(t *testing.T) {
	b := agreed(t, producttest.Values{"Amount": "4000", "Frequency": "2", "EndDate": "20261203"})
	b.Advance(t, 24*time.Hour)
	paid := b.Ledger()
	if len(paid) != 1 || paid[0].Amount != 4000*daraja.Shilling || paid[0].Reference != "House-7" || paid[0].API != ratiba.API ||
		paid[0].Type != simulator.TypePayBill || paid[0].Phone() != daraja.SandboxMSISDN || paid[0].Receipt == "" {
		t.Fatalf("the first payment is %+v", paid)
	}
	b.Advance(t, 30*24*time.Hour)
	phone := b.Phone(daraja.SandboxMSISDN)
	last := phone.Messages[len(phone.Messages)-1].Text
	if len(b.Ledger()) != 2 || phone.Balance != 2000*daraja.Shilling || !strings.HasPrefix(last, "Failed. You do not have enough money") {
		t.Errorf("%d payments, %s left, and the SMS is %q", len(b.Ledger()), phone.Balance, last)
	}
	if got := orders(t, b); got != "[]" {
		t.Errorf("after the last date there is %s", got)
	}
}

// orders is what the action lists.
func orders(t *testing.T, b *producttest.Bench) string {
	t.Helper()
	all, err := b.RunAction("ratiba", "orders", producttest.Values{"phone": "254708374149"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A customer can cancel an order, and make another one of its name.
func TestCancel(t *testing.T) {
	b := agreed(t, nil)
	b.Advance(t, 24*time.Hour)
	const want = `[{"name":"Rent","shortcode":"174379","amount":"100.00","reference":"House-7","next":"2027-01-01","end":"2027-11-30"}]`
	if got := orders(t, b); got != want {
		t.Errorf("the orders are %s, want %s", got, want)
	}
	cancel := func() error {
		_, err := b.RunAction("ratiba", "cancel", producttest.Values{"phone": "254708374149", "name": "Rent"})
		return err
	}
	shot, at := b.Snapshot(), b.Clock.Now()
	if err := cancel(); err != nil || orders(t, b) != "[]" {
		t.Errorf("%v, the orders are %s", err, orders(t, b))
	}
	if err := cancel(); err == nil || err.Error() != "the customer has no standing order of this name" {
		t.Errorf("cancelled twice: %v", err)
	}
	again := order()
	again["StartDate"], again["Amount"] = "20270115", "7"
	b.Call(ratiba.API, "", again)
	b.Advance(t, 60*24*time.Hour)
	if got, want := dates(b), "261201 0000, 270115 0000"; got != want {
		t.Errorf("paid on %s, want %s", got, want)
	}
	b.Clock.Set(at)
	b.Restore(shot)
	if got := orders(t, b); got != want {
		t.Errorf("after the restore the orders are %s, want %s", got, want)
	}
}

// The person at the phone decides.
func TestConsent(t *testing.T) {
	for kind, want := range map[simulator.PhoneActionKind]string{
		simulator.ActionPIN: "0", simulator.ActionCancel: "1032", simulator.ActionIgnore: "1037", simulator.ActionWrongPIN: "2001",
	} {
		b := producttest.NewBench(t, ratiba.Product())
		b.Call(ratiba.API, "", order())
		if p := b.Phone(daraja.SandboxMSISDN).Prompt; p == nil || !strings.Contains(p.Text, "from 1/12/26 to 30/11/27 as the standing order Rent") {
			t.Errorf("the phone shows %+v", p)
		}
		if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		b.Advance(t, time.Minute)
		if len(b.Callbacks) != 1 || !strings.Contains(strings.ToLower(string(b.Callbacks[0].Body)), fmt.Sprintf(`"responsecode":%q`, want)) {
			t.Errorf("%s: %+v", kind, b.Callbacks)
		}
		if made := orders(t, b) != "[]"; made != (want == "0") {
			t.Errorf("%s: the orders are %s", kind, orders(t, b))
		}
	}
}

// FuzzDates: a date that is taken is printed as it came.
func FuzzDates(f *testing.F) {
	for _, s := range []string{"20261201", "2026-12-01", "20260230", "", "00000101", "99991231", "+2026120"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := daraja.ParseRatibaDate(s)
		if err == nil && at.Format(daraja.RatibaDate) != s {
			t.Errorf("%q is read as %s", s, at)
		}
	})
}

// A success that was decided of an order that cannot be made is said, and makes none: nothing
// is paid, and an order of its name stays.
func TestDecidedSuccessOfNoOrder(t *testing.T) {
	for _, change := range []producttest.Values{
		{"StartDate": "19000101", "EndDate": "99991231"}, {"EndDate": "20251130"}, {"StartDate": "20261129"}, {"EndDate": "99991231"},
	} {
		b := producttest.NewBench(t, ratiba.Product())
		if _, err := b.Enqueue(simulator.Queued{API: ratiba.API, Outcome: simulator.Outcome{Result: "0"}}); err != nil {
			t.Fatal(err)
		}
		fields := order()
		fields["Frequency"] = "2"
		for k, v := range change {
			fields[k] = v
		}
		b.Call(ratiba.API, "", fields)
		b.Advance(t, 48*time.Hour)
		if said := string(b.Callbacks[0].Body); !strings.Contains(said, `"0"`) || len(b.Ledger()) != 0 || orders(t, b) != "[]" {
			t.Errorf("%v: %s; %d payments, orders %s", change, said, len(b.Ledger()), orders(t, b))
		}
	}
	b := agreed(t, nil)
	if _, err := b.Enqueue(simulator.Queued{API: ratiba.API, Outcome: simulator.Outcome{Result: "0"}}); err != nil {
		t.Fatal(err)
	}
	again, want := order(), orders(t, b)
	again["Amount"] = "7"
	b.Call(ratiba.API, "", again)
	b.Advance(t, time.Minute)
	if got := orders(t, b); got != want {
		t.Errorf("the orders are %s, want %s", got, want)
	}
}

// What the customer agrees to is checked again: a day may have begun, and an order of the name
// may have been made.
func TestOrderIsCheckedAtTheEnd(t *testing.T) {
	b := producttest.NewBench(t, ratiba.Product())
	b.Clock.Set(time.Date(2026, 11, 30, 23, 59, 59, 0, daraja.EAT()))
	fields := order()
	fields["StartDate"] = "20261130"
	b.Call(ratiba.API, "", fields)
	b.Advance(t, time.Minute)
	if len(b.Callbacks) != 1 || !strings.Contains(string(b.Callbacks[0].Body), `"1051"`) || len(b.Ledger()) != 0 {
		t.Errorf("%d payments, %+v", len(b.Ledger()), b.Callbacks)
	}
}

// A standing order is no payment: only what is paid on its dates is.
func TestOrderIsNoPayment(t *testing.T) {
	b := agreed(t, nil)
	if got := b.Payments(simulator.PaymentFilter{Limit: 5}); len(got) != 0 {
		t.Errorf("the payments are %+v", got)
	}
}

// After the restore of an older world the dates that have passed are left out.
func TestDatesAfterARestore(t *testing.T) {
	b := agreed(t, producttest.Values{"Frequency": "2", "EndDate": "20261206"})
	shot := b.Snapshot()
	b.Clock.Set(b.Clock.Now().Add(84 * time.Hour))
	b.Restore(shot)
	b.Advance(t, 30*24*time.Hour)
	days := make(map[string]bool)
	for _, p := range b.Ledger() {
		days[p.At.In(daraja.EAT()).Format(time.DateOnly)] = true
	}
	if n := len(b.Ledger()); n < 2 || len(days) != n {
		t.Errorf("paid on %s", dates(b))
	}
}
