package httpapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/people"
	products "github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// worlds are three worlds behind one API, each with its own key and record.
func worlds(t *testing.T) (http.Handler, map[string]*record) {
	t.Helper()
	records := make(map[string]*record)
	var all []*httpapi.World
	for i, id := range []string{"default", "blue", "green"} {
		c := clock.NewFrozen(epoch())
		w, err := simulator.New(simulator.Config{Products: products.Catalogue(),
			Seed: int64(i), Clock: c, Sink: &sink{}, People: people.ForNumber, Apps: []simulator.App{{Key: "key-" + id, Secret: "secret-" + id}},
		})
		if err != nil {
			t.Fatal(err)
		}
		records[id] = newRecord()
		all = append(all, &httpapi.World{ID: id, Domain: w, Record: records[id], Clock: c, WaitForCallbacks: func(context.Context) error { return nil }})
	}
	return httpapi.New(httpapi.Config{Products: products.Catalogue(), Worlds: newTestWorlds(all...), Log: slog.New(slog.DiscardHandler)}), records
}

func do(h http.Handler, req *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestARequestFindsItsWorld(t *testing.T) {
	h, records := worlds(t)
	tokens := make(map[string]string)
	for _, id := range []string{"default", "blue", "green"} {
		var token daraja.TokenResponse
		decode(t, do(h, tokenRequest("key-"+id, "secret-"+id, "client_credentials")), &token)
		tokens[id] = token.AccessToken
	}
	push := func(prefix, token string) *http.Request {
		req := httptest.NewRequest(http.MethodPost, prefix+daraja.STKPushPath, strings.NewReader(pushBody()))
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		return req
	}
	token := func(prefix, key, secret string) *http.Request {
		req := tokenRequest(key, secret, "client_credentials")
		req.URL.Path = prefix + req.URL.Path
		return req
	}
	unknown := httptest.NewRequest(http.MethodGet, "/w/blue/nowhere", nil)
	for name, c := range map[string]struct {
		req    *http.Request
		world  string
		status int
		api    simulator.API
	}{
		"key":                         {token("", "key-blue", "secret-blue"), "blue", 200, oauth.API},
		"key with a wrong secret":     {token("", "key-blue", "secret-green"), "blue", 400, oauth.API},
		"unknown key":                 {token("", "key-red", "x"), "default", 400, oauth.API},
		"token":                       {push("", tokens["blue"]), "blue", 200, stk.APIPush},
		"token of the default":        {push("", tokens["default"]), "default", 200, stk.APIPush},
		"unknown token":               {push("", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "default", 404, stk.APIPush},
		"nothing":                     {push("", ""), "default", 404, stk.APIPush},
		"path":                        {push("/w/green", tokens["green"]), "green", 200, stk.APIPush},
		"path before token":           {push("/w/green", tokens["blue"]), "green", 404, stk.APIPush},
		"path before key":             {token("/w/green", "key-blue", "secret-blue"), "green", 400, oauth.API},
		"path and key":                {token("/w/green", "key-green", "secret-green"), "green", 200, oauth.API},
		"path of the default":         {push("/w/default", tokens["default"]), "default", 500, stk.APIPush}, // its phone has a prompt by now, or not
		"unknown path of a world":     {unknown, "blue", 404, simulator.APIUnknown},
		"wrong verb in a world":       {httptest.NewRequest(http.MethodPut, "/w/blue"+daraja.STKPushPath, nil), "blue", 405, stk.APIPush},
		"a world without a path":      {httptest.NewRequest(http.MethodGet, "/w/blue", nil), "blue", 404, simulator.APIUnknown},
		"unknown world":               {push("/w/red", tokens["blue"]), "default", 404, stk.APIPush},
		"unknown world, unknown path": {httptest.NewRequest(http.MethodGet, "/w/red/x", nil), "default", 404, simulator.APIUnknown},
		"no world":                    {httptest.NewRequest(http.MethodGet, "/w/", nil), "default", 404, simulator.APIUnknown},
	} {
		before := len(records[c.world].list())
		w := do(h, c.req)
		if w.Code != c.status && name != "path of the default" && name != "token of the default" {
			t.Errorf("%s: HTTP %d %s", name, w.Code, w.Body)
		}
		all := records[c.world].list()
		if len(all) != before+1 {
			t.Errorf("%s: not in the journal of %s", name, c.world)
			continue
		}
		if k := all[before]; k.API != c.api || k.URL != c.req.URL.RequestURI() {
			t.Errorf("%s: kept as %s %s", name, k.API, k.URL)
		}
	}
}

func TestUnknownWorldIsRefusedInWords(t *testing.T) {
	h, records := worlds(t)
	defer func() { // and leaves nothing behind
		if w := do(h, tokenRequest("key-blue", "secret-blue", "client_credentials")); w.Code != 200 {
			t.Errorf("afterwards: HTTP %d %s", w.Code, w.Body)
		}
	}()
	w := do(h, httptest.NewRequest(http.MethodGet, "/w/red"+daraja.TokenPath, nil))
	if w.Code != 404 || !strings.HasSuffix(w.Body.String(), `"errorCode":"404.001.01","errorMessage":"No such world"}`) {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
	if why := records["default"].last().Reason; !strings.HasPrefix(why, `there is no world "red" here`) {
		t.Errorf("reason: %s", why)
	}
}

// Worlds do not see each other: one phone has a prompt in each.
func TestWorldsAreApart(t *testing.T) {
	h, _ := worlds(t)
	for _, id := range []string{"blue", "green"} {
		var token daraja.TokenResponse
		decode(t, do(h, tokenRequest("key-"+id, "secret-"+id, "client_credentials")), &token)
		req := httptest.NewRequest(http.MethodPost, daraja.STKPushPath, strings.NewReader(pushBody()))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token.AccessToken)
		if w := do(h, req); w.Code != 200 {
			t.Errorf("%s: HTTP %d %s", id, w.Code, w.Body)
		}
	}
}
