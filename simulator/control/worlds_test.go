package control_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/control"
)

func TestWorlds(t *testing.T) {
	r := start(t, "shop")
	const shop = `{"id":"shop","consumer_key":"key-shop","consumer_secret":"secret","base_url":"http://127.0.0.1:7070","url":"http://127.0.0.1:7070/w/shop",` +
		`"control_url":"http://127.0.0.1:7071/worlds/shop","shortcode":"174379","passkey":"bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919",` +
		`"seed":1,"scenario":"","created_at":"2026-11-24T12:00:00+03:00"}`
	r.steps([]step{
		{"GET", "/worlds", "", 200, `…"id":"default"`},
		{"GET", "/worlds", "", 200, `…` + shop + `]}`},
		{"GET", "/worlds/shop", "", 200, shop},
		{"GET", "/worlds/default", "", 200, `…"url":"http://127.0.0.1:7070/w/default","control_url":"http://127.0.0.1:7071/worlds/default"`},
		{"GET", "/worlds/shpo", "", 404, `{"error":"there is no world \"shpo\"; did you mean shop?; there are default, shop"}`},
		{"GET", "/worlds/shpo/clock", "", 404, `{"error":"there is no world \"shpo\"; did you mean shop?; there are default, shop"}`},
		{"DELETE", "/worlds/shpo", "", 404, `{"error":"there is no world \"shpo\"; did you mean shop?; there are default, shop"}`},
		{"DELETE", "/worlds/default", "", 409, `{"error":"the default world cannot be deleted; reset it instead","code":"default_world"}`},
		{"DELETE", "/worlds/shop", "", 204, ""},
		{"GET", "/worlds/shop", "", 404, `{"error":"there is no world \"shop\"; there are default"}`},
	})
	for i := range 7 {
		r.get(201, "POST", "/worlds", fmt.Sprintf(`{"id": "w%d"}`, i))
	}
	r.steps([]step{{"GET", "/worlds/x", "", 404, `{"error":"there is no world \"x\"; there are default, w0, w1, w2, w3 and 3 more"}`}})
}

