package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/gateway/webhook"
)

// A partner that is down for days is told at the times of the schedule, from a
// store on disk, and not once more: 75 hours that take no time.
func TestWebhookScheduleOverDays(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begin := time.Now()
		down := roundTripper(func(*http.Request) (*http.Response, error) {
			at = append(at, time.Since(begin))
			if len(at)%2 == 0 {
				return nil, errors.New("connection refused")
			}
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: io.NopCloser(&bytes.Buffer{})}, nil
		})
		store, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir, Clock: bubbleClock{}, IDs: storetest.CountedIDs()})
		if err != nil {
			t.Fatal(err)
		}
		gw := &gateway.Gateway{
			Store: store, Daraja: noDaraja{}, Sender: webhook.New(webhook.Config{Transport: down}), Clock: bubbleClock{},
			Random: rand.Reader, Waits: gateway.StandardWaits(), Log: slog.New(slog.DiscardHandler),
		}
		ctx, cancel := context.WithCancel(t.Context())
		worked := make(chan error, 1)
		go func() { worked <- store.Work(ctx, gw) }()

		order := gateway.Order{Phone: "254708374149", Amount: "150", CallbackURL: "https://shop.example.com/hook"}
		if _, err := gw.Collect(ctx, gateway.Partner{Name: "local"}, order); err != nil {
			t.Fatal(err)
		}
		token := pushedToken(t, store)
		if _, err := gw.TakeCallback(ctx, token, gateway.Origin{Remote: "127.0.0.1"}, cancelled(t, token)); err != nil {
			t.Fatal(err)
		}
		<-time.After(100 * time.Hour) // of the bubble
		cancel()
		if err := errors.Join(<-worked, store.Close()); err != nil {
			t.Error(err)
		}
		onSchedule(t, at, gateway.StandardWaits().Webhook)
	})
}

// onSchedule checks the times of all attempts against the waits between them, which
// may be a tenth shorter or longer.
func onSchedule(t *testing.T, at []time.Duration, waits []time.Duration) {
	t.Helper()
	if len(at) != len(waits)+1 {
		t.Fatalf("%d attempts, want %d: %v", len(at), len(waits)+1, at)
	}
	exact := true
	for i, wait := range waits {
		got := at[i+1] - at[i]
		if got < wait*9/10 || got > wait*11/10 {
			t.Errorf("attempt %d came %v after the one before, want %v or so", i+2, got, wait)
		}
		exact = exact && got == wait
	}
	if exact {
		t.Error("all on the second: what failed together comes back together")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// bubbleClock is the time of the bubble that a test runs in.
type bubbleClock struct{}

func (bubbleClock) Now() time.Time { return time.Now() }

func (bubbleClock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// noDaraja accepts every push, whose prompt has the id promptOf its token, and knows of none.
type noDaraja struct{}

func (noDaraja) Ready(string) time.Duration { return 0 }

func (noDaraja) Push(_ context.Context, o gateway.PushOrder) (gateway.PushAck, error) {
	return gateway.PushAck{MerchantRequestID: merchantID(1), CheckoutRequestID: promptOf(o.Token)}, nil
}

func (noDaraja) Query(context.Context, string, string) (gateway.QueryAnswer, error) {
	return gateway.QueryAnswer{}, errors.New("not known")
}

func pushedToken(t *testing.T, store gateway.Store) string {
	t.Helper()
	var token string
	err := store.View(t.Context(), func(tx gateway.Tx) error {
		pushes, err := tx.PushesOf(1)
		if err == nil {
			token = pushes[0].Token
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func promptOf(token string) string { return "ws_CO_" + token }

func cancelled(t *testing.T, token string) []byte {
	t.Helper()
	body, err := daraja.STKCallback{
		MerchantRequestID: merchantID(1), CheckoutRequestID: promptOf(token),
		ResultCode: daraja.ResultCancelled, ResultDesc: "Request cancelled by user",
	}.Encode(daraja.CallbackStyle{})
	if err != nil {
		t.Fatal(err)
	}
	return body
}
