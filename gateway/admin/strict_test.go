package admin_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/admin"
)

// What is said twice has no meaning, and encoding/json would take the last of it.
func TestNothingIsSaidTwice(t *testing.T) {
	for _, tt := range []struct{ method, path, body string }{
		{"POST", "/partners", `{"name":"duka","name":"soko"}`},
		{"POST", "/partners", `{"name":"duka","Name":"soko"}`},
		{"POST", "/partners", `{"name":"duka","n\u0061me":"soko"}`},
		{"POST", "/partners", `null`},
		{"POST", "/partners", "{\"name\":\"duka\xff\"}"},
		{"POST", "/partners/duka/keys", `{"scopes":["read"],"scopes":["collect"]}`},
		{"POST", "/partners/duka/keys", `{"scopes":["read"],"` + "\u017f" + `copes":["collect"]}`},
		{"POST", "/partners/duka/keys", `{"note":"a","NOTE":"b"}`},
		{"POST", "/partners/duka/keys", `null`},
		{"POST", "/keys/k1/rotate", `{"overlap":"1h","overlap":"30d"}`},
		{"POST", "/keys/k1/rotate", `{"expires_in":"1h","Expires_In":"never"}`},
		{"POST", "/partners/duka/secrets/rotate", `{"overlap":"1h","overlap":"2h"}`},
		{"POST", "/customers/erase", `{"phone":"254708374149","phone":"254708374140"}`},
		{"GET", "/payments?state=review&state=paid", ""},
		{"GET", "/payments?partner=duka&partner=soko", ""},
		{"GET", "/payments?limit=%zz", ""},
		{"GET", "/deliveries?state=due&state=exhausted", ""},
		{"GET", "/deliveries?state=exhausted;limit=1", ""},
		{"GET", "/reviews?partner=duka&partner=soko", ""},
		{"GET", "/reviews?kind=settled;limit=1", ""},
		{"POST", "/reviews/7/resolve", `{"as":"paid","as":"failed"}`},
		{"POST", "/results", `{"code":"1050","outcome":"failed","code":"1051"}`},
		{"POST", "/results/1050/forget", `{"note":"a","Note":"b"}`},
	} {
		d := newDoor(nil)
		w := d.call(tt.method, admin.Base+tt.path, strings.NewReader(tt.body))
		if w.Code != http.StatusBadRequest || d.asked != nil {
			t.Errorf("%s %s %.80s: HTTP %d %s, asked %v", tt.method, tt.path, tt.body, w.Code, w.Body, d.asked)
		}
	}
}

func TestTokenIsSentOnce(t *testing.T) {
	d := newDoor(nil)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, admin.Base+"/partners", nil)
	r.Host = "localhost"
	r.Header["Authorization"] = []string{"Bearer " + token, "Bearer other"}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || d.asked != nil {
		t.Errorf("HTTP %d %s, asked %v", w.Code, w.Body, d.asked)
	}
}

// An empty list of scopes gives no rights. No list is the documented default.
func TestScopesOfANewKey(t *testing.T) {
	for body, want := range map[string]gateway.Scopes{
		``:                               gateway.NewScopes(gateway.AllScopes()...),
		`{}`:                             gateway.NewScopes(gateway.AllScopes()...),
		`{"scopes":null}`:                "",
		`{"scopes":["read"]}`:            "read",
		`{"scopes":["read","read"]}`:     "read",
		`{"scopes":[]}`:                  "",
		`{"scopes":[""]}`:                "",
		`{"scopes":[null]}`:              "",
		`{"scopes":{}}`:                  "",
		`{"scopes":"read"}`:              "",
		`{"scopes":["read","collect "]}`: "",
	} {
		d := newDoor(nil)
		w := d.call(http.MethodPost, admin.Base+"/partners/duka/keys", strings.NewReader(body))
		if want == "" {
			if w.Code != http.StatusBadRequest || d.asked != nil {
				t.Errorf("%s: HTTP %d %s, asked %v", body, w.Code, w.Body, d.asked)
			}
			continue
		}
		if w.Code != http.StatusCreated || len(d.asked) != 3 || d.asked[2].(gateway.KeyOrder).Scopes != want {
			t.Errorf("%s: HTTP %d %s, asked %v", body, w.Code, w.Body, d.asked)
		}
	}
}
