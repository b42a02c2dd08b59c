package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/scenario"
)

const cancels = "name: mine\nrules:\n  - then: {result: 1032}\n"

// result is the result code of a payment now.
func (s *sim) result(t *testing.T, number string) string {
	t.Helper()
	ack := s.accepted(t, number, "https://merchant.invalid/stk")
	s.advance(t, "5m")
	_, body := s.query(t, ack.CheckoutRequestID)
	_, code, _ := strings.Cut(body, `"ResultCode":"`)
	code, _, ok := strings.Cut(code, `"`)
	if !ok {
		t.Fatalf("query: %s", body)
	}
	return code
}

// A new edit of the file takes the place of the old one; one with a mistake does not,
// and the mistake is shown until a good one comes.
func TestHotReload(t *testing.T) {
	s := start(t, app.Config{Frozen: true, ScenarioName: "mine.yaml", ScenarioSource: []byte(cancels), Settings: map[string]string{"callback_copies": "1"}})
	if got := s.result(t, "254712345678"); got != "1032" {
		t.Fatalf("at the start: %s", got)
	}
	if err := s.LoadScenario("mine.yaml", []byte("rules:\n  - then: {result: 103}\n")); err == nil || !strings.HasPrefix(err.Error(), "mine.yaml:2:") {
		t.Errorf("error %v", err)
	}
	if got := s.result(t, "254712345678"); got != "1032" {
		t.Errorf("after a bad edit: %s", got)
	}
	shown := s.ask(t, http.MethodGet, "/scenario", "")
	if !strings.Contains(shown, `"file":"mine.yaml"`) || !strings.Contains(shown, `"fault":"mine.yaml:2:`) || !strings.Contains(shown, "result: 1032") {
		t.Errorf("shown %s", shown)
	}
	if err := s.LoadScenario("mine.yaml", []byte(strings.ReplaceAll(cancels, "1032", "2001"))); err != nil {
		t.Fatal(err)
	}
	if got := s.result(t, "254712345678"); got != "2001" {
		t.Errorf("after a good edit: %s", got)
	}
	if shown := s.ask(t, http.MethodGet, "/scenario", ""); !strings.Contains(shown, `"fault":""`) {
		t.Errorf("shown %s", shown)
	}
	// a mistake that is taken back leaves no trace either
	if err := s.LoadScenario("mine.yaml", []byte("rules: 1")); err == nil {
		t.Error("no error")
	}
	if err := s.LoadScenario("mine.yaml", []byte(strings.ReplaceAll(cancels, "1032", "2001"))); err != nil {
		t.Fatal(err)
	}
	if shown := s.ask(t, http.MethodGet, "/scenario", ""); !strings.Contains(shown, `"fault":""`) {
		t.Errorf("shown %s", shown)
	}
	// what the world cannot take is a bad edit, too
	if err := s.LoadScenario("mine.yaml", []byte("world: {settings: {think_time: 99h}}\n")); err == nil {
		t.Error("no error")
	}
	if got := s.result(t, "254712345678"); got != "2001" {
		t.Errorf("after a bad setting: %s", got)
	}
}

// An edit of the rules leaves the time alone; one of the time moves it.
func TestReloadAndTheClock(t *testing.T) {
	file := "world: {clock: {frozen: true, at: \"2026-11-24T12:00:00+03:00\"}}\nrules:\n  - then: {result: 1032}\n"
	s := start(t, app.Config{ScenarioName: "mine.yaml", ScenarioSource: []byte(file)})
	now := func() string {
		_, rest, _ := strings.Cut(s.ask(t, http.MethodGet, "/clock", ""), `"now":"`)
		return rest[:19]
	}
	if got := now(); got != "2026-11-24T12:00:00" {
		t.Errorf("begins at %s", got)
	}
	s.advance(t, "1h")
	if err := s.LoadScenario("mine.yaml", []byte(strings.ReplaceAll(file, "1032", "2001"))); err != nil {
		t.Fatal(err)
	}
	if got := now(); got != "2026-11-24T13:00:00" {
		t.Errorf("after an edit of the rules it shows %s", got)
	}
	if err := s.LoadScenario("mine.yaml", []byte(strings.ReplaceAll(file, "11-24", "12-25"))); err != nil {
		t.Fatal(err)
	}
	if got := now(); got != "2026-12-25T12:00:00" {
		t.Errorf("after an edit of the time it shows %s", got)
	}
	if got := s.result(t, "254712345678"); got != "1032" {
		t.Errorf("result %s", got)
	}
}

// What the command says of time is stronger than what the scenario says.
func TestTimeOfTheConfigAndOfTheScenario(t *testing.T) {
	file := []byte("world: {seed: 5, clock: {at: \"2026-11-24T12:00:00+03:00\", speed: 100}}\n")
	for want, c := range map[string]app.Config{
		`"frozen":false,"speed":100,`:                                {Speed: 1},
		`"frozen":false,"speed":7,`:                                  {Speed: 7},
		`"now":"2026-11-24T12:00:00+03:00","frozen":true,"speed":0,`: {Frozen: true},
		`"now":"2027-01-01T00:00:00+03:00","frozen":true,"speed":0,`: {Frozen: true, StartAt: time.Date(2026, 12, 31, 21, 0, 0, 0, time.UTC)},
	} {
		c.ScenarioSource = file
		s := start(t, c)
		if got := s.ask(t, http.MethodGet, "/clock", ""); !strings.Contains(got, want) {
			t.Errorf("clock %s, want %s", got, want)
		}
		if got := s.ask(t, http.MethodGet, "/worlds/default", ""); !strings.Contains(got, `"seed":5,`) {
			t.Errorf("seed: %s", got)
		}
	}
}

