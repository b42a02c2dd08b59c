package gateway_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

func vaultOf(t *testing.T, master byte) *gateway.Vault {
	t.Helper()
	v, err := gateway.NewVault(bytes.Repeat([]byte{master}, gateway.MasterKeySize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (d *desk) erase(phone daraja.MSISDN) gateway.Erased {
	d.t.Helper()
	got, err := d.EraseCustomer(d.t.Context(), phone)
	if err != nil {
		d.t.Fatal(err)
	}
	return got
}

// post sends a callback of a result to the push of an order.
func (d *desk) post(key string, cb daraja.STKCallback) string {
	d.t.Helper()
	cb.MerchantRequestID, cb.CheckoutRequestID = "29115-1", d.ids[d.tokens[key]]
	body, err := cb.Encode(daraja.CallbackStyle{})
	if err != nil {
		d.t.Fatal(err)
	}
	verdict, err := d.TakeCallback(d.t.Context(), d.tokens[key], gateway.Origin{Remote: "196.201.214.200"}, body)
	if err != nil {
		d.t.Fatal(err)
	}
	return verdict
}

func cancelled() daraja.STKCallback {
	return daraja.STKCallback{ResultCode: "1032", ResultDesc: "Request cancelled by user"}
}

func paidWith(receipt string) daraja.STKCallback {
	return daraja.STKCallback{ResultCode: "0", ResultDesc: "done", Payment: &daraja.STKPayment{
		Amount: 1000, Receipt: receipt, Phone: jane.Digits(), At: time.Date(2026, 1, 1, 12, 0, 0, 0, daraja.EAT()),
	}}
}

// The same key gives the same answer for good: after an erasure, after a callback that
// comes later still, and after the erasure of that.
func TestSameKeySameAnswerAfterErasure(t *testing.T) {
	refused := &gateway.PushError{Message: "M-PESA refused it"}
	for _, tt := range []struct {
		name         string
		vault        byte  // under which master key; 0 is none, as in a release from before
		later        byte  // and when the order comes again
		refuse       error // what the first push gets
		same, others gateway.Code
	}{
		{"fingerprint with a key", 1, 1, nil, "", gateway.CodeKeyReused},
		{"fingerprint of an earlier release", 0, 1, nil, "", ""},
		{"master key changed", 1, 2, nil, "", ""},
		{"refused", 1, 1, refused, gateway.CodeRefused, gateway.CodeKeyReused},
		{"refused, fingerprint of an earlier release", 0, 1, refused, gateway.CodeRefused, gateway.CodeRefused},
		{"unanswered", 1, 1, &gateway.PushError{Ambiguous: true, Message: "no answer"}, "", gateway.CodeKeyReused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			if tt.vault != 0 {
				d.Vault = vaultOf(t, tt.vault)
			}
			d.refuse = tt.refuse
			_, _ = d.order(jane, "k1")
			token := d.tokens["k1"]
			if !errors.Is(tt.refuse, refused) {
				d.callback(jane, "k1")
			}
			d.deliver()
			d.Vault = vaultOf(t, tt.later)
			again := func(when string) {
				t.Helper()
				d.token = ""
				for phone, want := range map[daraja.MSISDN]gateway.Code{jane: tt.same, john: tt.others} {
					got, err := d.order(phone, "k1")
					if gateway.CodeOf(err) != want || want == "" && (!got.Duplicate || got.PaymentID != 1) {
						t.Errorf("%s %s orders: %+v, %v, want %q", when, phone.Masked(), got, err, want)
					}
				}
				if d.token != "" {
					t.Errorf("%s it was pushed again", when)
				}
				d.tokens["k1"] = token
			}
			if got := d.erase(jane); got.Payments != 1 {
				t.Fatalf("nothing was erased: %+v", got)
			}
			again("after the erasure")
			d.post("k1", paidWith("UA1AAAARK1"))
			again("after a late callback")
			d.deliver()
			d.erase(jane)
			if _, err := d.EraseAgain(t.Context()); err != nil {
				t.Fatal(err)
			}
			again("after erasing once more")
		})
	}
}

// An order that was accepted stays so for its partner when a later push for it is
// refused.
func TestRefusalOfALaterPushIsNotTheAnswer(t *testing.T) {
	d := newDesk(t)
	got, err := d.order(jane, "k1")
	if err != nil {
		t.Fatal(err)
	}
	d.post("k1", daraja.STKCallback{ResultCode: "4005", ResultDesc: "not now"})
	d.refuse = &gateway.PushError{Message: "M-PESA refused it"}
	d.clock.Advance(5 * time.Minute)
	if err := d.WorkPayment(t.Context(), got.PaymentID); err != nil {
		t.Fatal(err)
	}
	p, err := d.Transaction(t.Context(), gateway.Partner{Name: "duka"}, got.PaymentID)
	if err != nil || p.State != gateway.Failed || p.Pushes != 2 {
		t.Fatalf("the payment is %+v, %v", p, err)
	}
	if again, err := d.order(jane, "k1"); err != nil || !again.Duplicate || again.PaymentID != got.PaymentID {
		t.Errorf("the same order is answered %+v, %v", again, err)
	}
}

// A callback that comes after the erasure is taken for what it is. It does not bring the
// number back: it is erased as it comes, or as soon as its payment needs it no longer.
func TestCallbackAfterErasure(t *testing.T) {
	for _, tt := range []struct {
		name    string
		first   daraja.STKCallback
		late    []daraja.STKCallback
		body    string // in place of late
		state   gateway.State
		needed  bool // by the payment
		verdict string
	}{
		{"a copy", paidWith("UA1AAAAAR1"), []daraja.STKCallback{paidWith("UA1AAAAAR1")}, "", gateway.Paid, false, "duplicate"},
		{"two copies", paidWith("UA1AAAAAR1"), []daraja.STKCallback{paidWith("UA1AAAAAR1"), paidWith("UA1AAAAAR1")}, "", gateway.Paid, false, "duplicate"},
		{"a second receipt", paidWith("UA1AAAAAR1"), []daraja.STKCallback{paidWith("UA1AAAAAR2")}, "", gateway.Paid, true, "applied"},
		{"another failure", cancelled(), []daraja.STKCallback{cancelled()}, "", gateway.Failed, false, "duplicate"},
		{"what cannot be read", paidWith("UA1AAAAAR1"), nil, `{"from":"0711 222 333"}`, gateway.Paid, false, "malformed"},
		{"money after a failure", cancelled(), []daraja.STKCallback{paidWith("UA1AAAAAR1")}, "", gateway.Paid, true, "applied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.Vault = vaultOf(t, 1)
			got, err := d.order(jane, "k1")
			if err != nil {
				t.Fatal(err)
			}
			d.post("k1", tt.first)
			d.deliver()
			d.erase(jane)
			for _, cb := range tt.late {
				if verdict := gateway.VerdictKind(d.post("k1", cb)); verdict != tt.verdict {
					t.Errorf("the verdict is %q, want %q", verdict, tt.verdict)
				}
			}
			if tt.body != "" {
				if _, err := d.TakeCallback(t.Context(), d.tokens["k1"], gateway.Origin{}, []byte(tt.body)); err != nil {
					t.Fatal(err)
				}
			}
			d.clock.Advance(time.Hour)
			if _, err := d.EraseAgain(t.Context()); err != nil {
				t.Fatal(err)
			}
			left := append(d.mentions(jane.National()), d.mentions("0711 222 333")...)
			if tt.needed != (len(left) > 0) {
				t.Errorf("the number is in %v; the payment needs it: %t", left, tt.needed)
			}
			p, err := d.Transaction(t.Context(), gateway.Partner{Name: "duka"}, got.PaymentID)
			if err != nil || p.State != tt.state || p.ErasedAt.IsZero() != tt.needed {
				t.Errorf("the payment is %+v, %v", p, err)
			}
			d.verify()
		})
	}
}

// When the webhook about what came late is delivered, and a person has looked, since its URL
// was erased, it is erased, with no --retain and no request.
func TestLateCallbackIsErasedWhenItIsNeededNoLonger(t *testing.T) {
	d := newDesk(t)
	got, err := d.order(jane, "k1")
	if err != nil {
		t.Fatal(err)
	}
	d.post("k1", cancelled())
	d.deliver()
	d.erase(jane)
	d.post("k1", paidWith("UA1AAAAAR1"))
	if n, err := d.EraseAgain(t.Context()); err != nil || n != 0 {
		t.Errorf("while its webhook is due %d were erased, %v", n, err)
	}
	d.deliver()
	if err := d.resolveAsIs(got.PaymentID, "told by phone"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if n, err := d.EraseAgain(t.Context()); err != nil || n != want {
			t.Errorf("%d were erased, want %d, %v", n, want, err)
		}
	}
	if left := d.mentions(jane.National()); len(left) > 0 {
		t.Errorf("the number is still in %v", left)
	}
	d.verify()
}
