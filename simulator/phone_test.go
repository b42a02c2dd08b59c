package simulator_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

const noAnswer = "No response from user."
const cutOff = "DS timeout user cannot be reached."

// hand is a person's.
type hand struct {
	bench
	t *testing.T
}

func (h hand) press(kinds ...simulator.PhoneActionKind) {
	h.t.Helper()
	for _, kind := range kinds {
		h.pressed(h.t, kind)
	}
}

// pressed does what a person does, and fails the test when that can't be done.
func (b bench) pressed(t *testing.T, kind simulator.PhoneActionKind) {
	t.Helper()
	if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: kind}); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
}

// What a person can do with an open prompt, attended or not, and when it ends.
func TestPersonDecides(t *testing.T) {
	tests := []struct {
		name  string
		do    func(h hand)
		after time.Duration // from the push to the callback; the think time is 2 s
		code  daraja.ResultCode
		desc  string
	}{
		{"no person", func(hand) {}, 2 * time.Second, "0", ""},
		{"right PIN", func(h hand) { h.press(simulator.ActionPIN) }, time.Second, "0", ""},
		{"wrong PIN", func(h hand) { h.press(simulator.ActionWrongPIN) }, time.Second, "2001", ""},
		{"cancel", func(h hand) { h.press(simulator.ActionCancel) }, time.Second, "1032", ""},
		{"ignore", func(h hand) { h.press(simulator.ActionIgnore) }, time.Minute, "1037", noAnswer},
		{"switched off under it", func(h hand) { h.press(simulator.ActionOff) }, time.Minute, "1037", cutOff},
		{"off and on again", func(h hand) { h.press(simulator.ActionOff, simulator.ActionOn) }, time.Minute, "1037", cutOff},
		{"taken up", func(h hand) { h.Attend(daraja.SandboxMSISDN) }, time.Minute, "1037", noAnswer},
		{"taken up and put down", func(h hand) { h.Attend(daraja.SandboxMSISDN)() }, 3 * time.Second, "0", ""},
		{"ignored and put down", func(h hand) {
			leave := h.Attend(daraja.SandboxMSISDN)
			h.press(simulator.ActionIgnore)
			leave()
		}, time.Minute, "1037", noAnswer},
		{"ignored, then not", func(h hand) {
			h.press(simulator.ActionIgnore)
			h.advance(h.t, 30*time.Second)
			h.press(simulator.ActionPIN)
		}, 31 * time.Second, "0", ""},
	}
	for _, tt := range tests {
		b := newBench(t, nil)
		ack := b.push(t, order(daraja.SandboxMSISDN, 150))
		b.advance(t, time.Second)
		tt.do(hand{b, t})
		if rest := tt.after - b.clock.Now().Sub(noon()); rest > 0 {
			b.advance(t, rest-1)
			if len(b.sink.sent) != 0 {
				t.Errorf("%s: ended too early", tt.name)
			}
			b.advance(t, 1)
		}
		if cb := b.sink.last(t); cb.ResultCode != tt.code || tt.desc != "" && cb.ResultDesc != tt.desc {
			t.Errorf("%s: %s %s", tt.name, cb.ResultCode, cb.ResultDesc)
		}
		if q, err := b.ask(t, ack.CheckoutRequestID); err != nil || string(q.ResultCode) != string(tt.code) || tt.desc != "" && q.ResultDesc != tt.desc {
			t.Errorf("%s: query %+v, %v", tt.name, q, err)
		}
		b.advance(t, time.Hour)
		if len(b.sink.sent) != 1 {
			t.Errorf("%s: %d callbacks", tt.name, len(b.sink.sent))
		}
		if p := b.Phone(daraja.SandboxMSISDN).Prompt; p != nil {
			t.Errorf("%s: still shows %+v", tt.name, p)
		}
	}
}

func TestPhoneThatIsOff(t *testing.T) {
	b := newBench(t, nil)
	b.pressed(t, simulator.ActionOff)
	leave := b.Attend(daraja.SandboxMSISDN)
	defer leave()
	b.push(t, order(daraja.SandboxMSISDN, 1))
	if p := b.Phone(daraja.SandboxMSISDN); p.On || p.Prompt != nil || !p.Attended {
		t.Errorf("%+v", p)
	}
	if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: simulator.ActionPIN}); !errors.Is(err, simulator.ErrPhoneOff) {
		t.Error(err)
	}
	b.pressed(t, simulator.ActionOn) // too late for this prompt
	if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: simulator.ActionPIN}); !errors.Is(err, simulator.ErrNoPrompt) {
		t.Error(err)
	}
	b.advance(t, 3*time.Second-1)
	if len(b.sink.sent) != 0 {
		t.Error("too early")
	}
	b.advance(t, 1)
	if cb := b.sink.last(t); cb.ResultCode != "1037" || cb.ResultDesc != cutOff {
		t.Errorf("%+v", cb)
	}
}

