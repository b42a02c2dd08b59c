package httpapi_test

import (
	"bytes"
	"cmp"
	"context"
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
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/people"
	"github.com/darajabox/darajabox/simulator/product/all"
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

func (s *sink) ScheduleDelivery(c simulator.Callback) { s.sent = append(s.sent, c) }

// record keeps what is recorded.
type record struct {
	mu   sync.Mutex
	all  []journal.Record
	more chan struct{} // closed by the next record
}

func newRecord() *record { return &record{more: make(chan struct{})} }

func (r *record) Add(one journal.Record) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, one)
	close(r.more)
	r.more = make(chan struct{})
	return uint64(len(r.all))
}

func (r *record) list() []journal.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

// last is the latest record.
func (r *record) last() journal.Record {
	all := r.list()
	return all[len(all)-1]
}

// rig is Daraja's API over a world of seed 1 on a frozen clock.
type rig struct {
	http.Handler
	worlds  *testWorlds
	served  *httpapi.World
	world   *simulator.World
	clock   *clock.Clock
	journal *record
	sink    *sink
	log     *bytes.Buffer
	token   string
}

func start(t testing.TB, settings map[string]string) *rig {
	t.Helper()
	return startWith(t, settings, people.ForNumber)
}

func startWith(t testing.TB, settings map[string]string, who func(int64, daraja.MSISDN) simulator.Person) *rig {
	t.Helper()
	r := &rig{clock: clock.NewFrozen(epoch()), journal: newRecord(), sink: &sink{}, log: &bytes.Buffer{}}
	var err error
	r.world, err = simulator.New(simulator.Config{Products: all.Catalogue(), Seed: 1, Clock: r.clock, Sink: r.sink, People: who, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.served = &httpapi.World{
		ID: "default", Domain: r.world, Record: r.journal, Clock: r.clock, WaitForCallbacks: func(context.Context) error { return nil },
	}
	r.worlds = newTestWorlds(r.served)
	r.Handler = httpapi.New(httpapi.Config{Products: all.Catalogue(), Worlds: r.worlds, Log: log})
	r.token = r.newToken(t)
	return r
}

func (r *rig) advance(t testing.TB, d time.Duration) {
	t.Helper()
	if err := r.clock.Advance(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// testWorlds are worlds by their ids, their consumer keys and their tokens.
type testWorlds struct {
	first *httpapi.World

	mu      sync.Mutex
	byID    map[string]*httpapi.World
	byKey   map[string]*httpapi.World
	byToken map[string]*httpapi.World
}

func newTestWorlds(all ...*httpapi.World) *testWorlds {
	p := &testWorlds{first: all[0], byID: map[string]*httpapi.World{}, byKey: map[string]*httpapi.World{}, byToken: map[string]*httpapi.World{}}
	for _, one := range all {
		p.byID[one.ID] = one
		p.byKey["key-"+one.ID] = one
	}
	return p
}

func (p *testWorlds) ByID(id string) *httpapi.World {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id]
}

func (p *testWorlds) ByCredentials(token, key string) *httpapi.World {
	p.mu.Lock()
	defer p.mu.Unlock()
	return cmp.Or(p.byToken[token], p.byKey[key], p.first)
}

func (p *testWorlds) AddToken(token string, w *httpapi.World) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byToken[token] = w
}

func (r *rig) newToken(t testing.TB) string {
	t.Helper()
	var token daraja.TokenResponse
	decode(t, r.do(tokenRequest("sandbox", "sandbox", "client_credentials")), &token)
	return token.AccessToken
}

func decode(t testing.TB, w *httptest.ResponseRecorder, into any) {
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
func (r *rig) push(t testing.TB, changes ...string) daraja.STKPushAck {
	t.Helper()
	var ack daraja.STKPushAck
	decode(t, r.post(daraja.STKPushPath, pushBody(changes...)), &ack)
	return ack
}

// callback moves the clock past the think time and returns the latest callback.
func (r *rig) callback(t testing.TB) string {
	t.Helper()
	before := len(r.sink.sent)
	r.advance(t, 2*time.Second)
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
