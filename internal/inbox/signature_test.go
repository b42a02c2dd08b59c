package inbox

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// signed returns the headers that the library of Standard Webhooks makes.
func signed(t *testing.T, at time.Time, body string) http.Header {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := w.Sign("msg_a", at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("webhook-id", "msg_a")
	h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("webhook-signature", "v1,AAAA v1a,BBBB "+signature)
	return h
}

func TestSignatures(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(http.Header)
		secret string
		late   time.Duration
		want   string
	}{
		"right":                       {func(http.Header) {}, secret, 0, "ok"},
		"within tolerance":            {func(http.Header) {}, secret, 5 * time.Minute, "ok"},
		"too old":                     {func(http.Header) {}, secret, 5*time.Minute + time.Second, "bad"},
		"from the future":             {func(http.Header) {}, secret, -6 * time.Minute, "bad"},
		"another secret":              {func(http.Header) {}, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0, "bad"},
		"a secret that is not base64": {func(http.Header) {}, "whsec_!", 0, "bad"},
		"another id":                  {func(h http.Header) { h.Set("webhook-id", "msg_b") }, secret, 0, "bad"},
		"no time":                     {func(h http.Header) { h.Del("webhook-timestamp") }, secret, 0, "bad"},
		"no signature":                {func(h http.Header) { h.Del("webhook-signature") }, secret, 0, "none"},
	} {
		h := signed(t, noon(), paid)
		tt.change(h)
		if got := checkSignature(tt.secret, h, []byte(paid), noon().Add(tt.late)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if got := checkSignature(secret, signed(t, noon(), paid), []byte(paid+" "), noon()); got != "bad" {
		t.Errorf("another body: %s", got)
	}
}

// The signature of the specification's own example is right.
func TestSignatureOfTheSpecification(t *testing.T) {
	h := http.Header{}
	h.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set("webhook-timestamp", "1614265330")
	h.Set("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	if got := checkSignature(secret, h, []byte(`{"test": 2432232314}`), time.Unix(1614265330, 0)); got != "ok" {
		t.Errorf("it is %s", got)
	}
}

func TestLineSaysWhetherTheSignatureIsRight(t *testing.T) {
	in, out := start(t, func(in *Inbox) { in.cfg.Secret = secret })
	do(t, in, "POST", "/webhook", paid)
	if !strings.Contains(out.String(), ", signature none; answered 200\n") {
		t.Errorf("printed %s", out)
	}
}
