package simulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// Every result code of the catalogue has a status that is listed, and those that a
// person tells apart have different texts.
func TestEveryResultHasAStatus(t *testing.T) {
	for _, r := range daraja.Results() {
		if got := simulator.StatusOf(r.Code); !slices.Contains(simulator.PaymentStatuses(), got) || got == simulator.PaymentRefused {
			t.Errorf("%s (%s) has the status %q", r.Code, r.Short, got)
		}
	}
	for code, want := range map[daraja.ResultCode]simulator.PaymentStatus{
		"0": "paid", "1": "no_money", "1031": "cancelled", "1032": "cancelled", "2001": "wrong_pin", "8006": "wrong_pin",
		"1019": "expired", "2026": "expired", "4005": "expired", "1036": "unreachable", "1037": "unreachable",
		"17": "failed", "1025": "failed", "SFC_IC0003": "failed", "77777": "failed", "4999": "waiting",
	} {
		if got := simulator.StatusOf(code); got != want {
			t.Errorf("%s has the status %s, want %s", code, got, want)
		}
	}
}

func TestPayments(t *testing.T) {
	b := newBench(t, nil)
	paid := b.push(t, order(daraja.SandboxMSISDN, 150))
	b.advance(t, time.Minute)
	wrong := b.push(t, order("254700002001", 20))
	b.advance(t, time.Minute)
	open := b.push(t, order(daraja.SandboxMSISDN, 70))
	got := b.Payments(simulator.PaymentFilter{Limit: 10})
	if len(got) != 3 {
		t.Fatalf("%d payments", len(got))
	}
	for i, want := range []simulator.Payment{
		{PromptState: state(open, daraja.SandboxMSISDN, 7000, "", 2*time.Minute), Number: 3, Status: "waiting", StatusText: "waiting for the customer"},
		{PromptState: state(wrong, "254700002001", 2000, "2001", time.Minute), Number: 2, Status: "wrong_pin", StatusText: "wrong PIN"},
		{PromptState: state(paid, daraja.SandboxMSISDN, 15000, "0", 0), Number: 1, Status: "paid", StatusText: "paid"},
	} {
		p := got[i]
		if p.Result == "0" {
			want.Receipt = b.Ledger()[0].Receipt
		}
		if p.Result == "2001" {
			want.By = "the phone number"
		}
		if !p.OpenedAt.Equal(want.OpenedAt) || !p.EndedAt.Equal(want.EndedAt) || p.Name == "" || p.Shortcode != "174379" || p.Reference == "" || (p.Desc == "") != (p.Status == "waiting") {
			t.Errorf("payment %d is %+v", i, p)
		}
		want.OpenedAt, want.EndedAt, want.Name, want.Shortcode, want.Reference, want.Desc = p.OpenedAt, p.EndedAt, p.Name, p.Shortcode, p.Reference, p.Desc
		want.CallbackURL = p.CallbackURL
		if p != want {
			t.Errorf("payment %d is\n%+v, want\n%+v", i, p, want)
		}
	}
	one, ok := b.Payment(wrong.CheckoutRequestID)
	if !ok || one != got[1] {
		t.Errorf("alone it is %+v", one)
	}
	if _, ok := b.Payment("ws_CO_1"); ok {
		t.Error("there is a payment that was never made")
	}
	for want, f := range map[string]simulator.PaymentFilter{
		"[3 1]": {Phone: daraja.SandboxMSISDN, Limit: 10}, "[2]": {Status: simulator.PaymentWrongPIN, Limit: 10},
		"[3]": {Limit: 0}, "[1]": {Before: 2, Limit: 10}, "[]": {Before: 1, Limit: 10}, "[3 2]": {Before: 99, Limit: 2},
	} {
		if got := fmt.Sprint(numbers(b.Payments(f))); got != want {
			t.Errorf("%+v finds %s, want %s", f, got, want)
		}
	}
}

// state is a push after noon, which ends two seconds later with a result, or "" for none.
func state(ack daraja.STKPushAck, phone daraja.MSISDN, amount daraja.Money, result daraja.ResultCode, after time.Duration) simulator.PromptState {
	s := simulator.PromptState{
		Prompt:   simulator.Prompt{API: stk.APIPush, ID: ack.CheckoutRequestID, RequestID: ack.MerchantRequestID, Phone: phone, Amount: amount},
		OpenedAt: noon().Add(after), PromptResult: simulator.PromptResult{Result: result},
	}
	if result != "" {
		s.EndedAt = s.OpenedAt.Add(2 * time.Second)
	}
	return s
}

func numbers(all []simulator.Payment) []uint64 {
	out := make([]uint64, len(all))
	for i, p := range all {
		out[i] = p.Number
	}
	return out
}

