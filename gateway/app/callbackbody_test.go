package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// wire is a callback's body with parts that can be replaced by whatever a sender writes.
type wire struct {
	id, code, amount, receipt, phone string // JSON; "" leaves the part out
	bare                             bool   // no metadata
}

// genuine is a success for the rig's first order.
func genuine() wire {
	return wire{id: `"ws_CO_1"`, code: "0", amount: "150.00", receipt: `"UA1AAAAAAA"`, phone: "254708374149"}
}

func (w wire) body() []byte {
	var items []string
	for _, item := range []struct{ name, value string }{
		{"Amount", w.amount}, {"MpesaReceiptNumber", w.receipt}, {"TransactionDate", "20260101145900"}, {"PhoneNumber", w.phone},
	} {
		if item.value != "" {
			items = append(items, fmt.Sprintf(`{"Name":%q,"Value":%s}`, item.name, item.value))
		}
	}
	parts := []string{`"MerchantRequestID":"29115-1-1"`, `"ResultDesc":"as it came"`}
	if w.id != "" {
		parts = append(parts, `"CheckoutRequestID":`+w.id)
	}
	if w.code != "" {
		parts = append(parts, `"ResultCode":`+w.code)
	}
	if !w.bare {
		parts = append(parts, `"CallbackMetadata":{"Item":[`+strings.Join(items, ",")+`]}`)
	}
	return []byte(`{"Body":{"stkCallback":{` + strings.Join(parts, ",") + `}}}`)
}

// Only known codes are final.
func TestOddCodesAreAQuestion(t *testing.T) {
	codes := map[string]string{
		"0.0": "0.0", "two zeros": `"00"`, "0.0 as text": `"0.0"`, "a blank after it": `"0 "`, "false": "false", "SUCCESS": `"SUCCESS"`,
		"a list": "[]", "an object": "{}", "-1": "-1", "null": "null", "none": "", "a leading zero": `"01032"`, "decimals": "1032.0", "Ok": `"Ok"`,
	}
	for name, code := range codes {
		t.Run(name+", alone", func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			w := genuine()
			w.code, w.bare = code, true
			r.called(id, gateway.Proven, w.body())
			r.is(id, gateway.Pending)
			r.daraja.says("0")
			r.work(id)
			r.is(id, gateway.Paid, "successful")
		})
	}
	codes["an unlisted code"], codes["a listed failure"], codes["pending"] = "1050", "1032", "4999"
	for name, code := range codes {
		begin := func(t *testing.T) (*rig, int64) {
			t.Helper()
			r := newRig(t, nil)
			id := r.mustAsk()
			w := genuine()
			w.code = code
			r.called(id, gateway.Proven, w.body())
			r.is(id, gateway.Confirming)
			return r, id
		}
		t.Run(name+", with a receipt, and it was paid", func(t *testing.T) {
			t.Parallel()
			r, id := begin(t)
			r.daraja.says("0")
			r.work(id)
			if p := r.is(id, gateway.Paid, "successful"); p.Receipt != "UA1AAAAAAA" {
				t.Errorf("paid with receipt %q", p.Receipt)
			}
		})
		t.Run(name+", with a receipt, and M-PESA says that it failed", func(t *testing.T) {
			t.Parallel()
			r, id := begin(t)
			r.daraja.says("1032")
			r.work(id)
			r.is(id, gateway.Review)
		})
		t.Run(name+", with a receipt, and M-PESA never answers", func(t *testing.T) {
			t.Parallel()
			r, id := begin(t)
			for range len(r.Waits.Query) + 1 {
				r.work(id)
			}
			r.is(id, gateway.Unresolved)
		})
	}
}

// A code that no catalogue has is a failure when it has the form of Daraja's codes and
// stands alone.
func TestUnlistedCodes(t *testing.T) {
	for _, code := range []daraja.ResultCode{"1050", "SFC_IC0009", "TP40153"} {
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Proven, r.failed(1, code))
		if p := r.is(id, gateway.Failed, "failed"); !p.Support {
			t.Errorf("%s is not shown to support", code)
		}
	}
	r := newRig(t, nil)
	id := r.mustAsk()
	r.called(id, gateway.Proven, wire{id: `"ws_CO_1"`, code: "1050", amount: "150"}.body()) // with metadata
	r.is(id, gateway.Pending)
}

