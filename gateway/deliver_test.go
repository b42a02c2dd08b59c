package gateway

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// What each status does to a delivery, and to its endpoint.
func TestEveryStatusIsClassified(t *testing.T) {
	slow := map[int]bool{429: true, 502: true, 504: true}
	for status := 100; status <= 599; status++ {
		var err error
		if status < 200 || status > 299 {
			err = fmt.Errorf("answered %d", status)
		}
		want := again
		switch {
		case err == nil:
			want = delivered
		case status == 410:
			want = gone
		case slow[status]:
			want = slower
		}
		if got := answerOf(status, err); got != want {
			t.Errorf("%d %s: %d, want %d", status, http.StatusText(status), got, want)
		}
		g := &Gateway{Random: rand.Reader, Waits: StandardWaits()}
		d := &Delivery{State: DeliveryDue}
		g.move(d, heard{answer: want, detail: "answered", at: now()})
		switch wantState := map[answer]DeliveryState{delivered: DeliveryDone, gone: DeliveryExhausted}[want]; {
		case wantState != "" && (d.State != wantState || !d.DueAt.IsZero()):
			t.Errorf("%d: %s, due %v", status, d.State, d.DueAt)
		case wantState == "" && (d.State != DeliveryDue || d.DueAt.Before(now().Add(4*time.Second)) || d.DueAt.After(now().Add(6*time.Second))):
			t.Errorf("%d: %s, due %v", status, d.State, d.DueAt)
		case (d.Reason == "") != (d.State != DeliveryExhausted):
			t.Errorf("%d: %s because %q", status, d.State, d.Reason)
		}
	}
	if got := answerOf(0, errors.New("no connection")); got != again {
		t.Errorf("no answer: %d, want again", got)
	}
}

func now() time.Time { return time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC) }

func TestTheLastTryExhausts(t *testing.T) {
	g := &Gateway{Random: rand.Reader, Waits: StandardWaits()}
	d := &Delivery{State: DeliveryDue}
	for try := 1; d.State == DeliveryDue; try++ {
		if try > 10 {
			t.Fatal("it is tried for good")
		}
		g.move(d, heard{answer: again, detail: "answered 503", at: now()})
	}
	if d.Tries != 10 || d.Reason != "10 tries have failed, the last: answered 503" {
		t.Errorf("%d tries, %q", d.Tries, d.Reason)
	}
}

