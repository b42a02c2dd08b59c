package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/clock"
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

// Two hundred tests at once on one server, all with the same phone, reference and
// amount: each sees its own payment and nothing of the others'.
func TestTwoHundredWorlds(t *testing.T) {
	const worlds = 200
	s := start(t, app.Config{Frozen: true, StartAt: noon()})
	var mu sync.Mutex
	got := map[string][]string{} // callbacks by path
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		got[r.URL.Path] = append(got[r.URL.Path], string(body))
	}))
	t.Cleanup(receiver.Close)
	var wg sync.WaitGroup
	seen := make([]alone, worlds)
	for n := range worlds {
		wg.Go(func() { seen[n] = testAlone(t, s, n, receiver.URL) })
	}
	wg.Wait()
	ids := map[string]int{}
	for n, one := range seen {
		for _, id := range []string{one.world, one.key, one.token} {
			if other, taken := ids[id]; taken || id == "" {
				t.Errorf("test %d has %q, and so has test %d", n, id, other)
			}
			ids[id] = n
		}
		if calls := got[one.path]; len(calls) != 1 || !strings.Contains(calls[0], one.checkout) || !strings.Contains(calls[0], `"ResultCode":`+one.result) {
			t.Errorf("test %d got %v", n, calls)
		}
	}
	if p := s.journal(t, ""); p.Total != 0 {
		t.Errorf("the default world saw %d of it", p.Total)
	}
}

// alone is what one of many tests saw.
type alone struct{ world, key, token, checkout, path, result string }

// testAlone is a test as a user writes it, in a world of its own. Half of the worlds
// cancel, and each moves its time by another amount.
func testAlone(t *testing.T, s *sim, n int, receiver string) alone {
	t.Helper()
	const phone = "254712345678"
	one := alone{path: fmt.Sprintf("/%d", n), result: "0"}
	spec := `{}`
	if n%2 == 1 {
		spec, one.result = `{"scenario":"cancelled"}`, "1032"
	}
	w := s.create(t, spec)
	if n%3 == 0 {
		w.Base = w.Own // by path rather than by key and token
	}
	ack := w.accepted(t, phone, receiver+one.path)
	if status, body := w.query(t, ack.CheckoutRequestID); status != 200 || !strings.Contains(body, "4999") {
		t.Errorf("test %d: query before the time: HTTP %d %s", n, status, body)
	}
	w.advance(t, fmt.Sprintf("%ds", 60+n))
	if status, body := w.query(t, ack.CheckoutRequestID); status != 200 || !strings.Contains(body, fmt.Sprintf(`"ResultCode":"%s"`, one.result)) {
		t.Errorf("test %d: query after the time: HTTP %d %s", n, status, body)
	}
	if now := w.ask(t, http.MethodGet, "/clock", ""); !strings.Contains(now, noon().Add(time.Duration(60+n)*time.Second).Format("15:04:05")) {
		t.Errorf("test %d: the clock shows %s", n, now)
	}
	for count, match := range map[int]string{
		1: `{"kind":"callback","phone":"` + phone + `","status":200}`,
		2: `{"api":"stkquery"}`,
		6: `{}`, // token, push, query, advance, callback, query
	} {
		verdict := w.ask(t, http.MethodPost, "/journal/verify", fmt.Sprintf(`{"match":%s,"count":%d}`, match, count))
		if !strings.Contains(verdict, `"ok":true`) {
			t.Errorf("test %d: %.500s", n, verdict)
		}
	}
	paid := 1 - n%2
	if ledger := w.ask(t, http.MethodGet, "/ledger", ""); strings.Count(ledger, `"receipt"`) != paid {
		t.Errorf("test %d: ledger %s", n, ledger)
	}
	for _, r := range w.journal(t, "").Records {
		if r.World != w.ID {
			t.Errorf("test %d in %s: record of %s", n, w.ID, r.World)
		}
	}
	one.world, one.key, one.token, one.checkout = w.ID, w.Key, w.token, ack.CheckoutRequestID
	return one
}