// A success that lacks a part is confirmed by a query.
func TestIncompleteSuccessIsConfirmed(t *testing.T) {
	for name, change := range map[string]func(*wire){
		"no metadata":          func(w *wire) { w.bare = true },
		"no receipt":           func(w *wire) { w.receipt = "" },
		"no amount":            func(w *wire) { w.amount = "" },
		"an amount in words":   func(w *wire) { w.amount = `"much"` },
		"an exponent":          func(w *wire) { w.amount = "1.5e2" },
		"no prompt":            func(w *wire) { w.id = "" },
		"receipt: an object":   func(w *wire) { w.receipt = `{"a":1}` },
		"receipt: a script":    func(w *wire) { w.receipt = `"<script>alert"` },
		"receipt: ESC":         func(w *wire) { w.receipt = `"UA1AAAA\u001b"` },
		"receipt: CR LF":       func(w *wire) { w.receipt = `"UA1AAAAAAA\r\n"` },
		"receipt: NUL":         func(w *wire) { w.receipt = `"UA1AAAAAAA\u0000"` },
		"receipt: too short":   func(w *wire) { w.receipt = `"UA1"` },
		"receipt: placeholder": func(w *wire) { w.receipt = `"UGC0000000"` },
		"phone: none":          func(w *wire) { w.phone = "" },
		"phone: null":          func(w *wire) { w.phone = "null" },
		"phone: words":         func(w *wire) { w.phone = `"unknown"` },
		"phone: another hash":  func(w *wire) { w.phone = `"` + strings.Repeat("0a", 32) + `"` },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			w := genuine()
			change(&w)
			r.called(id, gateway.Proven, w.body())
			r.is(id, gateway.Confirming)
			r.daraja.says("0")
			r.work(id)
			p := r.is(id, gateway.Paid, "successful")
			if p.Receipt != "" && p.Receipt != "UA1AAAAAAA" {
				t.Errorf("the partner is given the receipt %q", p.Receipt)
			}
		})
	}
}

// Bodies that contradict themselves go to review when they are proven. Otherwise a query
// must confirm them, and what they contradict is kept for a person.
func TestContradictoryBodies(t *testing.T) {
	whole := string(genuine().body())
	replace := func(old, new string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("the body has no %s", old)
		}
		return strings.Replace(whole, old, new, 1)
	}
	for name, body := range map[string]string{
		"two results":             replace(`"ResultCode":0`, `"ResultCode":1032,"ResultCode":0`),
		"two results, other case": replace(`"ResultCode":0`, `"resultcode":1032,"ResultCode":0`),
		"two results, escaped":    replace(`"ResultCode":0`, `"\u0052esultCode":1032,"ResultCode":0`),
		"two results, Kelvin":     replace(`"CheckoutRequestID"`, `"Chec\u212aoutRequestID":"ws_CO_2","CheckoutRequestID"`),
		"two amounts":             replace(`{"Name":"Amount","Value":150.00}`, `{"Name":"Amount","Value":1},{"Name":"Amount","Value":150.00}`),
		"two receipts":            replace(`{"Name":"MpesaReceiptNumber"`, `{"Name":"MpesaReceiptNumber","Value":"UA1BBBBBBB"},{"Name":"MpesaReceiptNumber"`),
		"two values":              replace(`"Value":150.00`, `"Value":1,"Value":150.00`),
		"two item lists":          replace(`"CallbackMetadata":`, `"CallbackMetadata":{"Item":[]},"CallbackMetadata":`),
		"two callbacks":           replace(`"stkCallback":`, `"stkCallback":{"ResultCode":1032},"stkCallback":`),
		"two bodies":              `{"body":{},` + whole[1:],
		"another value after it":  whole + whole,
		"words after it":          whole + " x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id, forged := r.mustAsk(), r.mustAsk()
			r.called(id, gateway.Proven, []byte(body))
			if p := r.is(id, gateway.Review); !strings.Contains(p.ReviewReason, "contradicts itself") {
				t.Errorf("the reason is %q", p.ReviewReason)
			}
			r.called(forged, gateway.Unproven, []byte(body))
			if p := r.is(forged, gateway.Confirming); !strings.Contains(p.ReviewReason, "contradicts itself") {
				t.Errorf("without proof, the reason is %q", p.ReviewReason)
			}
			r.called(forged, gateway.Proven, r.paid(2, "UA1CCCCCCC", nil))
			r.is(forged, gateway.Paid, "successful")
			r.read(func(tx gateway.Tx) error {
				kept, err := tx.CallbacksOf(id, 0, 100)
				if len(kept) != 1 || string(kept[0].Body) != body {
					t.Errorf("%d are kept, or with another body", len(kept))
				}
				return err
			})
		})
	}
}

