package gateway_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
)

// inFiles counts how often the database's files have a number, byte by byte.
func (d *desk) inFiles(phone daraja.MSISDN) map[string]int {
	d.t.Helper()
	found := make(map[string]int)
	files, err := filepath.Glob(filepath.Join(d.dir, "*"))
	if err != nil || len(files) < 3 {
		d.t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			d.t.Fatal(err)
		}
		if n := bytes.Count(b, []byte(phone.National())); n > 0 {
			found[filepath.Base(file)] = n
		}
	}
	return found
}

// What is erased is gone from the file, the write-ahead log and its index, while the
// store is open and when it was closed. So a copy of the disk tells nothing.
func TestErasedCustomerIsNotInTheFiles(t *testing.T) {
	for _, tt := range []struct {
		name  string
		erase func(d *desk) error
	}{
		{"on request", func(d *desk) error {
			got, err := d.EraseCustomer(d.t.Context(), jane)
			if got.Left != "" {
				err = fmt.Errorf("left: %s", got.Left)
			}
			return err
		}},
		{"by age", func(d *desk) error {
			_, err := d.Retain(d.t.Context(), d.clock.Now())
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			for i := range 60 {
				d.pay(jane, fmt.Sprint("k", i))
				d.pay(john, fmt.Sprint("j", i))
			}
			d.clock.Advance(time.Minute)
			if len(d.inFiles(jane)) == 0 {
				t.Fatal("nothing is to be erased")
			}
			if err := tt.erase(d); err != nil {
				t.Fatal(err)
			}
			if found := d.inFiles(jane); len(found) > 0 {
				t.Errorf("while it is open the number is in %v", found)
			}
			if err := d.Store.Close(); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"gateway.db-wal", "gateway.db-shm"} { // Close removes them
				if err := os.WriteFile(filepath.Join(d.dir, name), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if found := d.inFiles(jane); len(found) > 0 {
				t.Errorf("when it is closed the number is in %v", found)
			}
		})
	}
}

// A reader from outside that holds the log is waited for, and when it does not end the
// answer says what is left. Nothing else waits.
func TestErasureWhileAReaderHoldsTheLog(t *testing.T) {
	d := newDesk(t)
	d.pay(jane, "k1")
	reader, err := sqlite.OpenReader(t.Context(), d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	err = reader.View(t.Context(), func(tx gateway.Tx) error {
		if _, err := tx.Payment(1); err != nil {
			return err
		}
		got := d.erase(jane)
		if !strings.Contains(got.Left, "gateway.db-wal") || got.Payments != 1 {
			t.Errorf("with a reader: %+v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.erase(jane); got.Left != "" {
		t.Errorf("without it: %+v", got)
	}
	if found := d.inFiles(jane); len(found) > 0 {
		t.Errorf("the number is in %v", found)
	}
}

// The number goes from other customers' payments too, however it is written there. What
// is kept is named.
func TestNumberIsMaskedInOtherPayments(t *testing.T) {
	spellings := []string{"254711222333", "0711222333", "711222333", "0711-222-333", "0711 222 333", "254 711.222.333"}
	d := newDesk(t)
	d.Vault = vaultOf(t, 1)
	orders := make(map[string]gateway.Order)
	for i, spelling := range spellings {
		key := fmt.Sprint("ref", i)
		orders[key] = gateway.Order{Reference: "for " + spelling, CallbackURL: "https://duka.example/hook"}
	}
	for i, spelling := range []string{"254711222333", "%2B254%20711%20222%20333", "0711-222-333"} {
		orders[fmt.Sprint("url", i)] = gateway.Order{CallbackURL: "https://duka.example/hook?for=" + spelling}
	}
	orders["key-0711222333"] = gateway.Order{CallbackURL: "https://duka.example/hook"}
	ids := make(map[string]int64)
	for i, key := range slices.Sorted(maps.Keys(orders)) {
		o := orders[key]
		o.Phone, o.Amount, o.IdempotencyKey = john.Digits(), "10", key
		got, err := d.Collect(t.Context(), gateway.Partner{Name: "duka"}, o)
		if err != nil {
			t.Fatal(err)
		}
		receipt := fmt.Sprint("N", i)
		d.tokens[receipt], ids[key] = d.token, got.PaymentID
		d.callback(john, receipt)
	}
	d.reply = "dear 0711 222 333, thank you"
	d.gone = true // 410, which is noted with the URL
	d.deliver()
	d.gone = false
	for id := range ids { // so that nothing waits any more
		if w := d.webhookOf(ids[id]); w.State == gateway.DeliveryExhausted {
			if _, err := d.Resend(t.Context(), "duka", w.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.deliver()
	open := gateway.Order{Phone: john.Digits(), Amount: "10", Reference: "0711222333", CallbackURL: "https://duka.example/hook", IdempotencyKey: "open"}
	waits, err := d.Collect(t.Context(), gateway.Partner{Name: "duka"}, open)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"254711222333", "to-0711222333"} {
		if _, err := d.TakeCallback(t.Context(), token, gateway.Origin{}, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}

	got := d.erase(jane)
	if got.Mentions != len(orders) || got.Chained != 0 || fmt.Sprint(got.Kept) != fmt.Sprint([]int64{waits.PaymentID}) {
		t.Errorf("got %+v, %d orders mention the number", got, len(orders))
	}
	if _, err := d.EraseCustomer(t.Context(), jane); err != nil {
		t.Fatal(err)
	}
	for _, spelling := range append(spellings, "%20711%20222%20333") {
		for _, column := range d.mentions(spelling) {
			if column != "payments.reference" { // of the open one
				t.Errorf("%q is still in %s", spelling, column)
			}
		}
	}
	d.token = ""
	for key, id := range ids {
		o := orders[key]
		o.Phone, o.Amount, o.IdempotencyKey = john.Digits(), "10", key
		if again, err := d.Collect(t.Context(), gateway.Partner{Name: "duka"}, o); err != nil || !again.Duplicate || again.PaymentID != id {
			t.Errorf("%s again: %+v, %v", key, again, err)
		}
	}
	if d.token != "" {
		t.Error("something was pushed again")
	}
	p, err := d.Transaction(t.Context(), gateway.Partner{Name: "duka"}, ids["ref0"])
	if err != nil || p.Phone != john || !p.ErasedAt.IsZero() || p.Reference != "for 254XXXXXXXXX" {
		t.Errorf("the other customer's payment is %+v, %v", p, err)
	}
	d.verify()
}

// What a release from before put into the chain stays, and is counted.
func TestNumberInTheChainIsCounted(t *testing.T) {
	d := newDesk(t)
	err := d.Store.Update(t.Context(), func(tx gateway.Tx) error {
		return tx.InsertCallback(&gateway.Callback{Token: "t-" + jane.Digits(), Body: []byte("{}"), Verdict: gateway.VerdictNobody, ReceivedAt: d.clock.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.erase(jane); got.Chained != 1 {
		t.Errorf("got %+v", got)
	}
	d.verify()
}

// A verdict is never erased, so none quotes a number, whatever M-PESA or a stranger says.
func TestVerdictsHaveNoNumber(t *testing.T) {
	d := newDesk(t)
	if _, err := d.order(jane, "k1"); err != nil {
		t.Fatal(err)
	}
	cb := paidWith("UA1AAAAAR1")
	cb.MerchantRequestID, cb.CheckoutRequestID = "29115-1", "ws_CO_another_"+john.Digits()
	body, err := cb.Encode(daraja.CallbackStyle{})
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := d.TakeCallback(t.Context(), d.tokens["k1"], gateway.Origin{}, body)
	if err != nil || gateway.VerdictKind(verdict) != gateway.VerdictApplied {
		t.Fatalf("the verdict is %q, %v", verdict, err)
	}
	for _, phone := range []daraja.MSISDN{jane, john} {
		if strings.Contains(verdict, phone.National()) {
			t.Errorf("the verdict is %q", verdict)
		}
	}
}
