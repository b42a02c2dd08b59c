package mpesa_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/mpesa"
)

func TestPushIsWhatDarajaExpects(t *testing.T) {
	f := newFake(t)
	got, err := f.client(t, nil).Push(t.Context(), order())
	if err != nil {
		t.Fatal(err)
	}
	want := gateway.PushAck{MerchantRequestID: "2654-4b64-97ff-b827b542881d3130", CheckoutRequestID: "ws_CO_07072025180034153708374149"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	body := `{"BusinessShortCode":"174379","Password":"` + daraja.Password("174379", passkey, "20250522114705") +
		`","Timestamp":"20250522114705","TransactionType":"CustomerPayBillOnline","Amount":"150",` +
		`"PartyA":"254708374149","PartyB":"174379","PhoneNumber":"254708374149",` +
		`"CallBackURL":"https://pay.example.com/daraja/stk/00112233445566778899aabbccddeeff",` +
		`"AccountReference":"INV-1","TransactionDesc":"Payment"}`
	if string(f.bodies[0]) != body {
		t.Errorf("body\n%s\nwant\n%s", f.bodies[0], body)
	}
	r := f.pushes[0]
	if r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer token-1" || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s with %v", r.Method, r.Header)
	}
	for name := range r.Header {
		if strings.Contains(strings.ToLower(name), "idempotency") {
			t.Errorf("header %s invites the transport to repeat the push", name)
		}
	}
}

func asPushError(t *testing.T, err error) *gateway.PushError {
	t.Helper()
	var e *gateway.PushError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *gateway.PushError", err)
	}
	return e
}

func TestPushThatNeverLeftIsARefusal(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + listener.Addr().String()
	listener.Close()

	// The token comes from a Daraja that lives, so that the push itself is what fails.
	for name, host := range map[string]string{
		"nobody listens":  dead,
		"no TLS is there": "https://",
		"no such name":    "http://daraja.invalid",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if host == "https://" {
				host += strings.TrimPrefix(f.URL, "http://")
			}
			c := f.client(t, func(cfg *mpesa.Config) {
				cfg.BaseURL = host
				cfg.Transport = &tokenElsewhere{RoundTripper: mpesa.NewTransport(), at: f.URL}
			})
			_, err := c.Push(t.Context(), order())
			if e := asPushError(t, err); e.Ambiguous || e.Message != "M-PESA could not be reached" {
				t.Errorf("got %q, ambiguous %v", e.Message, e.Ambiguous)
			}
			if _, pushes := f.counts(); pushes != 0 {
				t.Errorf("%d pushes", pushes)
			}
		})
	}
}

// tokenElsewhere sends requests for tokens to another host.
type tokenElsewhere struct {
	http.RoundTripper
	at string
}

func (e *tokenElsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == daraja.TokenPath {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(e.at, "http://")
	}
	return e.RoundTripper.RoundTrip(r)
}

// A transport that says nothing of its connections may have sent what it failed at.
func TestPushOverAnUntracedTransportIsAmbiguous(t *testing.T) {
	f := newFake(t)
	c := f.client(t, func(cfg *mpesa.Config) {
		cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == daraja.TokenPath {
				return mpesa.NewTransport().RoundTrip(r)
			}
			return nil, errors.New("something happened")
		})
	})
	_, err := c.Push(t.Context(), order())
	if e := asPushError(t, err); !e.Ambiguous {
		t.Errorf("got %q, which counts as never sent", e.Message)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestPushHasADeadline(t *testing.T) {
	f := newFake(t)
	gone := make(chan struct{})
	f.onPush = func(_ int, r *http.Request, _ []byte) answer {
		<-r.Context().Done()
		close(gone)
		return answer{}
	}
	c := f.client(t, func(cfg *mpesa.Config) { cfg.Timeouts.Push = 50 * time.Millisecond })
	_, err := c.Push(context.WithoutCancel(t.Context()), order())
	if e := asPushError(t, err); !e.Ambiguous || e.Message != "no answer within 50ms" {
		t.Errorf("got %q, ambiguous %v", e.Message, e.Ambiguous)
	}
	<-gone
}

func TestCloseCutsOffAPush(t *testing.T) {
	f := newFake(t)
	arrived := make(chan struct{})
	f.onPush = func(_ int, r *http.Request, _ []byte) answer {
		close(arrived)
		<-r.Context().Done()
		return answer{}
	}
	c := f.client(t, nil)
	failed := make(chan error)
	go func() {
		_, err := c.Push(context.Background(), order())
		failed <- err
	}()
	<-arrived
	c.Close()
	if e := asPushError(t, <-failed); !e.Ambiguous || e.Message != "the gateway is stopping" {
		t.Errorf("got %q, ambiguous %v", e.Message, e.Ambiguous)
	}
	_, err := c.Push(t.Context(), order())
	if e := asPushError(t, err); e.Ambiguous {
		t.Errorf("after Close: got %q, which may have been sent", e.Message)
	}
}

func TestWhatPartnersReadHoldsNoSecrets(t *testing.T) {
	f := newFake(t)
	f.onPush = func(_ int, r *http.Request, body []byte) answer {
		p := decode[daraja.STKPush](t, body)
		echo := strings.Join([]string{
			r.Header.Get("Authorization"), string(p.Password), string(p.PhoneNumber), "0708374149", passkey, secret, string(p.CallBackURL),
		}, " ")
		return answer{401, `{"requestId":"1","errorCode":"401.002.01","errorMessage":"Error Occurred - Invalid Access Token - ` + echo + `"}`}
	}
	f.onToken = func(int) answer { return tokenAnswer("a-token-that-must-never-be-shown") }
	_, err := f.client(t, nil).Push(t.Context(), order())
	message := asPushError(t, err).Message
	for _, s := range []string{"a-token-that", "708374149", passkey, secret, daraja.Password("174379", passkey, "20250522114705"), order().Token} {
		if strings.Contains(message, s) {
			t.Errorf("%q shows %q", message, s)
		}
	}
	if !strings.HasPrefix(message, "Error Occurred - Invalid Access Token - ") {
		t.Errorf("got %q", message)
	}
}

func TestConfigIsChecked(t *testing.T) {
	f := newFake(t)
	good := mpesa.Config{
		BaseURL: f.URL, ConsumerKey: "k", ConsumerSecret: "s", Shortcode: "174379", Passkey: "p",
		CallbackBase: "http://127.0.0.1:8080", Clock: f.clock, Log: discard(),
	}
	tests := map[string]func(*mpesa.Config){
		"no Daraja":          func(c *mpesa.Config) { c.BaseURL = "" },
		"Daraja with query":  func(c *mpesa.Config) { c.BaseURL += "?x=1" },
		"no callback URL":    func(c *mpesa.Config) { c.CallbackBase = "" },
		"a relative one":     func(c *mpesa.Config) { c.CallbackBase = "/callbacks" },
		"no consumer key":    func(c *mpesa.Config) { c.ConsumerKey = "" },
		"no consumer secret": func(c *mpesa.Config) { c.ConsumerSecret = "" },
		"no shortcode":       func(c *mpesa.Config) { c.Shortcode = "" },
		"no passkey":         func(c *mpesa.Config) { c.Passkey = "" },
		"no clock":           func(c *mpesa.Config) { c.Clock = nil },
	}
	if _, err := mpesa.New(good); err != nil {
		t.Error(err)
	}
	for name, spoil := range tests {
		cfg := good
		spoil(&cfg)
		if _, err := mpesa.New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