func TestWorldIsMadeAsAsked(t *testing.T) {
	s := start(t, app.Config{Seed: 5, Settings: map[string]string{"callback_copies": "2"}})
	w := s.create(t, `{"id":"my-test","seed":77,"scenario":"cancelled","clock":{"frozen":true,"at":"2026-11-24T12:00:00+03:00"},"settings":{"think_time":"7s"}}`)
	if w.ID != "my-test" || w.Seed != 77 || w.Scenario != "cancelled" {
		t.Errorf("%+v", w)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9]{48}$`).MatchString(w.Key) || !regexp.MustCompile(`^[A-Za-z0-9]{64}$`).MatchString(w.Secret) {
		t.Errorf("credentials %q %q", w.Key, w.Secret)
	}
	if w.Base != s.URL() || w.Own != s.URL()+"/w/my-test" || w.Control != s.ControlURL()+"/worlds/my-test" {
		t.Errorf("addresses %+v", w)
	}
	clock := w.ask(t, http.MethodGet, "/clock", "")
	if !strings.Contains(clock, `"now":"2026-11-24T12:00:00+03:00"`) || !strings.Contains(clock, `"frozen":true`) {
		t.Errorf("clock %s", clock)
	}
	settings := w.ask(t, http.MethodGet, "/settings", "")
	if !strings.Contains(settings, `"name":"think_time","value":"7s"`) || !strings.Contains(settings, `"name":"callback_copies","value":"2"`) {
		t.Errorf("settings %s", settings)
	}
	again := start(t, app.Config{Seed: 5}).create(t, `{"id":"my-test","seed":77}`)
	if again.Key != w.Key || again.Secret != w.Secret {
		t.Error("the same seed gives other credentials")
	}
	other := s.create(t, `{}`)
	if other.ID != "w-1" || other.Key == w.Key || other.Secret == w.Secret || other.Seed == w.Seed || other.Scenario != "" {
		t.Errorf("%+v", other)
	}
}

func TestWorldsThatCannotBeMade(t *testing.T) {
	s := start(t, app.Config{})
	s.create(t, `{"id":"taken"}`)
	for spec, want := range map[string]string{
		`{"id":"Big"}`: `400 {"error":"id \"Big\"`,
		`{"id":"` + strings.Repeat("a", 65) + `"}`: `400 {"error":"id `,
		`{"id":"taken"}`:                                `409 {"error":`,
		`{"id":"default"}`:                              `409 {"error":`,
		`{"scenario":"cancelld"}`:                       `400 {"error":`,
		`{"preset":"hostil"}`:                           `400 {"error":`,
		`{"preset":"cancelled"}`:                        `400 {"error":`,
		`{"scenario_source":"rules: 1"}`:                `400 {"error":`,
		`{"settings":{"colour":"red"}}`:                 `400 {"error":`,
		`{"clock":{"at":"1999-01-01T00:00:00Z"}}`:       `400 {"error":`,
		`{"clock":{"speed":-1}}`:                        `400 {"error":`,
		`{"clock":{"frozen":true,"speed":10}}`:          `400 {"error":`,
		`{"scenario":"paid","scenario_source":"rules"}`: `400 {"error":`,
	} {
		status, body := s.control(t, http.MethodPost, "/worlds", spec)
		if got := fmt.Sprint(status, " ", body); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", spec, got)
		}
	}
	if worlds := s.ask(t, http.MethodGet, "/worlds", ""); strings.Count(worlds, `"id"`) != 2 {
		t.Errorf("something was left of what could not be made: %s", worlds)
	}
}

// A world that is deleted is forgotten with its tokens and its key; what asks for it
// is in no other world.
func TestDelete(t *testing.T) {
	s := start(t, app.Config{Frozen: true})
	w := s.create(t, `{"id":"gone"}`)
	url, received := merchant(t)
	w.accepted(t, "254712345678", url)
	if status, body := s.control(t, http.MethodDelete, "/worlds/gone", ""); status != 204 {
		t.Fatalf("HTTP %d %s", status, body)
	}
	if status, body := w.push(t, "254712345678", url); status != 404 || !strings.Contains(body, "404.001.03") {
		t.Errorf("a token of a deleted world: HTTP %d %s", status, body)
	}
	if status, body := w.login(t); status == 200 {
		t.Errorf("the key of a deleted world: HTTP %d %s", status, body)
	}
	if status, body := call(t, http.MethodGet, w.Own+daraja.TokenPath+"?grant_type=client_credentials", ""); status == 200 {
		t.Errorf("the path of a deleted world: HTTP %d %s", status, body)
	}
	for _, path := range []string{"/worlds/gone", "/worlds/gone/clock"} {
		if status, body := s.control(t, http.MethodGet, path, ""); status != 404 {
			t.Errorf("%s: HTTP %d %s", path, status, body)
		}
	}
	for id, want := range map[string]int{"gone": 404, "never": 404, "default": 409} {
		if status, body := s.control(t, http.MethodDelete, "/worlds/"+id, ""); status != want {
			t.Errorf("deleting %s: HTTP %d %s", id, status, body)
		}
	}
	s.advance(t, "1h")
	if len(received) != 0 {
		t.Errorf("a deleted world called back: %s", <-received)
	}
	if again := s.create(t, `{"id":"gone"}`); again.journal(t, "").Total != 0 {
		t.Error("a new world of the same name remembers the old one")
	}
}

