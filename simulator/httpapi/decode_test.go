package httpapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// FuzzObject holds that the members of a body are those that encoding/json finds in it,
// and that a body is refused when it refuses it.
func FuzzObject(f *testing.F) {
	for _, s := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a":"x","a":"y"}`, `{"a":{"b":[1,"}",{}]},"c":null}`, `{"a" : "\"" , "b" :[ ] }`,
		`{"\u0061":"\u0062\\"}`, "{\"a\xff\":\"\xff\"}", `{"a":-1.5e+3,"b":true,"c":false}`, `{"":""}`, `{"a":1,}`, `[]`, `null`, ``, `"a"`, `{"a":"b"}{}`,
		"\ufeff{}", `{"a":"\ud800"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var want map[string]json.RawMessage
		bad := json.Unmarshal(body, &want) != nil || want == nil
		got, err := object(body)
		if (err != nil) != bad {
			t.Fatalf("%q: %v; encoding/json has %v", body, err, want)
		}
		for name, raw := range want {
			var text daraja.Text
			if text.UnmarshalJSON(raw) != nil {
				t.Fatalf("%q: %q has no text", body, raw)
			}
			if strings.ContainsRune(name, '\uFFFD') {
				continue // several names may look the same once they are UTF-8
			}
			if got[name] != text {
				t.Errorf("%q: %q is %q, want %q", body, name, got[name], text)
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok {
				t.Errorf("%q has no member %q", body, name)
			}
		}
	})
}

// A field may be in an object, and for some also in the query of a POST, which then counts.
func TestNestedFieldsAndQuery(t *testing.T) {
	fields := []simulator.Field{{Name: "body.msisdn"}, {Name: "page", InQuery: true}, {Name: "size"}}
	for body, want := range map[string]string{
		`{"body":{"msisdn":"2547","other":1},"page":5}`: "2547 1 ",
		`{"body":{"msisdn":2547},"size":9}`:             "2547 1 9",
		`{"body":"text","body.msisdn":"2547"}`:          " 1 ",
		`{"body":{"msisdn":null}}`:                      " 1 ",
		`{"body":[1]}`:                                  " 1 ",
	} {
		f, err := object([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		readNested(f, fields)
		readQuery(f, fields, &url.URL{RawQuery: "page=1&size=7"})
		if got := fmt.Sprintf("%s %s %s", f["body.msisdn"], f["page"], f["size"]); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