// The file may include its neighbours, which the command reads; what comes through
// the control API includes ready scenarios only.
func TestIncludes(t *testing.T) {
	var include scenario.Loader = func(_, name string) (string, []byte, error) {
		if name != "other.yaml" {
			return "", nil, &scenario.NotFound{Name: name}
		}
		return name, []byte(cancels), nil
	}
	const file = "include: [other.yaml]\nrules:\n  - {when: {phone: 254712345678}, then: {result: 2001}}\n"
	s := start(t, app.Config{Frozen: true, ScenarioSource: []byte(file), Include: func(from, name string) (string, []byte, error) { return include(from, name) }})
	if a, b := s.result(t, "254712345678"), s.result(t, "254712345679"); a != "2001" || b != "1032" {
		t.Errorf("results %s and %s", a, b)
	}
	edited := strings.ReplaceAll(cancels, "1032", "1037") // in the neighbour only
	include = func(string, string) (string, []byte, error) { return "other.yaml", []byte(edited), nil }
	if err := s.LoadScenario("scenario.yaml", []byte(file)); err != nil {
		t.Fatal(err)
	}
	if got := s.result(t, "254712345679"); got != "1037" {
		t.Errorf("after an edit of what is included: %s", got)
	}
	if status, body := s.control(t, http.MethodPut, "/scenario", file); status != 400 || !strings.Contains(body, "other.yaml") {
		t.Errorf("HTTP %d %s", status, body)
	}
	if status, body := s.control(t, http.MethodPut, "/scenario", strings.ReplaceAll(file, "other.yaml", "cancelled")); status != 200 {
		t.Errorf("HTTP %d %s", status, body)
	}
}

// A reset brings back the scenario that the world began with, its counters anew, and
// the latest edit of its file; one that was put on since is forgotten.
func TestResetRestartsTheScenario(t *testing.T) {
	once := func(code string) []byte {
		return []byte("name: own\nrules:\n  - times: 1\n    then: {result: " + code + "}\n")
	}
	s := start(t, app.Config{Frozen: true, ScenarioName: "own.yaml", ScenarioSource: once("1032")})
	decided := func(want string) {
		t.Helper()
		s.accepted(t, "254708374149", "http://127.0.0.1:9/")
		s.advance(t, "1m")
		if got := s.ask(t, http.MethodGet, "/journal?kind=callback&newest=1&limit=1", ""); !strings.Contains(got, `"ResultCode":`+want) {
			t.Errorf("not result %s: %s", want, got)
		}
	}
	decided("1032")
	decided("0") // used up
	s.ask(t, http.MethodPost, "/reset", "")
	decided("1032")
	s.ask(t, http.MethodPut, "/scenario", cancels)
	s.ask(t, http.MethodPost, "/reset", "")
	decided("1032")
	if err := s.LoadScenario("own.yaml", once("1037")); err != nil {
		t.Fatal(err)
	}
	s.ask(t, http.MethodDelete, "/scenario", "")
	s.ask(t, http.MethodPost, "/reset", "")
	decided("1037")
	decided("0")
}

// A preset holds under every scenario, and stays when that is taken off.
func TestPreset(t *testing.T) {
	s := start(t, app.Config{Frozen: true, Preset: "hostile"})
	name := func(of *world) string {
		_, body := of.control(t, http.MethodGet, "/scenario", "")
		_, rest, _ := strings.Cut(body, `"name":"`)
		rest, _, _ = strings.Cut(rest, `"`)
		return rest
	}
	if got := name(s.world); got != "hostile" {
		t.Errorf("at the start %q is loaded", got)
	}
	s.ask(t, http.MethodPut, "/scenario", cancels)
	if got := name(s.world); got != "mine" {
		t.Errorf("after PUT %q is loaded", got)
	}
	s.ask(t, http.MethodDelete, "/scenario", "")
	if got := name(s.world); got != "hostile" {
		t.Errorf("after DELETE %q is loaded", got)
	}
	s.ask(t, http.MethodPost, "/reset", "")
	if got := name(s.world); got != "hostile" {
		t.Errorf("after a reset %q is loaded", got)
	}
	if got := name(s.create(t, `{}`)); got != "hostile" {
		t.Errorf("in a new world %q is loaded", got)
	}
	sandbox := s.create(t, `{"preset":"sandbox","scenario_source":"rules:\n  - then: {result: 1032}\n"}`)
	if settings := sandbox.ask(t, http.MethodGet, "/settings", ""); !strings.Contains(settings, `"name":"checkout_id_millis","value":"1"`) {
		t.Errorf("a preset does not hold under a scenario: %s", settings)
	}
	if got := name(s.create(t, `{"preset":"kind"}`)); got != "kind" {
		t.Errorf("in a new world with its own preset %q is loaded", got)
	}
	if list := s.ask(t, http.MethodGet, "/scenarios", ""); !strings.Contains(list, `"name":"hostile"`) {
		t.Errorf("list %s", list)
	}
}
