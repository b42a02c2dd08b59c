package app_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

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
			t.Parallel()
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
