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
	"strings"
	"sync"
	"sync/atomic"
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

// A partner that is down for two days has every webhook when it is back, once, though
// the gateway crashes now and then. Whatever was tried carries the same id and body.
func TestPartnerDownForTwoDays(t *testing.T) {
	inTown(t, func(w *town) {
		t := w.t
		const outage = 48 * time.Hour
		var count atomic.Int32
		w.answer = func(*http.Request, int64) (int, http.Header, error) {
			n := count.Add(1)
			switch {
			case time.Since(w.begin) >= outage:
				return 200, nil, nil
			case n%3 == 0:
				return 0, nil, errors.New("connection refused")
			case n%3 == 1:
				return 302, http.Header{"Location": {"https://elsewhere.example.com/"}}, nil
			default:
				return 503, http.Header{"Retry-After": {"30"}}, nil
			}
		}
		var ids []int64
		for hour := range 48 {
			ids = append(ids, w.settle(shopURL))
			later(time.Hour)
			if hour%11 == 5 {
				w.crash()
			}
		}
		later(30 * time.Hour) // the longest wait is 24 h and a tenth
		for _, id := range ids {
			d, attempts := w.delivery(id)
			posts := w.of(id)
			last := posts[len(posts)-1]
			if d.State != gateway.DeliveryDone || last.status != 200 || len(posts) != len(attempts) || len(attempts) != d.Attempts {
				t.Errorf("payment %d: %s after %d attempts, %d on record, %d posts", id, d.State, d.Attempts, len(attempts), len(posts))
			}
			for i, p := range posts {
				if p.messageID != d.MessageID || p.body != posts[0].body {
					t.Errorf("payment %d was told %s %s, then %s %s", id, d.MessageID, posts[0].body, p.messageID, p.body)
				}
				if (p.status == 200) != (i == len(posts)-1) {
					t.Errorf("payment %d: post %d of %d was answered %d", id, i+1, len(posts), p.status)
				}
				if a := attempts[i]; a.Status != p.status || a.At.Sub(w.begin) != p.after || (a.Detail == "") != (p.status == 200) {
					t.Errorf("payment %d: post %+v is on record as %+v", id, p, a)
				}
			}
		}
	})
}

// What is exhausted is seen, and is sent again when somebody asks, with the whole
// schedule before it.
func TestExhaustedIsVisibleAndSentAgain(t *testing.T) {
	inTown(t, func(w *town) {
		t := w.t
		var status atomic.Int32
		status.Store(500)
		w.answer = func(*http.Request, int64) (int, http.Header, error) { return int(status.Load()), nil, nil }
		id := w.settle(shopURL)
		later(100 * time.Hour)
		d, attempts := w.delivery(id)
		if d.State != gateway.DeliveryExhausted || d.Reason != "10 tries have failed, the last: answered 500" || d.Attempts != 10 || len(attempts) != 10 {
			t.Fatalf("%+v, %d attempts", d, len(attempts))
		}
		var at []time.Duration
		for i, a := range attempts {
			at = append(at, a.At.Sub(w.begin))
			if a.Number != i+1 || a.Status != 500 || a.Reply != "the shop says hello to 2547XXXXX149" {
				t.Errorf("%+v", a)
			}
		}
		onSchedule(t, at, gateway.StandardWaits().Webhook)
		letters, err := w.gw.Deliveries(t.Context(), gateway.DeliveryFilter{Partner: "local", State: gateway.DeliveryExhausted})
		if err != nil || len(letters) != 1 || letters[0].ID != d.ID {
			t.Errorf("dead letters %v, %v", letters, err)
		}
		if _, err := w.gw.Resend(t.Context(), "other", d.ID); gateway.CodeOf(err) != gateway.CodeNotFound {
			t.Errorf("another partner sends it again: %v", err)
		}
		if _, err := w.gw.Delivery(t.Context(), "other", d.ID); gateway.CodeOf(err) != gateway.CodeNotFound {
			t.Errorf("another partner reads it: %v", err)
		}
		if _, err := w.gw.Webhooks(t.Context(), gateway.Partner{Name: "other"}, id); gateway.CodeOf(err) != gateway.CodeNotFound {
			t.Errorf("another partner lists it: %v", err)
		}
		if _, err := w.gw.Resend(t.Context(), "local", d.ID); err != nil {
			t.Fatal(err)
		}
		later(5*time.Hour - time.Minute)
		status.Store(204)
		later(100 * time.Hour)
		again, _ := w.delivery(id)
		if again.State != gateway.DeliveryDone || again.Reason != "" || again.Resends != 1 || again.Tries >= 10 || again.Attempts != 10+again.Tries || again.MessageID != d.MessageID {
			t.Errorf("sent again: %+v", again)
		}
		if _, err := w.gw.Resend(t.Context(), "", d.ID); err != nil { // it had arrived, and somebody lost it
			t.Fatal(err)
		}
		later(time.Minute)
		if third, _ := w.delivery(id); third.State != gateway.DeliveryDone || third.Resends != 2 || third.Attempts != again.Attempts+1 {
			t.Errorf("sent for the third time: %+v", third)
		}
	})
}

