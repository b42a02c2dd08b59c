package mpesa_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/mpesa"
	"github.com/darajabox/darajabox/internal/testkit"
)

const (
	passkey = "a-passkey-that-must-never-be-shown"
	secret  = "a-secret-that-must-never-be-shown"
)

// start is when the tests' clock begins: 11:47:05 in Nairobi.
var start = time.Date(2025, time.May, 22, 8, 47, 5, 0, time.UTC)

// answer is an HTTP answer.
type answer struct {
	status int
	body   string
}

func (a answer) write(w http.ResponseWriter) {
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// fake plays Daraja. Its hooks may be nil.
type fake struct {
	URL   string
	clock *testkit.Clock

	onToken func(n int) answer // the nth call, from 1
	onPush  func(n int, r *http.Request, body []byte) answer
	onQuery func(body []byte) answer
	torn    bool // the connection breaks in the middle of each answer to a push

	orders atomic.Int64 // of orderOne

	mu     sync.Mutex
	tokens int
	pushes []*http.Request
	bodies [][]byte
}

const ack = `{"MerchantRequestID":"2654-4b64-97ff-b827b542881d3130","CheckoutRequestID":"ws_CO_07072025180034153708374149","ResponseCode":"0","ResponseDescription":"Success. Request accepted for processing","CustomerMessage":"Success. Request accepted for processing"}`

func tokenAnswer(token string) answer {
	return answer{200, fmt.Sprintf(`{"access_token":%q,"expires_in":"3599"}`, token)}
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{clock: testkit.NewClock(start)}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.URL = server.URL
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	var got answer
	switch r.URL.Path {
	case daraja.TokenPath:
		f.tokens++
		n := f.tokens
		f.mu.Unlock()
		got = tokenAnswer(fmt.Sprintf("token-%d", n))
		if f.onToken != nil {
			got = f.onToken(n)
		}
	case daraja.STKPushPath:
		f.pushes, f.bodies = append(f.pushes, r), append(f.bodies, body)
		n := len(f.pushes)
		f.mu.Unlock()
		got = answer{200, ack}
		if f.onPush != nil {
			got = f.onPush(n, r, body)
		}
	default:
		f.mu.Unlock()
		got = f.onQuery(body)
	}
	if got.status == 0 {
		panic(http.ErrAbortHandler) // the connection breaks
	}
	if f.torn && r.URL.Path == daraja.STKPushPath {
		w.Header().Set("Content-Length", strconv.Itoa(len(got.body)+1))
	}
	got.write(w)
}

func (f *fake) counts() (tokens, pushes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tokens, len(f.pushes)
}

// client returns a client of f. change, when not nil, changes its configuration.
func (f *fake) client(t *testing.T, change func(*mpesa.Config)) *mpesa.Client {
	t.Helper()
	cfg := mpesa.Config{
		BaseURL: f.URL, ConsumerKey: "a-consumer-key", ConsumerSecret: secret,
		Shortcode: daraja.SandboxShortcode, Passkey: passkey,
		CallbackBase: "https://pay.example.com/",
		Clock:        f.clock, Log: discard(),
	}
	if change != nil {
		change(&cfg)
	}
	c, err := mpesa.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func order() gateway.PushOrder {
	return gateway.PushOrder{
		Phone: daraja.SandboxMSISDN, Amount: 150 * daraja.Shilling,
		Reference: "INV-1", Token: "00112233445566778899aabbccddeeff",
	}
}

func decode[T any](t *testing.T, b []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return v
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
