package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/webhook"
)

// town is a gateway with a store on disk and a partner in memory, in a bubble whose
// days take no time.
type town struct {
	t      *testing.T
	dirs   string // each life of the gateway has a folder in it
	lives  int
	begin  time.Time
	answer func(r *http.Request, id int64) (status int, header http.Header, err error)

	store  *sqlite.Store
	gw     *gateway.Gateway
	stop   context.CancelFunc
	worked chan error

	mu       sync.Mutex
	inFlight int
	posts    []seen
}

// seen is one POST to the partner.
type seen struct {
	after     time.Duration // since the beginning
	id        int64         // transaction
	messageID string
	body      string
	status    int
	beside    int // others in flight
}

// inTown runs f in a town whose gateway runs.
func inTown(t *testing.T, f func(*town)) {
	t.Helper()
	dirs := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		town := &town{t: t, dirs: dirs, begin: time.Now()}
		town.live()
		defer town.die()
		f(town)
	})
}

func (w *town) dir() string { return filepath.Join(w.dirs, fmt.Sprint(w.lives)) }

// live starts a gateway on the folder of this life.
func (w *town) live() {
	w.t.Helper()
	var err error
	if w.store, err = sqlite.Open(w.t.Context(), sqlite.Config{Dir: w.dir(), Clock: bubbleClock{}, IDs: gateway.NewIDs(bubbleClock{}, rand.Reader)}); err != nil {
		w.t.Fatal(err)
	}
	w.gw = &gateway.Gateway{
		Store: w.store, Daraja: noDaraja{}, Clock: bubbleClock{}, Random: rand.Reader, Waits: gateway.StandardWaits(),
		Sender:  webhook.New(webhook.Config{Transport: roundTripper(w.roundTrip)}),
		Log:     slog.New(slog.DiscardHandler),
		Secrets: twoSecrets{"local": {gateway.StaticSecret("new"), gateway.StaticSecret("old")}},
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.stop, w.worked = cancel, make(chan error, 1)
	store, gw, worked := w.store, w.gw, w.worked
	go func() { worked <- store.Work(ctx, gw) }()
}

// twoSecrets are a partner's secrets while one replaces the other.
type twoSecrets map[string][][]byte

func (s twoSecrets) WebhookSecrets(_ context.Context, partner string) ([][]byte, error) {
	return s[partner], nil
}

func (w *town) die() {
	w.t.Helper()
	w.stop()
	if err := errors.Join(<-w.worked, w.store.Close()); err != nil {
		w.t.Error(err)
	}
}

// crash goes on with the files as they are at this moment, whatever the gateway had
// in mind.
func (w *town) crash() {
	w.t.Helper()
	synctest.Wait()
	from := w.dir()
	w.lives++
	if err := os.CopyFS(w.dir(), os.DirFS(from)); err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	sent := len(w.posts)
	w.mu.Unlock()
	w.die()
	w.mu.Lock()
	w.posts = w.posts[:sent] // what the dead one did while it was put away is no part of the story
	w.mu.Unlock()
	w.live()
}

// roundTrip is the partner. It checks each signature by its own clock.
func (w *town) roundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var told struct {
		ID int64 `json:"transaction_id"`
	}
	if err := json.Unmarshal(body, &told); err != nil {
		return nil, err
	}
	for _, key := range []string{"new", "old"} {
		v, err := standardwebhooks.NewWebhook(gateway.FormatSecret(gateway.StaticSecret(key)))
		if err == nil {
			err = v.Verify(body, r.Header)
		}
		if err != nil {
			w.t.Errorf("transaction %d, secret %s: %v", told.ID, key, err)
		}
	}
	w.mu.Lock()
	post := seen{after: time.Since(w.begin), id: told.ID, messageID: r.Header.Get("webhook-id"), body: string(body), beside: w.inFlight}
	w.inFlight++
	w.mu.Unlock()
	status, header, err := w.answer(r, told.ID)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight--
	post.status = status
	w.posts = append(w.posts, post)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewBufferString("the shop says hello to 254708374149"))}, nil
}

// of lists what the partner was posted about a transaction.
func (w *town) of(id int64) (posts []seen) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.posts {
		if p.id == id {
			posts = append(posts, p)
		}
	}
	return posts
}

// settle makes a payment that its customer cancels at once.
func (w *town) settle(url string) int64 {
	w.t.Helper()
	got, err := w.gw.Collect(w.t.Context(), gateway.Partner{Name: "local"}, gateway.Order{Phone: "254708374149", Amount: "150", CallbackURL: url})
	if err != nil {
		w.t.Fatal(err)
	}
	var token string
	err = w.store.View(w.t.Context(), func(tx gateway.Tx) error {
		pushes, err := tx.PushesOf(got.PaymentID)
		if err == nil {
			token = pushes[0].Token
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.gw.TakeCallback(w.t.Context(), token, gateway.Origin{Remote: "127.0.0.1"}, cancelled(w.t, token)); err != nil {
		w.t.Fatal(err)
	}
	return got.PaymentID
}

// delivery is the only webhook of a payment, with its attempts.
func (w *town) delivery(payment int64) (*gateway.Delivery, []gateway.Attempt) {
	w.t.Helper()
	ds, err := w.gw.Webhooks(w.t.Context(), gateway.Partner{Name: "local"}, payment)
	if err != nil || len(ds) != 1 {
		w.t.Fatalf("%d webhooks of payment %d, %v", len(ds), payment, err)
	}
	f, err := w.gw.Delivery(w.t.Context(), "local", ds[0].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Delivery, f.Attempts
}

// later lets time go by, all that falls due in it included.
func later(d time.Duration) {
	<-time.After(d) // of the bubble
	synctest.Wait()
}

const shopURL = "https://shop.example.com/hook"
