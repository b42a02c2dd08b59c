package simulator_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

func TestEditCustomer(t *testing.T) {
	b := newBench(t, nil)
	const phone = daraja.MSISDN("254711000001")
	name, pin, balance, off := "Jane Wanjiku", "1234", 500*daraja.Shilling, false
	got, err := b.EditCustomer(phone, simulator.CustomerEdit{Name: &name, PIN: &pin, Balance: &balance, On: &off})
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != name || got.PIN != pin || got.Balance != balance || got.On {
		t.Errorf("the customer is %+v", got)
	}
	on := true
	got, err = b.EditCustomer(phone, simulator.CustomerEdit{On: &on})
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != name || got.Balance != balance || !got.On {
		t.Errorf("what was not named changed: %+v", got)
	}
}

// The balance that was set is what a payment is taken from.
func TestEditedBalanceIsSpent(t *testing.T) {
	b := newBench(t, nil)
	balance := 100 * daraja.Shilling
	if _, err := b.EditCustomer(daraja.SandboxMSISDN, simulator.CustomerEdit{Balance: &balance}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []daraja.ResultCode{daraja.ResultSuccess, daraja.ResultInsufficient} {
		b.push(t, order(daraja.SandboxMSISDN, 60))
		b.advance(t, time.Minute)
		if got := b.sink.last(t).ResultCode; got != want {
			t.Errorf("result %s, want %s", got, want)
		}
	}
}

// A PIN that is set is not locked.
func TestNewPINIsNotLocked(t *testing.T) {
	b := newBench(t, map[string]string{simulator.SettingPINLock: "1"})
	b.Attend(daraja.SandboxMSISDN)
	b.push(t, order(daraja.SandboxMSISDN, 1))
	if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: simulator.ActionWrongPIN}); err != nil {
		t.Fatal(err)
	}
	pin := "4321"
	if _, err := b.EditCustomer(daraja.SandboxMSISDN, simulator.CustomerEdit{PIN: &pin}); err != nil {
		t.Fatal(err)
	}
	b.push(t, order(daraja.SandboxMSISDN, 1))
	if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: simulator.ActionPIN, PIN: pin}); err != nil {
		t.Fatal(err)
	}
	if got := b.sink.last(t).ResultCode; got != daraja.ResultSuccess {
		t.Errorf("result %s, want %s", got, daraja.ResultSuccess)
	}
}

// A field that is wrong is named, and nothing is changed.
func TestEditsThatAreRefused(t *testing.T) {
	text := func(s string) *string { return &s }
	cents := func(m daraja.Money) *daraja.Money { return &m }
	for want, e := range map[string]simulator.CustomerEdit{
		"name is empty":                     {Name: text("")},
		"name has 61 characters":            {Name: text(strings.Repeat("ñ", 61))},
		"name has the character U+000A":     {Name: text("Jane\nWanjiku")},
		"pin: it must be four digits":       {PIN: text("12345")},
		"balance_cents is -1; ":             {Balance: cents(-1)},
		"balance_cents is 50000001; ":       {Balance: cents(50_000_001)},
		"pin: it must be four digits ":      {PIN: text("12a4")},
		"balance_cents is 50000001; it mus": {Name: text("Jane"), Balance: cents(50_000_001)},
	} {
		b := newBench(t, nil)
		before := b.Phone(daraja.SandboxMSISDN)
		_, err := b.EditCustomer(daraja.SandboxMSISDN, e)
		if err == nil || !strings.HasPrefix(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("error %v, want %s", err, want)
		}
		if after := b.Phone(daraja.SandboxMSISDN); after.Name != before.Name || after.Balance != before.Balance || after.PIN != before.PIN {
			t.Errorf("%s: refused, but the customer changed to %+v", want, after)
		}
	}
	b := newBench(t, nil)
	if _, err := b.EditCustomer(daraja.SandboxMSISDN, simulator.CustomerEdit{Balance: cents(daraja.MaxWallet), Name: text(strings.Repeat("ñ", 60))}); err != nil {
		t.Errorf("the limits themselves are refused: %v", err)
	}
}

// Settings that were changed by hand hold at once, outlive scenarios that do not set
// them, and end with a scenario that does, or with a reset.
func TestChangeSettings(t *testing.T) {
	b := newBench(t, nil)
	const name = simulator.SettingThinkTime
	is := func(want string) {
		t.Helper()
		if got := b.values()[name]; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	apply := func(settings map[string]string) {
		t.Helper()
		if err := b.Apply(simulator.Setup{Settings: settings}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.ChangeSettings(map[string]string{name: "7s"}); err != nil {
		t.Fatal(err)
	}
	is("7s")
	b.push(t, order(daraja.SandboxMSISDN, 1))
	b.advance(t, 7*time.Second-1)
	if len(b.sink.sent) != 0 {
		t.Error("the customer answered before the new think time")
	}
	b.advance(t, 1)
	if len(b.sink.sent) != 1 {
		t.Error("the customer did not answer after the new think time")
	}
	apply(map[string]string{stk.SettingQueryTypo: "off"})
	is("7s")
	apply(nil)
	is("7s")
	apply(map[string]string{name: "3s"})
	is("3s")
	apply(nil)
	is("2s")
	if err := b.ChangeSettings(map[string]string{name: "9s"}); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	is("2s")
}

func TestSettingsThatAreRefused(t *testing.T) {
	b := newBench(t, nil)
	before := b.values()
	for want, values := range map[string]map[string]string{
		"did you mean think_time?":                 {"think_tme": "1s"},
		`setting dialect: "english" is not one of`: {"dialect": "english"},
		"did you mean number?":                     {"expires_in": "numbr"},
		`"1h" is not a duration from 0s to 10m`:    {"query_typo": "off", "think_time": "1h"},
	} {
		if err := b.ChangeSettings(values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if got := b.values(); !maps.Equal(got, before) {
		t.Errorf("the settings changed to %v", got)
	}
}
