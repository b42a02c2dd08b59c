package strict_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/darajabox/darajabox/internal/strict"
)

func TestObject(t *testing.T) {
	const twice = `the body has the key `
	for name, tt := range map[string]struct{ body, err string }{
		"an object":                 {` {"amount":1,"Other":{"a":1,"A":2},"x":null} `, ""},
		"empty":                     {"{}", ""},
		"nothing":                   {"", "the body is not JSON"},
		"half":                      {`{"amount":`, "the body is not JSON"},
		"more behind it":            {`{} {}`, "the body is not JSON"},
		"a list":                    {`[]`, "the body must be a JSON object, not a list"},
		"null":                      {"\n null", "the body must be a JSON object, not null"},
		"not UTF-8":                 {"{\"a\":\"\xff\"}", "the body is not JSON"},
		"a key twice":               {`{"amount":1,"amount":1}`, twice + `"amount" twice`},
		"in another case":           {`{"amount":1,"Amount":2}`, twice + `"Amount" twice`},
		"with an escape":            {`{"amount":1,"\u0061mount":2}`, twice + `"amount" twice`},
		"with letters that fold":    {`{"callback":1,"callbac` + "\u212a" + `":2}`, twice + "\"callbac\u212a\" twice"},
		"with a long s":             {`{"scopes":1,"` + "\u017f" + `copes":2}`, twice + "\"\u017fcopes\" twice"},
		"apart":                     {`{"a":1,"b":{"a":2},"a":3}`, twice + `"a" twice`},
		"lone halves of characters": {`{"\ud800":1,"\udc00":2}`, twice + "\"\ufffd\" twice"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := strict.Object([]byte(tt.body))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.err {
				t.Errorf("got %q, want %q", got, tt.err)
			}
		})
	}
}

func TestKind(t *testing.T) {
	for value, want := range map[string]string{
		`"a"`: "a string", `-1.5`: "a number", "7": "a number", " [1]": "a list", "{}": "an object",
		"true": "true", "false ": "false", "\nnull": "null", "": "nothing",
	} {
		if got := strict.Kind([]byte(value)); got != want {
			t.Errorf("%s is %s, want %s", value, got, want)
		}
	}
}

func TestObjectGivesMembers(t *testing.T) {
	members, err := strict.Object([]byte(`{"Phone": "254708374149", "amount":[1, 2]}`))
	if err != nil || len(members) != 2 ||
		members["phone"].Key != "Phone" || string(members["phone"].Value) != `"254708374149"` || string(members["amount"].Value) != "[1, 2]" {
		t.Errorf("got %s, %v", members, err)
	}
}

func TestHeader(t *testing.T) {
	for name, tt := range map[string]struct {
		sent  []string
		value string
		err   string
	}{
		"none":        {nil, "", ""},
		"one":         {[]string{"a"}, "a", ""},
		"empty":       {[]string{""}, "", "X-Key is empty; give it a value, or leave the header out"},
		"blank":       {[]string{" \t"}, "", "X-Key is empty; give it a value, or leave the header out"},
		"two":         {[]string{"a", "a"}, "", "X-Key must be sent once"},
		"with spaces": {[]string{"a b"}, "a b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			value, err := strict.Header(http.Header{"X-Key": tt.sent}, "X-Key")
			got := ""
			if err != nil {
				got = err.Error()
			}
			if value != tt.value || got != tt.err {
				t.Errorf("got %q, %q", value, got)
			}
		})
	}
}

func TestQuery(t *testing.T) {
	for query, want := range map[string]string{
		"":                    "",
		"after=1&limit=2":     "",
		"after=1&after=1":     `the parameter "after" is given twice`,
		"after=1;limit=2":     "the query of the URL cannot be read",
		"state=%zz":           "the query of the URL cannot be read",
		"state=due&%73tate=x": `the parameter "state" is given twice`,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL.RawQuery = query
		q, err := strict.Query(r)
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q: %v, %v; want %q", query, q, err, want)
		}
	}
}
