package gateway

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Somebody else's verifier takes a signature by each of the secrets, and none by
// another.
func TestSignaturesVerify(t *testing.T) {
	body := []byte(`{"transaction_id":102}`)
	current, old, other := StaticSecret("new"), StaticSecret("old"), StaticSecret("other")
	at := time.Now()
	header := http.Header{}
	header.Set("webhook-id", "msg_a")
	header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	header.Set("webhook-signature", Sign("msg_a", at, body, [][]byte{current, old}))
	verify := func(secret []byte, body []byte) error {
		t.Helper()
		w, err := standardwebhooks.NewWebhook(FormatSecret(secret))
		if err != nil {
			t.Fatal(err)
		}
		return w.Verify(body, header)
	}
	for name, secret := range map[string][]byte{"the new one": current, "the old one": old} {
		if err := verify(secret, body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := verify(other, body); err == nil {
		t.Error("it verifies by a secret that it was not signed with")
	}
	if err := verify(current, append(bytes.Clone(body), ' ')); err == nil {
		t.Error("another body verifies")
	}
	header.Set("webhook-id", "msg_b")
	if err := verify(current, body); err == nil {
		t.Error("another id verifies")
	}
	first, second, both := strings.Cut(Sign("msg_a", at, body, [][]byte{current, old}), " ")
	if !both || first != Sign("msg_a", at, body, [][]byte{current}) || second != Sign("msg_a", at, body, [][]byte{old}) {
		t.Error("the newest does not come first")
	}
	if got := Sign("msg_a", at, body, nil); got != "" {
		t.Errorf("no secret gives %q", got)
	}
}

// The example of the specification's own test suites.
func TestSignatureOfTheSpecification(t *testing.T) {
	secret, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), [][]byte{secret})
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecretsAreRead(t *testing.T) {
	raw := StaticSecret("key")
	if got, err := ParseSecret(FormatSecret(raw)); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("got %x, %v", got, err)
	}
	for _, bad := range []string{"", "whsec_", "whsec_!", FormatSecret(raw)[6:], FormatSecret(make([]byte, 23)), FormatSecret(make([]byte, 65))} {
		if got, err := ParseSecret(bad); err == nil || bad != "" && strings.Contains(err.Error(), strings.TrimPrefix(bad, SecretPrefix)+"=") {
			t.Errorf("%q: %x, %v", bad, got, err)
		}
	}
}

func TestMessageIDs(t *testing.T) {
	g := &Gateway{Random: rand.Reader}
	shape := regexp.MustCompile(`^msg_[a-z2-7]{26}$`)
	seen := map[string]bool{}
	for range 1000 {
		d, err := g.newDelivery(&Payment{ID: 1, CallbackURL: "https://shop.example.com/hook"}, now())
		if err != nil {
			t.Fatal(err)
		}
		if !shape.MatchString(d.MessageID) || seen[d.MessageID] || d.Endpoint != "https://shop.example.com:443" {
			t.Fatalf("%q, endpoint %q", d.MessageID, d.Endpoint)
		}
		seen[d.MessageID] = true
	}
}
