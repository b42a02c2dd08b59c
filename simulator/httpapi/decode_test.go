package httpapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
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
