package gateway_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/testkit"
)

const (
	jane = daraja.MSISDN("254711222333")
	john = daraja.MSISDN("254744555666")
)

// desk is a gateway with a Daraja and a partner that do as they are told. Prompts
// have the customer's number in their ids, as M-PESA's do.
type desk struct {
	*gateway.Gateway
	t      *testing.T
	dir    string
	clock  *testkit.Clock
	tokens map[string]string // by the order's key
	ids    map[string]string // of prompts, by the push's token
	token  string
	down   bool // the partner
	gone   bool // the partner answers 410
	reply  string
	refuse error // what a push gets
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), clock: testkit.NewClock(time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)), tokens: make(map[string]string),
		ids: make(map[string]string)}
	s, err := sqlite.Open(t.Context(), sqlite.Config{Dir: d.dir, Clock: d.clock, IDs: storetest.CountedIDs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	d.Gateway = &gateway.Gateway{
		Store: s, Daraja: d, Sender: d, Clock: d.clock, Random: unguessable{rand.New(rand.NewPCG(1, 2))},
		Waits: gateway.StandardWaits(), Log: slog.New(slog.DiscardHandler),
	}
	return d
}

// resolveAsIs closes the review of a payment, as it is read now.
func (d *desk) resolveAsIs(id int64, note string) error {
	f, err := gateway.Desk{Store: d.Store}.Payment(d.t.Context(), id)
	if err != nil {
		return err
	}
	_, err = d.ResolveReview(d.t.Context(), id, gateway.Resolution{As: gateway.DecideAsIs, Seen: f.Mark, Note: note, By: "jane"})
	return err
}

// Ready implements gateway.Daraja.
func (d *desk) Ready(string) time.Duration { return 0 }

// Push implements gateway.Daraja.
func (d *desk) Push(_ context.Context, o gateway.PushOrder) (gateway.PushAck, error) {
	d.token = o.Token
	d.ids[o.Token] = fmt.Sprintf("ws_CO_01012026120000%03d%s", 123+len(d.ids), o.Phone.National())
	if d.refuse != nil {
		return gateway.PushAck{}, d.refuse
	}
	return gateway.PushAck{MerchantRequestID: "29115-1", CheckoutRequestID: d.ids[o.Token]}, nil
}

// Query implements gateway.Daraja.
func (d *desk) Query(context.Context, string, string) (gateway.QueryAnswer, error) {
	return gateway.QueryAnswer{Pending: true}, nil
}

// Send implements gateway.Sender.
func (d *desk) Send(context.Context, gateway.Webhook) (gateway.Reply, error) {
	if d.down {
		return gateway.Reply{Status: 503}, fmt.Errorf("answered 503")
	}
	if d.gone {
		return gateway.Reply{Status: 410}, fmt.Errorf("answered 410")
	}
	return gateway.Reply{Status: 200, Body: []byte(d.reply)}, nil
}

func (d *desk) order(phone daraja.MSISDN, key string) (gateway.Accepted, error) {
	got, err := d.Collect(d.t.Context(), gateway.Partner{Name: "duka"}, gateway.Order{
		Phone: phone.Digits(), Amount: "10", Reference: "A-" + phone.National(), IdempotencyKey: key,
		CallbackURL: "https://duka.example/hook?msisdn=" + phone.Digits(),
	})
	d.tokens[key] = d.token
	return got, err
}

func (d *desk) callback(phone daraja.MSISDN, key string) {
	d.t.Helper()
	cb := daraja.STKCallback{
		MerchantRequestID: "29115-1", CheckoutRequestID: d.ids[d.tokens[key]], ResultCode: "0", ResultDesc: "done",
		Payment: &daraja.STKPayment{Amount: 1000, Receipt: "RECEIPT" + key, Phone: phone.Digits(), At: time.Date(2026, 1, 1, 12, 0, 0, 0, daraja.EAT())},
	}
	body, err := cb.Encode(daraja.CallbackStyle{})
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.TakeCallback(d.t.Context(), d.tokens[key], gateway.Origin{Remote: "196.201.214.200"}, body); err != nil {
		d.t.Fatal(err)
	}
}

// webhookOf is the only webhook of a payment.
func (d *desk) webhookOf(payment int64) *gateway.Delivery {
	d.t.Helper()
	all, err := d.Webhooks(d.t.Context(), gateway.Partner{Name: "duka"}, payment)
	if err != nil || len(all) != 1 {
		d.t.Fatalf("payment %d has %d webhooks, %v", payment, len(all), err)
	}
	return all[0]
}

// deliver sends the webhooks that are due.
func (d *desk) deliver() {
	d.t.Helper()
	var due []*gateway.Delivery
	err := d.Store.View(d.t.Context(), func(tx gateway.Tx) (err error) {
		due, err = tx.Deliveries(gateway.DeliveryFilter{State: gateway.DeliveryDue})
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, w := range due {
		if err := d.WorkDelivery(d.t.Context(), w.ID); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *desk) pay(phone daraja.MSISDN, key string) (id int64) {
	d.t.Helper()
	got, err := d.order(phone, key)
	if err != nil {
		d.t.Fatal(err)
	}
	d.callback(phone, key)
	d.deliver()
	return got.PaymentID
}

// mentions lists the columns of all tables in which some row has a text.
func (d *desk) mentions(text string) (found []string) {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(d.dir, "gateway.db"))+"?mode=ro")
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(d.t.Context(), `SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'`)
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	var columns [][2]string
	for rows.Next() {
		var c [2]string
		if err := rows.Scan(&c[0], &c[1]); err != nil {
			d.t.Fatal(err)
		}
		columns = append(columns, c)
	}
	if err := rows.Err(); err != nil || len(columns) < 60 {
		d.t.Fatalf("%d columns, %v", len(columns), err)
	}
	for _, c := range columns {
		var n int
		query := fmt.Sprintf(`SELECT count(*) FROM %q WHERE instr(CAST(%q AS TEXT), ?) > 0`, c[0], c[1])
		if err := db.QueryRowContext(d.t.Context(), query, text).Scan(&n); err != nil {
			d.t.Fatal(err)
		}
		if n > 0 {
			found = append(found, c[0]+"."+c[1])
		}
	}
	return found
}

func (d *desk) verify() {
	d.t.Helper()
	got, err := gateway.VerifyLog(d.t.Context(), d.Store.(*sqlite.Store), gateway.Expected{})
	if err != nil || !got.OK() {
		d.t.Errorf("the log after an erasure: %+v, %v", got, err)
	}
}

func TestErasedCustomerIsNowhere(t *testing.T) {
	d := newDesk(t)
	id := d.pay(jane, "k1")
	d.pay(john, "k2")
	for _, body := range []string{`{"from":"` + jane.Digits() + `"}`, `{"Body":{"stkCallback":{"ResultCode":4999,"CallbackMetadata":{"Item":[{"Name":"Amount","Value":"` + jane.Digits() + `x"}]}}}}`} {
		for _, token := range []string{"nobody's", d.tokens["k2"]} {
			if _, err := d.TakeCallback(t.Context(), token, gateway.Origin{Remote: "10.0.0.1"}, []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(d.mentions(jane.National())) < 6 {
		t.Fatalf("the test proves little: %v", d.mentions(jane.National()))
	}
	got, err := d.EraseCustomer(t.Context(), jane)
	if err != nil || got.Payments != 1 || got.Callbacks != 5 || len(got.Kept) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if left := d.mentions(jane.National()); len(left) > 0 {
		t.Errorf("the number is still in %v", left)
	}
	if len(d.mentions(john.National())) == 0 {
		t.Error("another customer was erased")
	}
	d.verify()
	p, err := d.Transaction(t.Context(), gateway.Partner{Name: "duka"}, id)
	if err != nil || p.State != gateway.Paid || p.Receipt != "RECEIPTK1" || p.Amount != 1000 || p.Fingerprint != "" || p.ErasedAt.IsZero() {
		t.Errorf("the payment is %+v, %v", p, err)
	}
	again, err := d.EraseCustomer(t.Context(), jane)
	if err != nil || again.Payments != 0 || again.Callbacks != 0 {
		t.Errorf("once more: %+v, %v", again, err)
	}
}

// Who guesses the number can't see that he is right.
func TestDigestOfAnErasedBodyTellsNothing(t *testing.T) {
	d := newDesk(t)
	body := []byte(`{"from":"` + jane.Digits() + `"}`)
	for range 2 {
		if _, err := d.TakeCallback(t.Context(), "nobody's", gateway.Origin{Remote: "10.0.0.1"}, body); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.EraseCustomer(t.Context(), jane); err != nil {
		t.Fatal(err)
	}
	var left []gateway.Callback
	err := d.Store.View(t.Context(), func(tx gateway.Tx) (err error) {
		left, err = tx.CallbacksAfter(0, 0)
		return err
	})
	if err != nil || len(left) != 2 {
		t.Fatalf("%d callbacks, %v", len(left), err)
	}
	guess := sha256.Sum256(body)
	for _, c := range left {
		if len(c.Body)+len(c.Salt) > 0 || bytes.Equal(c.Digest, guess[:]) {
			t.Errorf("of an erased callback is left: %+v", c)
		}
	}
	if bytes.Equal(left[0].Digest, left[1].Digest) {
		t.Error("the same body twice has the same digest")
	}
	d.verify()
}

func TestWhatIsOpenIsNotErased(t *testing.T) {
	d := newDesk(t)
	open, err := d.order(jane, "open")
	if err != nil {
		t.Fatal(err)
	}
	d.down = true
	untold := d.pay(jane, "untold")
	got, err := d.EraseCustomer(t.Context(), jane)
	if err != nil || got.Payments != 0 || fmt.Sprint(got.Kept) != fmt.Sprint([]int64{open.PaymentID, untold}) {
		t.Errorf("got %+v, %v", got, err)
	}
	d.down = false
	d.clock.Advance(time.Minute)
	d.callback(jane, "open")
	d.deliver()
	if got, err := d.EraseCustomer(t.Context(), jane); err != nil || got.Payments != 2 || len(got.Kept) != 0 {
		t.Errorf("later: %+v, %v", got, err)
	}
	if left := d.mentions(jane.National()); len(left) > 0 {
		t.Errorf("the number is still in %v", left)
	}
}

// A webhook whose body is gone would tell the partner nothing, so it is not sent again,
// neither by the partner nor by those who run the gateway; one with its body is.
func TestErasedWebhooksAreNotSentAgain(t *testing.T) {
	d := newDesk(t)
	erased, kept := d.webhookOf(d.pay(jane, "k1")), d.webhookOf(d.pay(john, "k2"))
	if _, err := d.EraseCustomer(t.Context(), jane); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"", "duka"} {
		if _, err := d.Resend(t.Context(), who, erased.ID); gateway.CodeOf(err) != gateway.CodeInvalid {
			t.Errorf("%q sends it again: %v", who, err)
		}
		d.clock.Advance(10 * time.Second)
		if _, err := d.Resend(t.Context(), who, kept.ID); err != nil {
			t.Errorf("%q may not send another's again: %v", who, err)
		}
	}
	f, err := d.Delivery(t.Context(), "duka", erased.ID)
	if err != nil || f.Delivery.State != gateway.DeliveryDone || f.Delivery.Resends != 0 {
		t.Errorf("it is %+v, %v", f.Delivery, err)
	}
}

func TestRetention(t *testing.T) {
	const day = 24 * time.Hour
	d := newDesk(t)
	for i := range 50 { // more than two batches
		d.pay(jane, fmt.Sprint("old", i))
	}
	if _, err := d.TakeCallback(t.Context(), "nobody's", gateway.Origin{Remote: "10.0.0.1"}, []byte(jane.Digits())); err != nil {
		t.Fatal(err)
	}
	if _, err := d.order(jane, "open"); err != nil {
		t.Fatal(err)
	}
	d.clock.Advance(60 * day)
	d.pay(john, "new")
	if n, err := d.Retain(t.Context(), d.clock.Now().Add(-90*day)); err != nil || n != 0 {
		t.Errorf("too early: %d, %v", n, err)
	}
	d.clock.Advance(40 * day)
	for _, want := range []int{50, 0} {
		if n, err := d.Retain(t.Context(), d.clock.Now().Add(-90*day)); err != nil || n != want {
			t.Errorf("%d payments were erased, want %d, %v", n, want, err)
		}
	}
	d.callback(jane, "open")
	d.deliver()
	d.clock.Advance(91 * day)
	if n, err := d.Retain(t.Context(), d.clock.Now().Add(-90*day)); err != nil || n != 2 {
		t.Errorf("%d payments were erased, want 2, %v", n, err)
	}
	for _, phone := range []daraja.MSISDN{jane, john} {
		if left := d.mentions(phone.National()); len(left) > 0 {
			t.Errorf("a number is still in %v", left)
		}
	}
	d.verify()
}

// Replicas erase at the same time.
func TestRetentionByTwo(t *testing.T) {
	d := newDesk(t)
	for i := range 45 {
		d.pay(jane, fmt.Sprint("k", i))
	}
	d.clock.Advance(time.Hour)
	errs, total := make(chan error, 3), make(chan int, 3)
	for range 3 {
		go func() {
			n, err := d.Retain(context.Background(), d.clock.Now())
			total <- n
			errs <- err
		}()
	}
	sum := 0
	for range 3 {
		sum += <-total
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if sum != 45 {
		t.Errorf("%d payments were erased, want 45", sum)
	}
	d.verify()
}
