package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/clock"
)

// noon is when the worlds of these tests begin.
func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, daraja.EAT()) }

// frozen is a clock that stands at noon.
func frozen() *clock.Clock { return clock.NewFrozen(noon()) }

// sim is a running simulator and a client of its default world.
type sim struct {
	*app.App
	*world
}

func start(t testing.TB, c app.Config) *sim {
	t.Helper()
	a, err := app.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := a.Stop(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	return &sim{App: a, world: &world{Base: a.URL(), Own: a.URL(), Control: a.ControlURL(), Key: "sandbox", Secret: "sandbox"}}
}

// world is a world as the control API tells of it, and a client of it.
type world struct {
	ID       string `json:"id"`
	Base     string `json:"base_url"` // the same for all worlds: the key and the token tell which
	Own      string `json:"url"`
	Control  string `json:"control_url"`
	Key      string `json:"consumer_key"`
	Secret   string `json:"consumer_secret"`
	Seed     int64  `json:"seed"`
	Scenario string `json:"scenario"`

	token string
}

// create makes a world.
func (s *sim) create(t testing.TB, spec string) *world {
	t.Helper()
	status, body := s.control(t, http.MethodPost, "/worlds", spec)
	w := new(world)
	if err := json.Unmarshal([]byte(body), w); err != nil || status != http.StatusCreated {
		t.Fatalf("creating a world: HTTP %d %s", status, body)
	}
	return w
}

// call makes a request and returns the status and body of the answer.
func call(t testing.TB, method, url, body string, header ...string) (int, string) {
	t.Helper()
	status, answer, err := try(t.Context(), method, url, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

func try(ctx context.Context, method, url, body string, header ...string) (int, string, error) {
	return tryWith(ctx, client, method, url, body, header...)
}

func tryWith(ctx context.Context, client *http.Client, method, url, body string, header ...string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

// client keeps a connection for each of the many that these tests run at once.
var client = &http.Client{Transport: &http.Transport{MaxIdleConns: 512, MaxIdleConnsPerHost: 512}}

// control asks the world's part of the control API.
func (w *world) control(t testing.TB, method, path, body string) (int, string) {
	t.Helper()
	var header []string
	if body != "" && body[0] == '{' {
		header = []string{"Content-Type", "application/json"}
	}
	return call(t, method, w.Control+path, body, header...)
}

// ask is control for what must succeed.
func (w *world) ask(t testing.TB, method, path, body string) string {
	t.Helper()
	status, answer := w.control(t, method, path, body)
	if status/100 != 2 {
		t.Fatalf("%s %s: HTTP %d %s", method, path, status, answer)
	}
	return answer
}

// advance moves the world's clock.
func (w *world) advance(t testing.TB, by string) {
	t.Helper()
	w.ask(t, http.MethodPost, "/clock/advance", fmt.Sprintf(`{"by":%q}`, by))
}

// login asks for a token.
func (w *world) login(t testing.TB) (int, string) {
	t.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte(w.Key + ":" + w.Secret))
	return call(t, http.MethodGet, w.Base+daraja.TokenPath+"?grant_type=client_credentials", "", "Authorization", "Basic "+basic)
}

// push asks number for KES 150 and returns the answer.
func (w *world) push(t testing.TB, number, url string) (int, string) {
	t.Helper()
	if w.token == "" {
		status, body := w.login(t)
		var token daraja.TokenResponse
		if err := json.Unmarshal([]byte(body), &token); err != nil || status != http.StatusOK {
			t.Fatalf("token: HTTP %d %s", status, body)
		}
		w.token = token.AccessToken
	}
	return call(t, http.MethodPost, w.Base+daraja.STKPushPath, pushBody(number, "INV-1", url), "Content-Type", "application/json", "Authorization", "Bearer "+w.token)
}

func pushBody(number, reference, url string) string {
	const stamp = "20250707180034"
	return fmt.Sprintf(
		`{"BusinessShortCode":174379,"Password":%q,"Timestamp":%q,"TransactionType":"CustomerPayBillOnline","Amount":150,"PartyA":%s,"PartyB":174379,"PhoneNumber":%s,"CallBackURL":%q,"AccountReference":%q,"TransactionDesc":"x"}`,
		daraja.Password("174379", daraja.SandboxPasskey, stamp), stamp, number, number, url, reference)
}

func (w *world) accepted(t testing.TB, number, url string) daraja.STKPushAck {
	t.Helper()
	status, body := w.push(t, number, url)
	var ack daraja.STKPushAck
	if err := json.Unmarshal([]byte(body), &ack); err != nil || status != http.StatusOK {
		t.Fatalf("push: HTTP %d %s", status, body)
	}
	return ack
}

// query asks for the result of a push.
func (w *world) query(t testing.TB, checkoutID string) (int, string) {
	t.Helper()
	const stamp = "20250707180034"
	return call(t, http.MethodPost, w.Base+daraja.STKQueryPath, fmt.Sprintf(
		`{"BusinessShortCode":174379,"Password":%q,"Timestamp":%q,"CheckoutRequestID":%q}`,
		daraja.Password("174379", daraja.SandboxPasskey, stamp), stamp, checkoutID,
	), "Content-Type", "application/json", "Authorization", "Bearer "+w.token)
}

// merchant receives callbacks.
func merchant(t testing.TB) (url string, received <-chan string) {
	t.Helper()
	c := make(chan string, 10_000)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c <- string(body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, c
}

// page is a page of the journal.
type page struct {
	Records []record `json:"records"`
	Total   int      `json:"total"`
}

// record is what these tests look at in a record.
type record struct {
	Seq       uint64          `json:"seq"`
	At        time.Time       `json:"at"`
	World     string          `json:"world"`
	Kind      string          `json:"kind"`
	API       string          `json:"api"`
	Payment   string          `json:"payment"`
	Phone     string          `json:"phone"`
	Reference string          `json:"reference"`
	URL       string          `json:"url"`
	Status    int             `json:"status"`
	By        string          `json:"by"`
	Copy      int             `json:"copy"`
	Request   json.RawMessage `json:"request"`
}

// journal is what the world has recorded.
func (w *world) journal(t testing.TB, filter string) page {
	t.Helper()
	var p page
	if err := json.Unmarshal([]byte(w.ask(t, http.MethodGet, "/journal?limit=1000&"+filter, "")), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// compact takes the spaces out of JSON.
func compact(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(s)); err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	return b.String()
}
