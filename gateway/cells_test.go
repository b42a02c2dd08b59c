package gateway

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// cellTx is the inside of a transaction in which a payment is saved and told. What
// else is called panics: applying an event needs nothing else.
type cellTx struct {
	Tx
	saved     []Payment
	delivered []Delivery
}

func (t *cellTx) SavePayment(p *Payment) error {
	t.saved = append(t.saved, *p)
	return nil
}

func (t *cellTx) InsertDelivery(d *Delivery) error {
	t.delivered = append(t.delivered, *d)
	return nil
}

// Partner says that a partner wants no webhooks of reviews.
func (t *cellTx) Partner(name string) (Partner, error) { return Partner{Name: name}, nil }

func (t *cellTx) PushesOf(int64) ([]Push, error) { return nil, nil }

func (t *cellTx) DeliveriesOf(...int64) ([]*Delivery, error) { return nil, nil }

// cellClock stands still.
type cellClock struct{ now time.Time }

func (c cellClock) Now() time.Time { return c.now }

func (cellClock) AfterFunc(time.Duration, func()) func() bool { panic("the domain sets no timers") }

// Every cell of the table, driven through the door that all events take: what is
// saved, whether the partner is told, why a person looks, and when the gateway acts
// next.
func TestEachCellDoesWhatItSays(t *testing.T) {
	for _, s := range States() {
		for _, e := range Events() {
			t.Run(string(s)+" on "+string(e), func(t *testing.T) { cell(t, s, e) })
		}
	}
}

func cell(t *testing.T, s State, e Event) {
	t.Helper()
	now := time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC)
	g := &Gateway{Clock: cellClock{now}, Waits: StandardWaits(), Random: rand.Reader}
	before := Payment{
		ID: 7, Partner: "duka", Phone: "254708374149", Amount: 15000, CallbackURL: "https://shop.example/hook", State: s,
		Pushes: 1, Checks: 2, CheckoutRequestID: "ws_CO_1", ResultCode: "9", ResultDesc: "before", Receipt: "BEFORE", Claimed: "EARLIER", Refusal: "ANSWERED", DueAt: now.Add(time.Minute), UpdatedAt: now.Add(-time.Hour),
	}
	p, tx := before, &cellTx{}
	f := fact{
		result:  result{code: "4005", desc: "now", at: now.Add(-time.Minute)},
		receipt: "NOW", claimed: "CLAIMED", reason: "because", refusal: "no", doubt: "look", lost: s == Unknown,
	}
	if next, _ := Next(s, e); next.Effect == Ask {
		f.soon = true
	}
	if err := g.apply(tx, &p, e, f); err != nil {
		t.Fatal(err)
	}
	next, _ := Next(s, e)
	if next.Effect == Ignore {
		if len(tx.saved) != 0 || p != before {
			t.Errorf("what is ignored was saved as %+v", p)
		}
		return
	}
	if len(tx.saved) != 1 || tx.saved[0] != p || p.State != next.To || !p.UpdatedAt.Equal(now) {
		t.Fatalf("saved %+v, want one payment in %s", tx.saved, next.To)
	}
	if s != Unresolved && p.State == Unresolved { // whose queries are counted from there on
		before.Checks = 0
	}
	if e == PushWasRefused && p.State.failed() && s != Unknown { // the only push, so this is what the order is answered
		before.Refusal = "no"
	}
	checkEffect(t, next.Effect, before, p, tx)
	if p.ReviewAt.IsZero() == p.needsPerson() {
		t.Errorf("%s on %s: it waits for a person since %s, for the reason %q", s, e, p.ReviewAt, p.ReviewReason)
	}
	if next.Effect == Ask {
		want := now.Add(questionWait)
		if s == Sending || s == Resending { // once the answer to the push is there
			want = before.DueAt
		}
		if !p.DueAt.Equal(want) {
			t.Errorf("the query is due at %s, want %s", p.DueAt, want)
		}
		return
	}
	checkDue(t, g, before, p, e, now)
}