// A deleted world's time has ended.
func TestDeleteStopsTheClock(t *testing.T) {
	s := start(t, app.Config{})
	w, err := s.Worlds().Create(t.Context(), controlclient.NewWorld{ID: "gone"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Worlds().Delete(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	w.Clock().Freeze()
	if err := w.Clock().Advance(t.Context(), 0); !errors.Is(err, clock.ErrStopped) {
		t.Errorf("error %v", err)
	}
}

// Worlds come and go while requests run in them.
func TestDeleteUnderLoad(t *testing.T) {
	s := start(t, app.Config{Speed: 1000})
	url, _ := merchant(t)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for round := range 5 {
				w := s.create(t, fmt.Sprintf(`{"id":"load-%d"}`, n))
				w.accepted(t, "254712345678", url)
				var clients sync.WaitGroup
				for range 3 {
					clients.Go(func() {
						for range 5 {
							status, body := w.push(t, "254712345678", url)
							if status >= 500 && !strings.Contains(body, "errorCode") {
								t.Errorf("round %d: HTTP %d %s", round, status, body)
							}
						}
					})
				}
				if status, body := s.control(t, http.MethodDelete, fmt.Sprintf("/worlds/load-%d", n), ""); status != 204 {
					t.Errorf("HTTP %d %s", status, body)
				}
				clients.Wait()
			}
		})
	}
	wg.Wait()
	if worlds := s.ask(t, http.MethodGet, "/worlds", ""); strings.Count(worlds, `"id"`) != 1 {
		t.Errorf("left: %s", worlds)
	}
}

func TestWorldsAreBounded(t *testing.T) {
	s := start(t, app.Config{})
	worlds := s.Worlds()
	for n := 1; n < app.MaxWorlds; n++ {
		if _, err := worlds.Create(t.Context(), controlclient.NewWorld{}); err != nil {
			t.Fatal(n, err)
		}
	}
	if _, err := worlds.Create(t.Context(), controlclient.NewWorld{}); err == nil || !strings.Contains(err.Error(), "there are 10000 worlds already") {
		t.Errorf("error %v", err)
	}
	if err := worlds.Delete(context.Background(), "w-7"); err != nil {
		t.Fatal(err)
	}
	if _, err := worlds.Create(t.Context(), controlclient.NewWorld{}); err != nil {
		t.Error(err)
	}
}

// The same token may be drawn in two worlds, which have the same seed: each client is
// still in its own.
func TestSameSeedInManyWorlds(t *testing.T) {
	s := start(t, app.Config{Seed: 1, Frozen: true, StartAt: noon()})
	url, _ := merchant(t)
	ids := map[string]bool{}
	for range 5 {
		w := s.create(t, `{"seed":1}`)
		w.accepted(t, "254712345678", url)
		if p := w.journal(t, "api=stkpush"); p.Total != 1 {
			t.Errorf("%s has %d pushes", w.ID, p.Total)
		}
		ids[w.token] = true
	}
	if len(ids) != 5 {
		t.Errorf("%d tokens of 5 worlds", len(ids))
	}
}

func TestInfoOfTheDefaultWorld(t *testing.T) {
	s := start(t, app.Config{Seed: 9, Scenario: "paid"})
	var w map[string]any
	if err := json.Unmarshal([]byte(s.ask(t, http.MethodGet, "/worlds/default", "")), &w); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]any{
		"id": "default", "consumer_key": "sandbox", "consumer_secret": "sandbox", "base_url": s.URL(),
		"shortcode": daraja.SandboxShortcode, "passkey": daraja.SandboxPasskey, "seed": 9.0, "scenario": "paid",
	} {
		if w[k] != want {
			t.Errorf("%s is %v, want %v", k, w[k], want)
		}
	}
}