// A webhook that fails at its first attempt is a line of the log, without what its URL
// may hide, and so is one that nothing more is sent for. Those between are not.
func TestFailedWebhooksAreLogged(t *testing.T) {
	due := now().Add(5 * time.Second)
	tests := []struct {
		name string
		d    Delivery
		h    heard
		want string // of the line, "" for none
	}{
		{"the first attempt", Delivery{Tries: 1, State: DeliveryDue, DueAt: due}, heard{answer: again, detail: "answered 503"},
			"msg=\"webhook failed, it will be sent again\" payment=7 delivery=3 to=http://shop.example:80 reason=\"answered 503\" next_attempt=2026-01-01T09:00:05Z"},
		{"an endpoint that has too much to do", Delivery{Tries: 1, State: DeliveryDue, DueAt: due}, heard{answer: slower, detail: "answered 429"}, "reason=\"answered 429\""},
		{"no connection to the gateway's own machine", Delivery{Tries: 1, State: DeliveryDue, DueAt: due, URL: "http://127.0.0.1:8090/webhook"}, heard{answer: again, detail: "no connection: connect: connection refused", noLocal: true},
			"hint=\"this address is the gateway's own machine; in a container, that is the container itself\""},
		{"a host that cannot be reached", Delivery{Tries: 1, State: DeliveryDue, DueAt: due}, heard{answer: again, detail: "the host cannot be reached at a public address", logged: "the host name is not known"}, "reason=\"the host name is not known\""},
		{"no connection elsewhere", Delivery{Tries: 1, State: DeliveryDue, DueAt: due}, heard{answer: again, detail: "no connection: connect: connection refused"}, "reason=\"no connection: connect: connection refused\""},
		{"the second attempt", Delivery{Tries: 2, State: DeliveryDue, DueAt: due}, heard{answer: again, detail: "answered 503"}, ""},
		{"delivered", Delivery{Tries: 1, State: DeliveryDone}, heard{answer: delivered}, ""},
		{"the last attempt", Delivery{Tries: 10, State: DeliveryExhausted, Reason: "10 tries have failed"}, heard{answer: again, detail: "answered 503"}, "msg=\"webhook exhausted\""},
		{"gone at once", Delivery{Tries: 1, State: DeliveryExhausted, Reason: "gone"}, heard{answer: gone, detail: "answered 410"}, "msg=\"webhook exhausted\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			g := &Gateway{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))}
			tt.d.ID, tt.d.Endpoint = 3, "http://shop.example:80"
			if tt.d.URL == "" {
				tt.d.URL = "http://shop.example/hook?secret=s3cret"
			}
			g.logFailure(follow(t.Context(), 7, ""), &tt.d, tt.h)
			got := log.String()
			if !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") || strings.Contains(got, "s3cret") {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if log.Reset(); strings.Contains(tt.want, "it will be sent again") {
				g.Shown = true
				if g.logFailure(follow(t.Context(), 7, ""), &tt.d, tt.h); log.Len() > 0 {
					t.Errorf("an attempt that is shown is warned of: %s", &log)
				}
				return
			}
			if hint := strings.Contains(got, "hint="); hint != strings.HasPrefix(tt.want, "hint=") {
				t.Errorf("got %s", &log)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                                   0,
		"120":                                2 * time.Minute,
		" 120 ":                              2 * time.Minute,
		"0":                                  0,
		"-5":                                 0,
		"1.5":                                0,
		"soon":                               0,
		"86401":                              24 * time.Hour,
		"99999999999999999999999":            24 * time.Hour,
		"Thu, 01 Jan 2026 09:02:00 GMT":      2 * time.Minute,
		"Thursday, 01-Jan-26 09:02:00 GMT":   2 * time.Minute,
		"Thu Jan  1 09:02:00 2026":           2 * time.Minute,
		"Thu, 01 Jan 2026 08:00:00 GMT":      0,
		"Fri, 01 Jan 2027 09:00:00 GMT":      24 * time.Hour,
		"Thu, 32 Jan 2026 09:02:00 GMT":      0,
		"Thu, 01 Jan 2026 09:02:00 +0300":    0,
		strings.Repeat("9", 10_000):          24 * time.Hour,
		"120, 240":                           0,
		"\x00":                               0,
		"Wed, 31 Dec 2025 23:59:60 GMT oops": 0,
	} {
		if got := retryAfter(header, now()); got != want {
			t.Errorf("%.40q: %v, want %v", header, got, want)
		}
	}
}

// A partner may ask for later, and never gets sooner.
func TestRetryAfterIsNeverSooner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &Gateway{Random: rand.Reader, Waits: StandardWaits()}
		tries := rapid.IntRange(0, 8).Draw(t, "tries")
		asked := time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "asked"))
		d := &Delivery{State: DeliveryDue, Tries: tries}
		g.move(d, heard{answer: slower, retryAfter: asked, at: now()})
		wait, standard := d.DueAt.Sub(now()), g.Waits.Webhook[tries]
		if wait < asked || wait < standard*9/10 || wait > max(asked, standard*11/10) {
			t.Fatalf("asked for %v at %v, waits %v", asked, standard, wait)
		}
	})
}

func TestJitterWithoutRandomness(t *testing.T) {
	g := &Gateway{Random: iotest.ErrReader(errors.New("oops"))}
	if got := g.jitter(time.Hour); got != time.Hour {
		t.Errorf("got %v", got)
	}
	if _, err := g.newDelivery(&Payment{}, now()); err == nil {
		t.Error("a webhook-id was made of nothing")
	}
}

func TestReplyText(t *testing.T) {
	for raw, want := range map[string]string{
		"":                         "",
		"ok":                       "ok",
		" ok\r\n":                  "ok",
		"a\x00b\x1b[2Jc\u2028d":    "a b [2Jc d",
		"\xff\xfe{":                "{",
		"paid by 254708374149":     "paid by 2547XXXXX149",
		"+254 708 374 149!":        "+2547XXXXX149!",
		"0708-374-149":             "07XXXXX149",
		"0708.374.149":             "07XXXXX149",
		"708374149":                "7XXXXX149",
		`{"p":254708374149,"a":1}`: `{"p":2547XXXXX149,"a":1}`,
		"254708374149254708374140": "2547XXXXX1492547XXXXX140",
		"00254708374149":           "002547XXXXX149",
		"tel:%2B254708374149":      "tel:%2B2547XXXXX149",
		"1767225600 is a time":     "1767225600 is a time",
		"KES 150 for order 123456": "KES 150 for order 123456",
	} {
		if got := replyText([]byte(raw)); got != want {
			t.Errorf("%q is kept as %q, want %q", raw, got, want)
		}
	}
}

// However a reply is made, what is kept is short, printable and has no phone number
// in it, not even one that was cut.
func TestReplyTextIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		phone := fmt.Sprintf("2547%08d", rapid.IntRange(0, 99_999_999).Draw(t, "phone"))
		before := strings.Repeat("é", rapid.IntRange(0, 260).Draw(t, "long")) + rapid.String().Draw(t, "before")
		raw := []byte(before + "x" + phone + "x" + rapid.String().Draw(t, "after"))
		got := replyText(raw[:min(len(raw), ReplyBytes)])
		if len(got) > 256 || !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\n\r\x1b") {
			t.Fatalf("kept %q", got)
		}
		if strings.Contains(got, phone[:8]) {
			t.Fatalf("%s is in %q", phone, got)
		}
	})
}