// checkEffect compares what an effect must change, and what it must leave alone.
func checkEffect(t *testing.T, effect Effect, before, p Payment, tx *cellTx) {
	t.Helper()
	want := before
	if before.State != Unknown && p.State == Unknown { // whose push has no id
		want.CheckoutRequestID = ""
	}
	keepsResult := before.State == p.State && p.State.failed()
	want.State, want.UpdatedAt, want.DueAt, want.ReviewAt = p.State, p.UpdatedAt, p.DueAt, p.ReviewAt
	told := 0
	at := time.Date(2026, time.January, 1, 8, 59, 0, 0, time.UTC)
	switch effect {
	case Nothing:
		if keepsResult {
			break
		}
		want.ResultCode, want.ResultDesc = "4005", "now"
	case Settle, Record:
		want.ResultCode, want.ResultDesc, want.Receipt, want.TransactedAt = "4005", "now", "NOW", at
		if effect == Settle {
			told = 1
		}
		if p.State == Paid && p.ReviewReason != "" { // by another receipt than was claimed
			want.ReviewReason = "a second receipt: a callback that was to be confirmed claims receipt EARLIER"
		}
	case Flag:
		want.ReviewReason = "because"
		if before.State == Confirming && p.State == Review { // the claim is asked about no more
			want.ReviewReason += "; an unconfirmed callback says that receipt EARLIER paid"
		}
	case Complete:
		want.Receipt, want.TransactedAt = "NOW", at
	case Claim:
		want.Claimed, want.Checks, want.ReviewReason = "CLAIMED", 0, "look"
	case Ask:
		want.ReviewReason = "look"
		if !keepsResult {
			want.ResultCode, want.ResultDesc = "4005", "now"
		}
	case Resolve:
		want.ReviewReason = ""
	default:
		t.Fatalf("the test knows no effect %q", effect)
	}
	if p != want {
		t.Errorf("%s made\n%+v\nwant\n%+v", effect, p, want)
	}
	if len(tx.delivered) != told {
		t.Fatalf("the partner is told %d times, want %d", len(tx.delivered), told)
	}
	for _, d := range tx.delivered {
		status := fmt.Sprintf(`"status":%q`, p.State.Status())
		if d.PaymentID != 7 || d.URL != p.CallbackURL || !strings.Contains(string(d.Body), status) || d.State != DeliveryDue {
			t.Errorf("the partner is told %s by %+v", d.Body, d)
		}
	}
}

// checkDue compares when the gateway acts next. On what has ended it does not.
func checkDue(t *testing.T, g *Gateway, before, p Payment, e Event, now time.Time) {
	t.Helper()
	var want time.Time
	switch p.State {
	case Sending, Resending:
		want = now.Add(g.Waits.Lost)
	case Pending: // asked twice before
		want = now.Add(g.Waits.Query[1])
	case Unknown:
		if want = now.Add(g.Waits.Query[1]); p.CheckoutRequestID == "" { // it cannot be asked about
			want = now.Add(31 * time.Minute)
		}
	case Unresolved:
		want = now.Add(g.Waits.Later[p.Checks])
	case Confirming:
		if want = now; p.Checks > 0 {
			want = now.Add(g.Waits.Query[1])
		}
	case Retrying:
		want = now.Add(5 * time.Second)
	default:
	}
	if e == ClaimUnconfirmed { // of an inquiry
		want = before.DueAt
	}
	if !p.DueAt.Equal(want) {
		t.Errorf("%s is due at %s, want %s", p.State, p.DueAt, want)
	}
}

// The first query comes after 30 s, the later ones with growing waits, for half an
// hour in all.
func TestQueriesGrowApart(t *testing.T) {
	now := time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC)
	g := &Gateway{Clock: cellClock{now}, Waits: StandardWaits(), Random: rand.Reader}
	var total, last time.Duration
	for checks := range len(g.Waits.Query) + 1 {
		wait := g.due(&Payment{State: Pending, Checks: checks}, now).Sub(now)
		if checks == 0 && wait != 30*time.Second || wait < last {
			t.Errorf("query %d comes after %s, the one before after %s", checks+1, wait, last)
		}
		total, last = total+wait, wait
	}
	if total < 30*time.Minute || total > 35*time.Minute {
		t.Errorf("queries end after %s", total)
	}
	end := &Payment{State: Pending, Checks: len(g.Waits.Query), Pushes: 1}
	for code, want := range map[string]Event{"": QueryExhausted, "4999": QueryExhausted, "2029": QueryFailure, "0": QuerySuccess} {
		a := QueryAnswer{Pending: code == "", ResultCode: daraja.ResultCode(code)}
		if got := g.judgeQuery(end, a, PolicyFor(a.ResultCode)); got != want {
			t.Errorf("the last query with %q is %s, want %s", code, got, want)
		}
	}
	for code, want := range map[string]Event{"": QueryPending, "4999": QueryPending, "2029": QueryPending, "E3008": QueryPending, "1032": QueryFailure, "4005": QueryRetryable} {
		a := QueryAnswer{Pending: code == "", ResultCode: daraja.ResultCode(code)}
		if got := g.judgeQuery(&Payment{State: Pending, Pushes: 1}, a, PolicyFor(a.ResultCode)); got != want {
			t.Errorf("a query with %q is %s, want %s", code, got, want)
		}
	}
}