// A scenario can have a phone switched off, and what it decides does not care.
func TestPhoneThatAScenarioSwitchesOff(t *testing.T) {
	b := newBench(t, nil)
	off := []simulator.CustomerSetup{{Phone: daraja.SandboxMSISDN, Off: true}}
	b.apply(t, simulator.Setup{Customers: off})
	if got := b.pay(t, daraja.SandboxMSISDN); got != "1037" {
		t.Errorf("got %s", got)
	}
	b.apply(t, simulator.Setup{Customers: off, Decider: always(simulator.Outcome{Result: "1032"})})
	if got := b.pay(t, daraja.SandboxMSISDN); got != "1032" {
		t.Errorf("got %s", got)
	}
	b.apply(t, simulator.Setup{})
	if !b.Phone(daraja.SandboxMSISDN).On {
		t.Error("still off without the scenario")
	}
}

func TestShownPrompt(t *testing.T) {
	b := newBench(t, map[string]string{simulator.SettingPromptTimeout: "90s", simulator.SettingWrongPINTries: "3", simulator.SettingPINLock: "0"})
	leave := b.Attend(daraja.SandboxMSISDN)
	defer leave()
	ack := b.push(t, order(daraja.SandboxMSISDN, 150))
	b.pressed(t, simulator.ActionWrongPIN)
	if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: simulator.ActionPIN, PIN: "0000"}); err != nil {
		t.Fatal(err)
	}
	got := b.Phone(daraja.SandboxMSISDN).Prompt
	want := simulator.ShownPrompt{
		Prompt: simulator.Prompt{
			API: stk.APIPush, ID: ack.CheckoutRequestID, RequestID: ack.MerchantRequestID, Phone: daraja.SandboxMSISDN, Amount: 150 * daraja.Shilling,
			Shortcode: "174379", Reference: "INV-1",
		},
		Screen: simulator.Screen{
			Text: "Do you want to pay Ksh. 150.00 to Daraja-Sandbox Account no. INV-1? Enter M-PESA PIN:", Organisation: "Daraja-Sandbox",
		},
		OpenedAt: noon(), EndsAt: noon().Add(90 * time.Second), Tries: 2,
	}
	if got != nil {
		want.CallbackURL = got.CallbackURL
	}
	if got == nil || *got != want {
		t.Fatalf("the prompt is %+v, want %+v", got, want)
	}
	if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: simulator.ActionPIN, PIN: "1234"}); err != nil {
		t.Fatal(err)
	}
	if cb := b.sink.last(t); cb.ResultCode != "0" || b.sink.sent[0].By != "the person at the phone" {
		t.Errorf("%+v", b.sink.sent[0])
	}
}

func TestActRefuses(t *testing.T) {
	b := newBench(t, nil)
	for _, kind := range []simulator.PhoneActionKind{simulator.ActionPIN, simulator.ActionWrongPIN, simulator.ActionCancel, simulator.ActionIgnore} {
		if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: kind}); !errors.Is(err, simulator.ErrNoPrompt) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for _, pin := range []string{"123", "12345", "abcd", "１２３４"} {
		if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: simulator.ActionPIN, PIN: pin}); !errors.Is(err, simulator.ErrPIN) {
			t.Errorf("%s: %v", pin, err)
		}
	}
	if err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: "smile"}); err == nil || errors.Is(err, simulator.ErrNoPrompt) {
		t.Error(err)
	}
	b.apply(t, simulator.Setup{Decider: always(simulator.Outcome{Result: "0", By: "rule 2 of x"})})
	b.push(t, order(daraja.SandboxMSISDN, 1))
	err := b.Act(daraja.SandboxMSISDN, simulator.PhoneAction{Kind: simulator.ActionCancel})
	if !errors.Is(err, simulator.ErrNoPrompt) || !strings.Contains(err.Error(), "rule 2 of x decides") {
		t.Error(err)
	}
	if b.Phone(daraja.SandboxMSISDN).Prompt == nil {
		t.Error("the phone does not show the prompt")
	}
}