func TestCreateWorld(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"POST", "/worlds", "", 201, `…{"id":"w-1"`},
		{"POST", "/worlds", `{"id": "b", "seed": -7, "scenario": "cancelled", "preset": "hostile", "clock": {"frozen": true, "at": "2026-01-02T03:04:05Z"}, "settings": {"think_time": "1s"}}`, 201, `…"scenario":"cancelled"`},
		{"POST", "/worlds", `{"id": "b"}`, 409, `{"error":"there is a world b already: not now"}`},
		{"POST", "/worlds", `{"id": "B"}`, 400, `{"error":"id \"B\" is not the id of a world; it must have 1 to 64 of a-z, 0-9 and -","field":"id"}`},
		{"POST", "/worlds", `{"id": "` + strings.Repeat("a", 65) + `"}`, 400, `…is not the id of a world`},
		{"POST", "/worlds", `{"id": "` + strings.Repeat("a", 64) + `"}`, 201, `…{"id":"aaa`},
		{"POST", "/worlds", `{"sed": 1}`, 400, `{"error":"unknown key \"sed\"; there are id, seed, scenario, scenario_source, scenario_file, preset, clock, clock.frozen, clock.at, clock.speed, settings; did you mean seed?"}`},
		{"POST", "/worlds", `{"seed": "1"}`, 400, `{"error":"seed is a JSON string; it must be a whole number"}`},
		{"POST", "/worlds", `{"seed": 1.5}`, 400, `{"error":"seed is a JSON number 1.5; it must be a whole number"}`},
		{"POST", "/worlds", `{"settings": {"think_time": 1}}`, 400, `{"error":"settings is a JSON number; it must be a text in quotes"}`},
		{"POST", "/worlds", `{"settings": {"think_tme": "1s"}}`, 400, `…{"error":"unknown setting \"think_tme\"`},
		{"POST", "/worlds", `{"clock": {"frozen": true, "speed": 2}}`, 400, `{"error":"clock is frozen and has a speed; give one of them"}`},
		{"POST", "/worlds", `{"clock": {"speed": 10001}}`, 400, `{"error":"speed is 10001; it must be over 0 and at most 10000 times real time","field":"speed"}`},
		{"POST", "/worlds", `{"clock": {"at": "today"}}`, 400, `{"error":"\"today\" is not a time; it must be like \"2026-11-24T12:00:00+03:00\""}`},
		{"POST", "/worlds", `{"scenario": "cancelled", "scenario_source": "rules: []"}`, 400, `{"error":"give either scenario, the name of a ready one, or scenario_source, not both"}`},
		{"POST", "/worlds", `{"id": "c", "scenario": "canceled"}`, 400, `…did you mean \"cancelled\"?"}`},
		{"POST", "/worlds", `{"id": "c", "scenario_source": "rules:\n  - then: {reslt: 1}\n  - thenn: {}\n"}`, 400, `…"line":2,"column":12,"message":`},
		{"POST", "/worlds", `{"id": "c", "scenario_source": "rules:\n  - then: {reslt: 1}\n  - thenn: {}\n"}`, 400, `…"line":3,`},
		{"POST", "/worlds", `{"id": "named", "scenario_file": "08.yaml", "scenario_source": "rules: [{then: {result: 0}}]"}`, 201, `…"scenario":"08"`},
		{"POST", "/worlds", `{"id": "c", "scenario_file": "08.yaml", "scenario_source": "rules: [{then: {reslt: 0}}]"}`, 400, `…{"error":"08.yaml:1:17: `},
		{"POST", "/worlds", `{"id": "c", "scenario_file": "m/08.yaml", "scenario_source": "rules: []"}`, 400, `{"error":"scenario_file is \"m/08.yaml\"; it must be the name of a file without its folder, at most 255 bytes"}`},
		{"POST", "/worlds", `{"id": "c", "scenario_file": "08.yaml"}`, 400, `{"error":"scenario_file names the file of scenario_source, which is missing"}`},
		{"POST", "/worlds", `[]`, 400, `{"error":"the body is a JSON array; it must be an object with keys id, seed, scenario, scenario_source, scenario_file, preset, clock, clock.frozen, clock.at, clock.speed, settings"}`},
		{"POST", "/worlds", `{} {}`, 400, `{"error":"the body goes on after its JSON object; it must be one object"}`},
		{"POST", "/worlds", `{"id": `, 400, `{"error":"the body is not JSON: it ends too early, after 7 bytes"}`},
		{"POST", "/worlds", `id=1`, 400, `{"error":"the body is not JSON: invalid character 'i' looking for beginning of value, at byte 1"}`},
		{"POST", "/worlds", long(), 413, `{"error":"the body is over 262144 bytes"}`},
	})
	at := r.worlds.all[2].made
	if at.ID != "b" || *at.Seed != -7 || at.Preset != "hostile" || !at.Clock.Frozen || at.Clock.At.Unix() != 1767323045 || at.Settings["think_time"] != "1s" {
		t.Errorf("made of %+v", at)
	}
	r.worlds.fails = control.ErrConflict
	r.steps([]step{{"POST", "/worlds", "", 409, `{"error":"not now"}`}})
	r.worlds.fails = errBroken
	r.steps([]step{{"POST", "/worlds", "", 400, `{"error":"broken"}`}})
}

// A path of a world means the default one, or the one that is named.
func TestPathsOfWorlds(t *testing.T) {
	r := start(t, "shop")
	r.get(200, "POST", "/worlds/shop/clock/advance", `{"by": "1h"}`)
	r.get(200, "POST", "/clock/advance", `{"by": "2h"}`)
	for _, w := range r.worlds.all { // on record it looks the same in every world
		if rec, _ := w.journal.Get(1); rec.URL != "/clock/advance" {
			t.Errorf("on record in %s: %s", w.made.ID, rec.URL)
		}
	}
	r.steps([]step{
		{"GET", "/worlds/shop/clock", "", 200, `{"now":"2026-11-24T13:00:00+03:00","frozen":true,"speed":0,"next":null}`},
		{"GET", "/worlds/default/clock", "", 200, `{"now":"2026-11-24T14:00:00+03:00","frozen":true,"speed":0,"next":null}`},
		{"GET", "/clock", "", 200, `{"now":"2026-11-24T14:00:00+03:00","frozen":true,"speed":0,"next":null}`},
		{"GET", "/worlds/shop/health", "", 404, `{"error":"there is no \"/worlds/shop/health\" here; /docs has all that there is"}`},
	})
}

func TestWrongVerbsAndPaths(t *testing.T) {
	r := start(t)
	for target, allowed := range map[string]string{"/clock": "GET", "/worlds": "GET, POST", "/worlds/default/scenario": "DELETE, GET, PUT", "/reset": "POST"} {
		w := r.ask("PATCH", target, "")
		want := fmt.Sprintf(`{"error":"PATCH is not a verb of \"%s\"; it takes %s"}`, target, allowed)
		if w.Code != 405 || w.Header().Get("Allow") != allowed || w.Body.String() != want {
			t.Errorf("PATCH %s: HTTP %d, Allow %q, %s, want %s", target, w.Code, w.Header().Get("Allow"), w.Body, want)
		}
	}
	r.steps([]step{
		{"GET", "/requests", "", 404, `{"error":"there is no \"/requests\" here; /docs has all that there is"}`},
		{"GET", "/" + strings.Repeat("x", 1000), "", 404, `…xxx\" here`},
		{"GET", "/phones/" + phone + "/dance", "", 404, `…there is no`},
		{"POST", "/phones/" + phone + "/dance", "", 404, `…there is no`},
		{"GET", "/journal/x", "", 404, `…there is no`},
	})
	if w := r.ask("GET", "/"+strings.Repeat("x", 4000), ""); w.Body.Len() > 700 {
		t.Errorf("a long path is repeated in %d bytes", w.Body.Len())
	}
}

