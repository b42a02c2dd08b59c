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

func TestPushIsJudgedByItsAnswer(t *testing.T) {
	envelope := func(status int, code, message string) answer {
		return answer{status, `{"requestId":"1c5b-4ba8-815c-ac45c57a3db01469899","errorCode":"` + code + `","errorMessage":"` + message + `"}`}
	}
	tests := []struct {
		name      string
		answer    answer
		message   string
		ambiguous bool
	}{
		{"a locked subscriber", envelope(500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process for the current subscriber"),
			"Unable to lock subscriber, a transaction is already in process for the current subscriber (500.001.1001)", false},
		{"wrong credentials", envelope(500, "500.001.1001", "Wrong credentials"), "Wrong credentials (500.001.1001)", false},
		{"a bad field", envelope(400, "400.002.02", "Bad Request - Invalid Amount"), "Bad Request - Invalid Amount (400.002.02)", false},
		{"busy", envelope(500, "500.003.02", "System is busy. Please try again in few minutes."), "System is busy. Please try again in few minutes. (500.003.02)", false},
		{"a fault inside", envelope(500, "500.003.1001", "Internal Server Error"), "Internal Server Error (500.003.1001)", true},
		{"a fault inside, by the merchant's code", envelope(500, "500.001.1001", "Internal Server Error"), "Internal Server Error (500.001.1001)", true},
		{"a fault on the way out", envelope(500, "500.001.1001", "Request failed: Output data invalid"), "Request failed: Output data invalid (500.001.1001)", true},
		{"a token that is refused twice", envelope(404, "404.001.03", "Invalid Access Token"), "Invalid Access Token (404.001.03)", false},
		{"a refusal with 200", answer{200, `{"MerchantRequestID":"1","CheckoutRequestID":"2","ResponseCode":"1","ResponseDescription":"Rejected"}`}, "Rejected (1)", false},
		{"an envelope with 200", envelope(200, "500.001.1001", "Merchant does not exist"), "Merchant does not exist (500.001.1001)", false},
		{"200 and not JSON", answer{200, "OK"}, "M-PESA's answer cannot be read", true},
		{"200 and nothing", answer{200, ""}, "M-PESA's answer cannot be read", true},
		{"200 without the prompt's id", answer{200, `{"ResponseCode":"0"}`}, "M-PESA's answer cannot be read", true},
		{"200 with an id too long", answer{200, `{"ResponseCode":"0","CheckoutRequestID":"` + strings.Repeat("9", 200) + `"}`}, "M-PESA's answer cannot be read", true},
		{"200 with too much to read", answer{200, `{"x":"` + strings.Repeat("9", 70<<10) + `"}`}, "M-PESA's answer cannot be read", true},
		{"202", answer{202, ""}, "M-PESA's answer cannot be read", true},
		{"a spike arrest", answer{429, `{"fault":{"faultstring":"Spike arrest violation."}}`}, "M-PESA answered 429", false},
		{"the firewall's 403", answer{403, "<html>Incapsula</html>"}, "M-PESA answered 403", false},
		{"the firewall's 503", answer{503, "<html>Incapsula</html>"}, "M-PESA answered 503", true},
		{"a plain 500", answer{500, "Service is currently unreachable"}, "M-PESA answered 500", true},
		{"a gateway's 502", answer{502, ""}, "M-PESA answered 502", true},
		{"a gateway's 504", answer{504, ""}, "M-PESA answered 504", true},
		{"a plain 400", answer{400, ""}, "M-PESA answered 400", false},
		{"a redirect", answer{302, ""}, "M-PESA answered 302", true},
		{"a connection that breaks", answer{}, "the connection to M-PESA broke", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.onPush = func(int, *http.Request, []byte) answer { return tt.answer }
			_, err := f.client(t, nil).Push(t.Context(), order())
			refusal := asPushError(t, err)
			if refusal.Message != tt.message || refusal.Ambiguous != tt.ambiguous {
				t.Errorf("got %q, ambiguous %v; want %q, %v", refusal.Message, refusal.Ambiguous, tt.message, tt.ambiguous)
			}
			want := 1
			if strings.Contains(tt.name, "token") {
				want = 2
			}
			if _, pushes := f.counts(); pushes != want {
				t.Errorf("%d pushes, want %d", pushes, want)
			}
		})
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
