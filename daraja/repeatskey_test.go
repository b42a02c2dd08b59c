package daraja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// repeatsKeyPlain is RepeatsKey by encoding/json's tokens, which takes ten times as long.
func repeatsKeyPlain(b []byte) bool {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var open []*openValue
	for {
		token, err := d.Token()
		if err != nil {
			return false // the end
		}
		var in *openValue
		if len(open) > 0 {
			in = open[len(open)-1]
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		if key, ok := token.(string); ok && in.wantsKey() {
			if in.repeats(key) {
				return true
			}
			continue
		}
		if in != nil {
			in.value = false
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &openValue{keys: make(map[string]bool)})
		case json.Delim('['):
			open = append(open, &openValue{})
		}
	}
}

// openValue is an object or a list whose end has not come.
type openValue struct {
	keys  map[string]bool // folded; nil for a list
	value bool            // a key has come and its value has not
}

func (v *openValue) wantsKey() bool { return v != nil && v.keys != nil && !v.value }

// repeats takes a key in and reports whether it was there before.
func (v *openValue) repeats(key string) bool {
	folded := FoldKey(key)
	before := v.keys[folded]
	v.keys[folded], v.value = true, true
	return before
}

// What RepeatsKey says is what a reader by tokens says, of whatever is valid.
func FuzzRepeatsKey(f *testing.F) {
	many := &strings.Builder{}
	for n := range 100 {
		fmt.Fprintf(many, `"k%d":{"a":[%d]},`, n, n)
	}
	for _, body := range []string{
		`{}`, `[]`, `"a"`, `{"a":1,"a":2}`, `{"a":1,"A":2}`, `{"a":{"a":1}}`, `[{"a":1},{"a":2}]`, `{"a":"a:","b":"\"a\":1"}`,
		`{"\u0061":1,"a":2}`, `{"k":1,"\u212a":2}`, "{\"\xff\":1,\"\xfe\":2}", `{"a\\":1,"a\\":2}`, `{"a" : 1 , "a" : 2}`,
		"{" + many.String() + `"K7":1}`, "{" + many.String() + `"a":1}`, wireSuccess,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got := RepeatsKey(body) // must end, whatever it is
		if json.Valid(body) && got != repeatsKeyPlain(body) {
			t.Errorf("%q: %t", body, got)
		}
	})
}

// An object of many keys takes no time that grows with the square of them.
func TestRepeatsKeyOfManyKeys(t *testing.T) {
	body := &bytes.Buffer{}
	for n := range 200_000 {
		fmt.Fprintf(body, `,"k%d":{}`, n)
	}
	body.Bytes()[0] = '{'
	if RepeatsKey(append(body.Bytes(), '}')) {
		t.Error("a key is repeated")
	}
	if !RepeatsKey(append(body.Bytes(), `,"K7":1}`...)) {
		t.Error("no key is repeated")
	}
}

func BenchmarkRepeatsKey(b *testing.B) {
	for name, f := range map[string]func([]byte) bool{"bytes": RepeatsKey, "tokens": repeatsKeyPlain} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f([]byte(wireSuccess))
			}
		})
	}
}