func TestResetAndSnapshots(t *testing.T) {
	r := start(t)
	w := r.world()
	r.steps([]step{
		{"POST", "/reset", "", 204, ""},
		{"GET", "/snapshots", "", 200, `{"snapshots":[]}`},
		{"POST", "/snapshots", "", 201, `{"id":"s-1","name":"","at":"2026-11-24T12:00:00+03:00"}`},
		{"POST", "/snapshots", `{"name": "paid"}`, 201, `{"id":"s-2","name":"paid","at":"2026-11-24T12:00:00+03:00"}`},
		{"POST", "/snapshots", `{"nam": "paid"}`, 400, `{"error":"unknown key \"nam\"; there are name; did you mean name?"}`},
		{"POST", "/snapshots", `{"name": "` + strings.Repeat("é", 100) + `"}`, 201, `…"s-3"`},
		{"POST", "/snapshots", `{"name": "` + strings.Repeat("é", 101) + `"}`, 400, `{"error":"name is over 100 characters","field":"name"}`},
		{"POST", "/snapshots", long(), 413, `{"error":"the body is over 262144 bytes"}`},
		{"POST", "/snapshots/s-2/restore", "", 204, ""},
		{"POST", "/snapshots/s-9/restore", "", 404, `{"error":"restoring the snapshot: there is no snapshot s-9: not found"}`},
		{"DELETE", "/snapshots/s-1", "", 204, ""},
		{"DELETE", "/snapshots/s-1", "", 404, `{"error":"dropping the snapshot: there is no snapshot s-1: not found"}`},
		{"GET", "/snapshots", "", 200, `…{"snapshots":[{"id":"s-2","name":"paid"`},
	})
	if w.resets != 1 || fmt.Sprint(w.restored) != "[s-2]" {
		t.Errorf("%d resets, restored %v", w.resets, w.restored)
	}
	w.broken = errBroken
	for _, target := range []string{"/reset", "/snapshots"} { // an unexpected error is not in the description
		if w := serve(r, "POST", target); w.Code != 500 || !strings.HasSuffix(w.Body.String(), `: broken"}`) {
			t.Errorf("POST %s: HTTP %d %s", target, w.Code, w.Body)
		}
	}
}

// A caller gets addresses on the host by which it reached the control API.
func TestAddressesFollowTheRequest(t *testing.T) {
	for host, want := range map[string]string{
		"simulator:7071":  `"base_url":"http://simulator:7070","url":"http://simulator:7070/w/default","control_url":"http://simulator:7071/worlds/default"`,
		"localhost:17071": `"base_url":"http://localhost:7070","url":"http://localhost:7070/w/default","control_url":"http://localhost:17071/worlds/default"`,
		"[::1]:7071":      `"base_url":"http://[::1]:7070","url":"http://[::1]:7070/w/default","control_url":"http://[::1]:7071/worlds/default"`,
	} {
		h := control.New(control.Config{
			Products: products(),
			Worlds:   newFakeWorlds(t), AllowedHosts: []string{"simulator"},
			DarajaURL: func(host string) string { return "http://" + host[:strings.LastIndex(host, ":")] + ":7070" },
		})
		for _, ask := range []struct{ method, path string }{{"GET", "/worlds"}, {"GET", "/worlds/default"}} {
			r := httptest.NewRequest(ask.method, ask.path, nil)
			r.Host = host
			r.Header.Set("X-Forwarded-Host", "evil.example") // not believed
			r.Header.Set("Forwarded", "host=evil.example")
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s %s by %s: HTTP %d %s, want %s", ask.method, ask.path, host, w.Code, w.Body, want)
			}
		}
		r := httptest.NewRequest(http.MethodPost, "/worlds", strings.NewReader(`{}`))
		r.Host = host
		w := httptest.NewRecorder()
		base, _, _ := strings.Cut(want, ",")
		if h.ServeHTTP(w, r); w.Code != 201 || !strings.Contains(w.Body.String(), base) {
			t.Errorf("POST /worlds by %s: HTTP %d %s", host, w.Code, w.Body)
		}
	}
}
