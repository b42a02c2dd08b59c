package httpapi_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/people"
)

// bodies is a product that answers with the names that it was called with.
func bodies() simulator.Product {
	fields := []simulator.Field{{Name: "name", Check: simulator.Required}}
	return simulator.Product{Name: "bodies", Operations: []simulator.Operation{
		{API: "list", Method: "POST", Path: "/list", NoToken: true, List: true, MaxBody: httpapi.MaxBody + 1, Fields: fields,
			Execute: func(_ *simulator.Locked, x *simulator.Exchange) (any, error) {
				var all []daraja.Text
				for _, one := range x.Call.List {
					all = append(all, one["name"])
				}
				return all, nil
			}},
		{API: "get", Method: "POST", Path: "/get", NoToken: true, AlsoGET: true, Fields: fields,
			Execute: func(_ *simulator.Locked, x *simulator.Exchange) (any, error) { return x.Text("name"), nil }},
	}}
}

func TestBodies(t *testing.T) {
	products, err := simulator.NewCatalogue(bodies())
	if err != nil {
		t.Fatal(err)
	}
	world, err := simulator.New(simulator.Config{Products: products, Seed: 1, Clock: clock.NewFrozen(epoch()), Sink: &sink{}, People: people.ForNumber})
	if err != nil {
		t.Fatal(err)
	}
	served := &httpapi.World{ID: "default", Domain: world, Record: newRecord(), Clock: clock.NewFrozen(epoch()), WaitForCallbacks: func(context.Context) error { return nil }}
	h := httpapi.New(httpapi.Config{Products: products, Worlds: newTestWorlds(served), Log: slog.New(slog.DiscardHandler)})
	const full = `{"name":"x"}`
	longest := "[" + full + strings.Repeat(" ", httpapi.MaxBody+1-len(full)-2) + "]"
	for _, tt := range []struct {
		name, method, url, body string
		status                  int
		answer                  string // contained
	}{
		{"a list", "POST", "/list", `[{"name":"a"},{"name":1}]`, 200, `["a","1"]`},
		{"a list with something else", "POST", "/list", `[{"name":"a"},2]`, 400, "400.002.05"},
		{"an object in its place", "POST", "/list", `{"name":"a"}`, 400, "400.002.05"},
		{"an empty list", "POST", "/list", `[]`, 400, "Bad Request - Invalid name"},
		{"a list of null", "POST", "/list", `[null]`, 400, "Bad Request - Invalid name"},
		{"a wrong second object", "POST", "/list", `[{"name":"a"},{}]`, 400, "Bad Request - Invalid name"},
		{"a long list", "POST", "/list", longest, 200, `["x"]`},
		{"a list that is too long", "POST", "/list", longest + " ", 400, "400.002.05"},
		{"a GET with a query", "GET", "/get?name=b", "", 200, `"b"`},
		{"a GET with a body", "GET", "/get", `{"name":"c"}`, 200, `"c"`},
		{"a POST", "POST", "/get?name=b", `{"name":"d"}`, 200, `"d"`},
		{"a PUT", "PUT", "/get", `{"name":"d"}`, 405, "405.001"},
		{"a GET of the other", "GET", "/list?name=b", "", 405, "405.001"},
	} {
		r := httptest.NewRequest(tt.method, tt.url, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.answer) {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
	}
}