// 410 ends what goes to a URL, now and later, until somebody asks for it.
func TestGoneDisablesTheURL(t *testing.T) {
	inTown(t, func(w *town) {
		t := w.t
		var open atomic.Bool
		w.answer = func(r *http.Request, _ int64) (int, http.Header, error) {
			if open.Load() || r.URL.Path != "/hook" {
				return 200, nil, nil
			}
			return 410, nil, nil
		}
		first := w.settle(shopURL)
		later(time.Second)
		if d, attempts := w.delivery(first); d.State != gateway.DeliveryExhausted || len(attempts) != 1 || !strings.Contains(d.Reason, "410 Gone") {
			t.Fatalf("%+v, %d attempts", d, len(attempts))
		}
		second, elsewhere := w.settle(shopURL), w.settle("https://shop.example.com/other")
		w.crash()
		later(time.Second)
		d, attempts := w.delivery(second)
		if d.State != gateway.DeliveryExhausted || len(attempts) != 0 || !strings.Contains(d.Reason, "disabled since") {
			t.Errorf("%+v, %d attempts", d, len(attempts))
		}
		if d, _ := w.delivery(elsewhere); d.State != gateway.DeliveryDone {
			t.Errorf("another URL: %+v", d)
		}
		open.Store(true)
		if _, err := w.gw.Resend(t.Context(), "local", d.ID); err != nil {
			t.Fatal(err)
		}
		third := w.settle(shopURL)
		later(time.Second)
		for _, id := range []int64{second, third} {
			if d, _ := w.delivery(id); d.State != gateway.DeliveryDone {
				t.Errorf("after it was enabled: %+v", d)
			}
		}
	})
}

// A URL that has too much to do is left alone for a minute at most, whatever it asks
// for; another URL of its host is not held up.
func TestBusyURLIsSentLess(t *testing.T) {
	for _, status := range []int{429, 502, 503, 504} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inTown(t, func(w *town) { busy(w, status) })
		})
	}
}

func busy(w *town, status int) {
	const wait = 10 * time.Minute
	w.answer = func(r *http.Request, _ int64) (int, http.Header, error) {
		<-time.After(100 * time.Millisecond)
		if r.URL.Path == "/hook" && time.Since(w.begin) < time.Minute {
			return status, http.Header{"Retry-After": {fmt.Sprint(wait.Seconds())}}, nil
		}
		return 200, nil, nil
	}
	first := w.settle(shopURL)
	later(time.Second)
	var ids []int64
	for range 40 {
		ids = append(ids, w.settle(shopURL))
	}
	other := w.settle("https://shop.example.com/other")
	later(time.Second)
	if posts := w.of(other); len(posts) != 1 || posts[0].status != 200 {
		w.t.Errorf("another URL of the host was posted %+v", posts)
	}
	later(2 * time.Minute)
	for _, id := range ids {
		d, _ := w.delivery(id)
		posts := w.of(id)
		if d.State != gateway.DeliveryDone || len(posts) != 1 || posts[0].after < time.Minute || posts[0].after > time.Minute+5*time.Second {
			w.t.Errorf("payment %d: %+v, posted %+v", id, d, posts)
		}
	}
	later(wait)
	if posts := w.of(first); len(posts) != 2 || posts[1].after < wait || posts[1].after > wait+time.Second {
		w.t.Errorf("the first was posted %+v", posts)
	}
}