// The third wrong PIN in a row locks it; then no PIN is accepted until a person gives the
// customer another PIN.
func TestPINLock(t *testing.T) {
	b := newBench(t, nil)
	enter := func(kind simulator.PhoneActionKind) daraja.ResultCode {
		b.push(t, order(daraja.SandboxMSISDN, 1))
		b.pressed(t, kind)
		b.advance(t, time.Second)
		return b.sink.last(t).ResultCode
	}
	var got []daraja.ResultCode
	const right, wrong = simulator.ActionPIN, simulator.ActionWrongPIN
	for _, kind := range []simulator.PhoneActionKind{wrong, wrong, right, wrong, wrong, wrong, wrong, right} {
		got = append(got, enter(kind))
	}
	if want := "2001 2001 0 2001 2001 2001 8006 8006"; join(got) != want {
		t.Errorf("got %s, want %s", join(got), want)
	}
	if got := b.pay(t, daraja.SandboxMSISDN); got != "8006" {
		t.Errorf("left alone: %s", got)
	}
	b.apply(t, simulator.Setup{Customers: []simulator.CustomerSetup{{Phone: daraja.SandboxMSISDN, PIN: "9999"}}})
	if got := b.pay(t, daraja.SandboxMSISDN); got != "0" {
		t.Errorf("with a new PIN: %s", got)
	}
}

// More than one person can hold a phone; the default outcome applies when the last one leaves, and
// leaving twice counts once.
func TestLeases(t *testing.T) {
	b := newBench(t, nil)
	one, two := b.Attend(daraja.SandboxMSISDN), b.Attend(daraja.SandboxMSISDN)
	b.push(t, order(daraja.SandboxMSISDN, 1))
	one()
	one()
	b.advance(t, 30*time.Second)
	if !b.Phone(daraja.SandboxMSISDN).Attended || len(b.sink.sent) != 0 {
		t.Error("the first to leave took the phone along")
	}
	two()
	if b.Phone(daraja.SandboxMSISDN).Attended {
		t.Error("still attended")
	}
	b.advance(t, 2*time.Second)
	if len(b.sink.sent) != 1 {
		t.Error("the default outcome was not applied")
	}
	b.Attend(daraja.SandboxMSISDN)
	b.Reset()
	if !b.Phone(daraja.SandboxMSISDN).Attended {
		t.Error("the reset took the phone out of the person's hands")
	}
}

// What no phone is asked for does not wait for a person.
func TestPromptsThatNeverShow(t *testing.T) {
	b := newBench(t, nil)
	b.Attend(daraja.SandboxMSISDN)
	o := order(daraja.SandboxMSISDN, 1)
	o.AccountReference = daraja.Text(strings.Repeat("a", 182))
	b.push(t, o)
	if p := b.Phone(daraja.SandboxMSISDN).Prompt; p != nil {
		t.Errorf("it shows %+v", p)
	}
	b.advance(t, 2*time.Second)
	if cb := b.sink.last(t); cb.ResultCode != "1025" {
		t.Errorf("%+v", cb)
	}
}