// A world's addresses are those by which its caller reaches the simulator.
func TestAddressesOfAWorld(t *testing.T) {
	port := func(url string) string { return url[strings.LastIndex(url, ":"):] }
	tests := []struct {
		name   string
		config app.Config
		host   string // of the request, without a port
		want   func(s *sim) string
	}{
		{"on one address", app.Config{}, "127.0.0.1", func(s *sim) string { return s.URL() }},
		{"on one address, asked by another name of it", app.Config{}, "localhost", func(s *sim) string { return s.URL() }},
		{"on all addresses", app.Config{Addr: "0.0.0.0:0"}, "localhost", func(s *sim) string { return "http://localhost" + port(s.URL()) }},
		{"on all addresses, asked by service name", app.Config{Addr: ":0", AllowedHosts: []string{"simulator"}}, "simulator", func(s *sim) string { return "http://simulator" + port(s.URL()) }},
		{"on all addresses, asked by IPv6", app.Config{Addr: "[::]:0"}, "[::1]", func(s *sim) string { return "http://[::1]" + port(s.URL()) }},
		{"with a public URL", app.Config{Addr: ":0", PublicURL: "http://localhost:17070"}, "127.0.0.1", func(*sim) string { return "http://localhost:17070" }},
		{"with a public URL of this machine, asked from elsewhere", app.Config{Addr: ":0", PublicURL: "http://localhost:17070", AllowedHosts: []string{"simulator"}}, "simulator", func(s *sim) string { return "http://simulator" + port(s.URL()) }},
		{"with a public URL, asked from elsewhere", app.Config{Addr: ":0", PublicURL: "https://dev.example", AllowedHosts: []string{"simulator"}}, "simulator", func(*sim) string { return "https://dev.example" }},
		{"with a public URL on a path", app.Config{PublicURL: "https://dev.example/daraja/"}, "127.0.0.1", func(*sim) string { return "https://dev.example/daraja" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.ControlAddr = "0.0.0.0:0"
			s := start(t, tt.config)
			for _, url := range []string{s.URL(), s.ControlURL()} {
				if !strings.HasPrefix(url, "http://127.0.0.1:") {
					t.Errorf("on its own machine it is at %s", url)
				}
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.ControlURL()+"/worlds/default", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = tt.host + port(s.ControlURL())
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var w world
			if err := json.NewDecoder(res.Body).Decode(&w); err != nil {
				t.Fatal(err)
			}
			if want := tt.want(s); w.Base != want || w.Own != want+"/w/default" {
				t.Errorf("base_url %s, url %s, want %s", w.Base, w.Own, want)
			}
			if want := "http://" + req.Host + "/worlds/default"; w.Control != want {
				t.Errorf("control_url %s, want %s", w.Control, want)
			}
		})
	}
}

func TestPublicURLIsChecked(t *testing.T) {
	for _, url := range []string{"localhost:17070", "ftp://localhost", "http://", "http://u:p@localhost", "http://localhost/?a=b", "http://localhost/#x", ":", "http://localhost:65536", "http://localhost:99999", "http://localhost:0"} {
		if _, err := app.New(app.Config{PublicURL: url}); err == nil || !strings.Contains(err.Error(), "is not a URL such as http://localhost:17070") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// Docker may publish the control port under another number. The API's may be another
// too, which the simulator cannot know: it says so once.
func TestControlPortThatIsPublishedUnderAnotherNumber(t *testing.T) {
	tests := []struct {
		name   string
		host   func(s *sim) string
		public string
		warns  int
	}{
		{"under another number", func(*sim) string { return "127.0.0.1:1" }, "", 1},
		{"under its own", func(s *sim) string { return strings.TrimPrefix(s.ControlURL(), "http://") }, "", 0},
		{"without a port", func(*sim) string { return "localhost" }, "", 0},
		{"under another number, which is known", func(*sim) string { return "127.0.0.1:1" }, "http://localhost:2", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			s := start(t, app.Config{PublicURL: tt.public, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))})
			for range 2 {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.ControlURL()+"/worlds", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Host = tt.host(s)
				res, err := client.Do(req)
				if err != nil || res.StatusCode != http.StatusOK {
					t.Fatal(res, err)
				}
				res.Body.Close()
			}
			if err := s.Stop(t.Context()); err != nil { // nothing is logged any more
				t.Fatal(err)
			}
			if n := strings.Count(log.String(), "--public-url"); n != tt.warns {
				t.Errorf("it warns %d times, want %d: %s", n, tt.warns, &log)
			}
		})
	}
}

// In a container 127.0.0.1 is the container, so a callback to an app beside it finds
// no app. A simulator on all addresses, as it is in a container, says so.
func TestCallbackToLoopbackThatIsRefused(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := closed.Addr().(*net.TCPAddr).Port
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ addr, host, want string }{
		{"0.0.0.0:0", "127.0.0.1", "connection refused; 127.0.0.1 is the simulator's own machine or container"},
		{":0", "localhost", "connection refused; localhost is the simulator's own machine or container"},
		{"127.0.0.1:0", "127.0.0.1", `connection refused"`},
	} {
		t.Run(test.addr, func(t *testing.T) {
			s := start(t, app.Config{Addr: test.addr, Frozen: true})
			s.accepted(t, "254712345678", fmt.Sprintf("http://%s:%d/callback", test.host, port))
			s.advance(t, "5s")
			if journal := s.ask(t, http.MethodGet, "/journal?kind=callback", ""); !strings.Contains(journal, test.want) {
				t.Errorf("%q is not in %s", test.want, journal)
			}
		})
	}
}