// Whatever happens, the list has every accepted push once, whatever the pages, and
// agrees with ledger and callbacks.
func TestPaymentsAgreeWithTheWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(t, nil)
		var ids []string
		for range rapid.IntRange(1, 60).Draw(t, "pushes") {
			phone := daraja.MSISDN(fmt.Sprintf("25471100000%d", rapid.IntRange(0, 9).Draw(t, "phone")))
			if rapid.Bool().Draw(t, "magic") {
				phone = rapid.SampledFrom([]daraja.MSISDN{"254700001032", "254700000001", "254700002001", "254700001037"}).Draw(t, "number")
			}
			if ack, _, err := b.try(t, order(phone, rapid.IntRange(1, 1000).Draw(t, "amount"))); err == nil {
				ids = append(ids, ack.CheckoutRequestID)
			}
			b.advance(t, time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms"))*time.Millisecond)
		}
		limit := rapid.IntRange(1, 9).Draw(t, "limit")
		var listed []simulator.Payment
		for f := (simulator.PaymentFilter{Limit: limit}); ; {
			page := b.Payments(f)
			listed = append(listed, page...)
			if len(page) < limit {
				break
			}
			f.Before = page[len(page)-1].Number
		}
		slices.Reverse(listed)
		receipts := map[string]daraja.Money{}
		for _, e := range b.Ledger() {
			receipts[e.Receipt] = e.Amount
		}
		var got []string
		for _, p := range listed {
			got = append(got, p.ID)
			if moved, ok := receipts[p.Receipt]; ok != (p.Status == simulator.PaymentPaid) || ok && moved != p.Amount {
				t.Errorf("%+v, and the ledger has %v", p, moved)
			}
		}
		if !slices.Equal(got, ids) {
			t.Errorf("the list has\n%v, accepted were\n%v", got, ids)
		}
	})
}

// A result that does not say what was wrong with the push has a reason beside it, in
// the payment and with the callback for the record; the callback's body has not.
func TestReasonOfAResult(t *testing.T) {
	store := func(o *daraja.STKPush) {
		o.BusinessShortCode, o.TransactionType = simulator.SandboxStore, daraja.CustomerBuyGoodsOnline
		o.Password = daraja.Text(daraja.Password(simulator.SandboxStore, daraja.SandboxPasskey, stamp))
	}
	tests := []struct {
		name, want string
		change     func(*daraja.STKPush)
	}{
		{"paid", "", func(*daraja.STKPush) {}},
		{"the store as PartyB", "PartyB is the store number 174381; with CustomerBuyGoodsOnline it must be the till 174380",
			func(o *daraja.STKPush) { store(o); o.PartyB = simulator.SandboxStore }},
		{"a shortcode that is not there as PartyB", "PartyB is 999999; for the store 174381 with CustomerBuyGoodsOnline it must be the till 174380",
			func(o *daraja.STKPush) { store(o); o.PartyB = "999999" }},
		{"a till as PartyB of a paybill", "PartyB is 174380; for the paybill 174379 with CustomerPayBillOnline it must be the paybill itself, 174379",
			func(o *daraja.STKPush) { o.PartyB = simulator.SandboxTill }},
		{"a prompt that does not fit", "the prompt has 260 characters, but a phone shows 182; shorten AccountReference",
			func(o *daraja.STKPush) { o.AccountReference = daraja.Text(strings.Repeat("a", 182)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, nil)
			o := order(daraja.SandboxMSISDN, 1)
			tt.change(&o)
			b.push(t, o)
			b.advance(t, time.Minute)
			sent := b.sink.sent[len(b.sink.sent)-1]
			if sent.Reason != tt.want {
				t.Errorf("the callback's reason is %q, want %q", sent.Reason, tt.want)
			}
			if strings.Contains(string(sent.Body), "PartyB") {
				t.Errorf("the reason is on the wire: %s", sent.Body)
			}
			if p, _ := b.Payment(sent.Payment); p.Why != tt.want {
				t.Errorf("the payment's reason is %q, want %q", p.Why, tt.want)
			}
		})
	}
}

// A till number in the place of its store number is named as such.
func TestTillAsShortcode(t *testing.T) {
	b := newBench(t, nil)
	for shortcode, want := range map[daraja.Text]string{
		simulator.SandboxTill: "174380 is a till number; BusinessShortCode takes its store number 174381",
		"600100":              "no organisation here has shortcode 600100",
		"600000":              "shortcode 600000 is one of the sandbox for other products; it cannot push",
	} {
		o := order(daraja.SandboxMSISDN, 1)
		o.BusinessShortCode = shortcode
		_, _, err := b.try(t, o)
		if e := refusal(t, err); e.Reason != want {
			t.Errorf("%s: %q, want %q", shortcode, e.Reason, want)
		}
	}
}

func TestDurationWithoutAUnit(t *testing.T) {
	err := all.Catalogue().CheckSettings(map[string]string{"think_time": "5"})
	if err == nil || err.Error() != `setting think_time: "5" is not a duration from 0s to 10m, such as 5s` {
		t.Error(err)
	}
}
