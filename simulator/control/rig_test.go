package control_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// rig is the control API before fake worlds. Every answer is held against
// openapi.yaml.
type rig struct {
	http.Handler
	t      *testing.T
	worlds *fakeWorlds
	spec   *spec
}

func start(t *testing.T, ids ...string) *rig {
	t.Helper()
	f := newFakeWorlds(t, ids...)
	return &rig{t: t, worlds: f, spec: readSpec(t), Handler: control.New(control.Config{
		Products: products(),
		Worlds:   f, Version: "1.2.3", Daraja: httpapi.New(httpapi.Config{Products: products(), Worlds: f, Log: slog.New(slog.DiscardHandler)}), Self: func() string { return "http://127.0.0.1:7071" },
	})}
}

// world is the default world.
func (r *rig) world() *fakeWorld { return r.worlds.all[0] }

// ask makes a request and checks its answer.
func (r *rig) ask(method, target, body string) *httptest.ResponseRecorder {
	r.t.Helper()
	w := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(r.t.Context(), method, "http://127.0.0.1:7071"+target, strings.NewReader(body))
	r.ServeHTTP(w, req)
	r.spec.check(r.t, req, body, w.Result())
	return w
}

// get asks and decodes, and wants a status.
func (r *rig) get(status int, method, target, body string) map[string]any {
	r.t.Helper()
	w := r.ask(method, target, body)
	if w.Code != status {
		r.t.Fatalf("%s %s: HTTP %d %s, want %d", method, target, w.Code, w.Body, status)
	}
	var out map[string]any
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			r.t.Fatalf("%s %s: %v in %s", method, target, err, w.Body)
		}
	}
	return out
}

// step is a request and what is wanted of its answer: all of it, or with … at both
// ends a part.
type step struct {
	method, target, body string
	status               int
	want                 string
}

func (r *rig) steps(all []step) {
	r.t.Helper()
	for _, s := range all {
		w := r.ask(s.method, s.target, s.body)
		got := w.Body.String()
		part, isPart := strings.CutPrefix(s.want, "…")
		if w.Code != s.status || isPart && !strings.Contains(got, part) || !isPart && got != s.want {
			r.t.Errorf("%s %s %.200s\n got HTTP %d %s\nwant HTTP %d %s", s.method, s.target, s.body, w.Code, got, s.status, s.want)
		}
	}
}

// products are what the worlds of the tests simulate.
func products() *simulator.Catalogue {
	c, err := simulator.NewCatalogue(oauth.Product(), stk.Product(), diary())
	if err != nil {
		panic(err)
	}
	return c
}

// diary is a product with an action.
func diary() simulator.Product {
	return simulator.Product{Name: "diary", Doc: "a diary", Actions: []simulator.Action{{
		Name: "write", Doc: "writes a line",
		Fields: []simulator.Field{{Name: "phone", Doc: "Whose.", Key: simulator.PhoneKey, Check: simulator.MSISDN}, {Name: "line", Doc: "The line.", Check: simulator.Required}},
		Run: func(_ *simulator.Locked, v simulator.Values) (any, error) {
			if v["line"] == "full" {
				return nil, errors.New("the diary is full")
			}
			return map[string]any{"line": v["line"]}, nil
		},
	}}}
}
