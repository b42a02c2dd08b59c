package app

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/testkit"
)

func TestReviewsAreLogged(t *testing.T) {
	var out bytes.Buffer
	log := reviewLog{slog.New(slog.NewTextHandler(&out, nil))}
	p := gateway.Payment{ID: 7, State: gateway.Review, Phone: "254708374149", ReviewReason: "KES 15.00 was paid, KES 150.00 was asked", ReviewAt: time.Unix(1, 0)}
	log.Changed(gateway.Change{Payment: p})
	if out.Len() != 0 {
		t.Errorf("a change that is no reason is logged: %s", &out)
	}
	log.Changed(gateway.Change{Payment: p, NeedsReview: true})
	got := out.String()
	for _, want := range []string{"level=WARN", "darajabox gateway review show 7'", "payment=7", "kind=contradiction", `reason="KES 15.00 was paid, KES 150.00 was asked"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if strings.Contains(got, "708374149") {
		t.Errorf("the log has the phone: %s", got)
	}
}

// A line sums the open reviews up, at once and after each hour, while there are any.
func TestOpenReviewsAreSummedUpInTheLog(t *testing.T) {
	clock := testkit.NewClock(time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC))
	store, err := sqlite.Open(t.Context(), sqlite.Config{Dir: t.TempDir(), Clock: clock, IDs: storetest.CountedIDs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	lines := make(chan string, 10)
	a := &App{cfg: Config{Clock: clock, Log: slog.New(slog.NewTextHandler(lineWriter(lines), nil))}}
	insert := func(state gateway.State) {
		err := store.Update(t.Context(), func(tx gateway.Tx) error {
			return tx.InsertPayment(&gateway.Payment{Partner: "p", Direction: gateway.Collect, State: state, Amount: daraja.Shilling, ReviewAt: clock.Now(), CreatedAt: clock.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	a.logOpenReviews(t.Context(), store)
	if len(lines) != 0 {
		t.Fatalf("nothing waits, and the log says %s", <-lines)
	}
	insert(gateway.Review)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.logReviews(ctx, store)
	}()
	if got := <-lines; !strings.Contains(got, "open=1") || !strings.Contains(got, "contradiction=1") || !strings.Contains(got, "oldest=2026-01-01T09:00:00.000Z") {
		t.Errorf("at once: %s", got)
	}
	insert(gateway.Unknown)
	got := ""
	for got == "" { // the timer may not be set yet
		clock.Advance(reviewsEvery)
		select {
		case got = <-lines:
		default:
		}
	}
	if !strings.Contains(got, "open=2") || !strings.Contains(got, "unknown_push=1") {
		t.Errorf("an hour later: %s", got)
	}
	cancel()
	<-ended
}

// lineWriter is a log whose lines can be waited for; more than it holds are dropped.
type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	select {
	case w <- string(p):
	default:
	}
	return len(p), nil
}