// Receipts are compared as M-PESA prints them.
func TestReceiptsAreComparedWithoutCaseAndBlanks(t *testing.T) {
	for _, spelling := range []string{"UA1AAAAAAA", "ua1aaaaaaa", "UA1aaaaaaa ", "  UA1AAAAAAA"} {
		t.Run(spelling, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			first, second := r.mustAsk(), r.mustAsk()
			w := genuine()
			w.receipt = fmt.Sprintf("%q", spelling)
			r.called(first, gateway.Proven, w.body())
			if p := r.is(first, gateway.Paid, "successful"); p.Receipt != "UA1AAAAAAA" {
				t.Errorf("the partner is given the receipt %q", p.Receipt)
			}
			r.called(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil)) // the same
			if p := r.is(first, gateway.Paid, "successful"); p.ReviewReason != "" {
				t.Errorf("the reason is %q", p.ReviewReason)
			}
			r.called(second, gateway.Proven, r.paid(2, "UA1AAAAAAA", nil))
			if p := r.is(second, gateway.Review); !strings.Contains(p.ReviewReason, "already belongs") {
				t.Errorf("the reason is %q", p.ReviewReason)
			}
		})
	}
}

// The phone that paid is compared, however it is written. The order is for 254708374149.
func TestPhoneThatPaidIsCompared(t *testing.T) {
	for phone, state := range map[string]gateway.State{
		`254708374149`: gateway.Paid, `"254708374149"`: gateway.Paid, `"+254708374149"`: gateway.Paid, `"0708374149"`: gateway.Paid,
		`708374149`: gateway.Paid, `254708374149.0`: gateway.Paid, `"254708374149.0"`: gateway.Paid, `2.54708374149e11`: gateway.Paid,
		`"254 708 374 149"`: gateway.Paid, `"2547 ***** 149"`: gateway.Paid, `"25470****149"`: gateway.Paid, `"2547XXXXX149"`: gateway.Paid,
		`"07*****149"`: gateway.Paid, `"************"`: gateway.Paid,
		`"c4ad7c3e2b1b06a9a16d24d7cd8ad8b2a5a2dd39ac3ad98d0db4ba1ea4d7f6bb"`: gateway.Confirming,

		`254799999999`: gateway.Review, `"0799999999"`: gateway.Review, `"+254799999999"`: gateway.Review, `799999999`: gateway.Review,
		`2547999999990`: gateway.Review, `254799999999.0`: gateway.Review, `"255712345678"`: gateway.Review, `12025550123`: gateway.Review,
		`"25471****149"`: gateway.Review, `"2547 ***** 126"`: gateway.Review, `"2547XXXXX148"`: gateway.Review, `"254708374149x1"`: gateway.Review,
		`2547083741490`: gateway.Review, `1`: gateway.Review,

		`null`: gateway.Confirming, ``: gateway.Confirming, `""`: gateway.Confirming, `{}`: gateway.Confirming,
	} {
		t.Run(phone, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			w := genuine()
			w.phone = phone
			r.called(id, gateway.Proven, w.body())
			var told []string
			if state == gateway.Paid {
				told = []string{"successful"}
			}
			if p := r.is(id, state, told...); strings.Contains(p.ReviewReason, "99999999") {
				t.Errorf("the reason tells the number: %q", p.ReviewReason)
			}
		})
	}
}