func TestMessages(t *testing.T) {
	b := newBench(t, nil)
	balance := 1_234_567 * daraja.Shilling
	b.apply(t, simulator.Setup{Customers: []simulator.CustomerSetup{{Phone: daraja.SandboxMSISDN, Name: "Jane Wambui", Balance: &balance}}})
	b.pay(t, daraja.SandboxMSISDN)
	till := order(daraja.SandboxMSISDN, 234_557)
	till.BusinessShortCode, till.PartyB, till.TransactionType = simulator.SandboxStore, simulator.SandboxTill, daraja.CustomerBuyGoodsOnline
	till.Password = daraja.Text(daraja.Password(simulator.SandboxStore, daraja.SandboxPasskey, stamp))
	b.push(t, till)
	b.advance(t, time.Minute)
	fifty := 50 * daraja.Shilling
	b.apply(t, simulator.Setup{Customers: []simulator.CustomerSetup{{Phone: "254711000001", Balance: &fifty}}})
	b.push(t, order("254711000001", 150))
	b.advance(t, 2*time.Second)
	l := b.Ledger()
	organisations := b.Organisations()
	got := [][]simulator.Message{b.Phone("254711000001").Messages, organisations[0].Messages, organisations[1].Messages}
	want := [][]string{
		{"Failed. You do not have enough money in your M-PESA account to pay Ksh150.00 to Daraja-Sandbox for account INV-1 on 18/8/26 at 12:02 PM. Your M-PESA balance is Ksh50.00."},
		{l[0].Receipt + " Confirmed. on 18/8/26 at 12:00 PM Ksh10.00 received from Jane Wambui 2547XXXXX149. Account Number INV-1. New Utility balance is Ksh10.00."},
		{l[1].Receipt + " Confirmed. on 18/8/26 at 12:01 PM Ksh234,557.00 received from Jane Wambui 2547XXXXX149. Account Number INV-1. New Merchant balance is Ksh234,557.00."},
	}
	for i := range want {
		if len(got[i]) != len(want[i]) || got[i][0].Text != want[i][0] || got[i][0].From != "MPESA" {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
	if organisations[0].Shortcode != "174379" || organisations[0].Balance != 10*daraja.Shilling || organisations[1].Balance != 234_557*daraja.Shilling {
		t.Errorf("organisations: %+v", organisations)
	}
}

// A message names its payment, paid or not, and does so in a world that went back.
func TestMessagesNameTheirPayments(t *testing.T) {
	b := newBench(t, nil)
	fifty := 50 * daraja.Shilling
	b.apply(t, simulator.Setup{Customers: []simulator.CustomerSetup{{Phone: "254711000001", Balance: &fifty}}})
	var want []string
	for _, amount := range []int{30, 150, 20} {
		want = append(want, b.push(t, order("254711000001", amount)).CheckoutRequestID)
		b.advance(t, 2*time.Second)
	}
	s := b.Snapshot()
	b.pay(t, "254711000001")
	for _, when := range []string{"before", "after"} {
		var got, org []string
		for _, m := range b.Phone("254711000001").Messages[:3] {
			got = append(got, m.Payment)
		}
		for _, m := range b.Organisations()[0].Messages[:2] {
			org = append(org, m.Payment)
		}
		if !slices.Equal(got, want) || !slices.Equal(org, []string{want[0], want[2]}) {
			t.Errorf("%s going back: the customer has messages of %q, the organisation of %q, the payments are %q", when, got, org, want)
		}
		b.Restore(s)
	}
}

func TestMessagesOfTheCustomer(t *testing.T) {
	b := newBench(t, nil)
	for n := range 120 {
		b.push(t, order(daraja.SandboxMSISDN, n+1))
		b.advance(t, 2*time.Second)
	}
	messages, l := b.Phone(daraja.SandboxMSISDN).Messages, b.Ledger()
	if len(messages) != 50 {
		t.Fatalf("%d messages are kept", len(messages))
	}
	last := l[len(l)-1]
	want := fmt.Sprintf("%s Confirmed. Ksh120.00 sent to Daraja-Sandbox for account INV-1 on 18/8/26 at 12:04 PM. New M-PESA balance is Ksh992,740.00. Transaction cost, Ksh0.00.", last.Receipt)
	if messages[49].Text != want || !messages[49].At.Equal(last.At) {
		t.Errorf("the latest is %q, want %q", messages[49].Text, want)
	}
	if !strings.HasPrefix(messages[0].Text, l[70].Receipt) {
		t.Errorf("the oldest is %q, want that of %s", messages[0].Text, l[70].Receipt)
	}
}

func TestPhonesAreSorted(t *testing.T) {
	b := newBench(t, nil)
	for _, m := range []daraja.MSISDN{"254711000003", "254711000001", "254711000002"} {
		b.Phone(m)
	}
	b.pay(t, "254711000002")
	var got []string
	for _, p := range b.Phones() {
		got = append(got, fmt.Sprintf("%s %s %d", p.Number.Digits()[9:], p.Name, len(p.Messages)))
	}
	if want := []string{"001 Person 001 of 1 0", "002 Person 002 of 1 1", "003 Person 003 of 1 0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEvents(t *testing.T) {
	b := newBench(t, nil)
	leave := b.Attend(daraja.SandboxMSISDN)
	ack := b.push(t, order(daraja.SandboxMSISDN, 1))
	b.pressed(t, simulator.ActionPIN)
	leave()
	b.pressed(t, simulator.ActionOff)
	b.pressed(t, simulator.ActionOff) // is off
	b.apply(t, simulator.Setup{})
	b.Reset()
	b.Restore(b.Snapshot())
	var got []string
	for _, e := range *b.events {
		got = append(got, strings.TrimSpace(string(e.Kind)+" "+e.Phone.Digits()+" "+e.Payment))
		if !e.At.Equal(b.clock.Now()) {
			t.Errorf("%s at %s", e.Kind, e.At)
		}
	}
	phone, id := " "+daraja.SandboxMSISDN.Digits(), " "+ack.CheckoutRequestID
	want := []string{"phone" + phone, "prompt" + phone + id, "prompt_ended" + phone + id, "message" + phone, "phone" + phone, "phone" + phone, "scenario", "reset", "reset"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
