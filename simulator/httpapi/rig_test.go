package httpapi_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/people"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	timestamp = "20250707180034"
	merchant  = "https://merchant.example/stk"
)

// epoch is a moment with milliseconds, so that identifiers show them.
func epoch() time.Time {
	return time.Date(2025, 7, 7, 18, 0, 34, int(153*time.Millisecond), daraja.EAT())
}

// sink keeps the callbacks that the world sends.
type sink struct{ sent []simulator.Callback }

func (s *sink) Deliver(c simulator.Callback) { s.sent = append(s.sent, c) }

// rig is Daraja's API over a world of seed 1 on a clock that is moved by hand.
type rig struct {
	http.Handler
	world   *simulator.World
	clock   *clock.Manual
	journal *journal.Journal
	sink    *sink
	log     *bytes.Buffer
	token   string
}

func start(t *testing.T, settings map[string]string) *rig {
	t.Helper()
	return startWith(t, settings, people.From(1))
}

func startWith(t *testing.T, settings map[string]string, who func(daraja.MSISDN) simulator.Person) *rig {
	t.Helper()
	r := &rig{clock: clock.NewManual(epoch()), journal: journal.New(0), sink: &sink{}, log: &bytes.Buffer{}}
	var err error
	r.world, err = simulator.New(simulator.Config{Seed: 1, Clock: r.clock, Sink: r.sink, People: who, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.Handler = httpapi.New(httpapi.Config{World: r.world, Record: r.journal, Log: log})
	r.token = r.newToken(t)
	return r
}

func (r *rig) newToken(t *testing.T) string {
	t.Helper()
	var token daraja.TokenResponse
	decode(t, r.do(tokenRequest("sandbox", "sandbox", "client_credentials")), &token)
	return token.AccessToken
}

func decode(t *testing.T, w *httptest.ResponseRecorder, into any) {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("HTTP %d %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
}

func (r *rig) do(req *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

// post sends a body with the rig's token.
func (r *rig) post(path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+r.token)
	return r.do(req)
}

// push makes an STK push that is accepted, and returns its acknowledgement.
func (r *rig) push(t *testing.T, changes ...string) daraja.STKPushAck {
	t.Helper()
	var ack daraja.STKPushAck
	decode(t, r.post(daraja.STKPushPath, pushBody(changes...)), &ack)
	return ack
}

// callback moves the clock past the think time and returns the latest callback.
func (r *rig) callback(t *testing.T) string {
	t.Helper()
	before := len(r.sink.sent)
	r.clock.Advance(2 * time.Second)
	if len(r.sink.sent) != before+1 {
		t.Fatalf("%d callbacks, want one", len(r.sink.sent)-before)
	}
	return string(r.sink.sent[before].Body)
}

func (r *rig) query(id string) *httptest.ResponseRecorder {
	return r.post(daraja.STKQueryPath, queryBody("CheckoutRequestID", quote(id)))
}

func tokenRequest(key, secret, grant string) *http.Request {
	req := httptest.NewRequest(http.MethodGet, daraja.TokenPath+"?grant_type="+grant, nil)
	req.SetBasicAuth(key, secret)
	return req
}

func quote(s string) string { return `"` + s + `"` }

// pushBody is a good STK push. Changes are names and their JSON values, in turn; a
// value of "" leaves the field out.
func pushBody(changes ...string) string {
	return object([]string{
		"BusinessShortCode", "174379",
		"Password", quote(daraja.Password("174379", daraja.SandboxPasskey, timestamp)),
		"Timestamp", quote(timestamp),
		"TransactionType", `"CustomerPayBillOnline"`,
		"Amount", "1",
		"PartyA", "254708374149",
		"PartyB", "174379",
		"PhoneNumber", "254708374149",
		"CallBackURL", quote(merchant),
		"AccountReference", `"INV-001"`,
		"TransactionDesc", `"Payment"`,
	}, changes)
}

func queryBody(changes ...string) string {
	return object([]string{
		"BusinessShortCode", "174379",
		"Password", quote(daraja.Password("174379", daraja.SandboxPasskey, timestamp)),
		"Timestamp", quote(timestamp),
		"CheckoutRequestID", `"ws_CO_07072025180034153708374149"`,
	}, changes)
}

func object(fields, changes []string) string {
	fields = slices.Clone(fields)
	for i := 0; i < len(changes); i += 2 {
		at := slices.Index(fields, changes[i])
		if at < 0 {
			fields = append(fields, changes[i], changes[i+1])
			continue
		}
		fields[at+1] = changes[i+1]
	}
	var b strings.Builder
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1] != "" {
			fmt.Fprintf(&b, ",%q:%s", fields[i], fields[i+1])
		}
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

// phone are the changes that make a push for a number.
func phone(number string) []string { return []string{"PartyA", number, "PhoneNumber", number} }

func password(shortcode string) string {
	return quote(base64.StdEncoding.EncodeToString([]byte(shortcode + daraja.SandboxPasskey + timestamp)))
}

// golden compares got with testdata/name, to the byte.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s\n got %s\nwant %s", file, got, want)
	}
}

// onWire is an answer with its status and content type. It ends where the body
// ends: there is no newline after it.
func onWire(w *httptest.ResponseRecorder) string {
	return fmt.Sprintf("HTTP %d\nContent-Type: %s\n\n%s", w.Code, w.Header().Get("Content-Type"), w.Body)
}
