package journal_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/simulator/journal"
)

func TestKeepsTheLatestInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 20).Draw(t, "size")
		n := rapid.IntRange(0, 60).Draw(t, "n")
		limit := rapid.IntRange(-1, 30).Draw(t, "limit")
		j := journal.New(size)
		for i := range n {
			j.AddRequest(journal.Request{Path: fmt.Sprint(i + 1)})
			j.AddCallback(journal.Callback{Copy: i + 1})
		}
		want := max(0, min(size, n, limit))
		requests, callbacks := j.Requests(limit), j.Callbacks(limit)
		if requests == nil || callbacks == nil || len(requests) != want || len(callbacks) != want {
			t.Fatalf("%d requests and %d callbacks, want %d", len(requests), len(callbacks), want)
		}
		for i, r := range requests {
			seq := n - want + i + 1
			if r.Seq != uint64(seq) || r.Path != fmt.Sprint(seq) || callbacks[i].Copy != seq || callbacks[i].Seq != uint64(seq) {
				t.Fatalf("place %d of %d has number %d, want %d", i, want, r.Seq, seq)
			}
		}
	})
}

func TestBytesAreBoundedToo(t *testing.T) {
	j := journal.New(0)
	body := journal.Body([]byte(strings.Repeat("x", journal.MaxBody)))
	for range 2_000 { // 125 MiB
		j.AddRequest(journal.Request{Request: body})
	}
	if n := len(j.Requests(10_000)); n < 1_000 || n > 1_024 {
		t.Errorf("%d bodies of 64 KiB kept, want what fits in 64 MiB", n)
	}
}

func TestResetCountsFromOne(t *testing.T) {
	j := journal.New(3)
	j.AddRequest(journal.Request{})
	j.AddCallback(journal.Callback{})
	j.Reset()
	if len(j.Requests(9)) != 0 || len(j.Callbacks(9)) != 0 {
		t.Error("Reset left records")
	}
	if seq := j.AddRequest(journal.Request{}); seq != 1 {
		t.Errorf("the first request after Reset is number %d", seq)
	}
}

func TestConcurrentUse(t *testing.T) {
	j := journal.New(100)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				j.AddRequest(journal.Request{})
				j.AddCallback(journal.Callback{})
				j.Requests(10)
				j.Callbacks(10)
			}
		})
	}
	wg.Wait()
	got := j.Requests(100)
	for i, r := range got {
		if r.Seq != uint64(1501+i) {
			t.Fatalf("place %d has number %d", i, r.Seq)
		}
	}
}

func TestBodyWithoutSecrets(t *testing.T) {
	const gone = `"[redacted]"`
	for name, c := range map[string]struct{ in, want string }{
		"json as it came":      {`{"b":1.00,"a":[true]}`, `{"b":1.00,"a":[true]}`},
		"password":             {`{"Password":"s3","x":1}`, `{"Password":` + gone + `,"x":1}`},
		"any case":             {`{"pAssWord" : "s3" }`, `{"pAssWord" : ` + gone + `}`},
		"token":                {`{"access_token":"s3","expires_in":"3599"}`, `{"access_token":` + gone + `,"expires_in":"3599"}`},
		"a number":             {`{"Password":1234,"x":1}`, `{"Password":` + gone + `,"x":1}`},
		"an object":            {`{"Password":{"s3":["}",{}]},"x":1}`, `{"Password":` + gone + `,"x":1}`},
		"nested":               {`[{"a":{"Password":"s3"}}]`, `[{"a":{"Password":` + gone + `}}]`},
		"quotes in it":         {`{"Password":"s\"3","x":"\\"}`, `{"Password":` + gone + `,"x":"\\"}`},
		"escaped name":         {`{"Pass\u0077ord":"s3"}`, `{"Pass\u0077ord":` + gone + `}`},
		"only as a value":      {`{"x":"Password","y":"s"}`, `{"x":"Password","y":"s"}`},
		"twice":                {`{"Password":"s3","Password":"s3"}`, `{"Password":` + gone + `,"Password":` + gone + `}`},
		"cut short":            {`{"a":1,"Password":"s3`, `"{\"a\":1,\"Password\":\"[redacted]\""`},
		"malformed":            {`{"Password":"s3",}`, `"{\"Password\":\"[redacted]\",}"`},
		"a form":               {`a=1&Password=s3&b=2`, `"a=1&Password=[redacted]&b=2"`},
		"text":                 {`hello`, `"hello"`},
		"nothing":              {``, `""`},
		"a number of its own":  {`12`, `12`},
		"not UTF-8 in JSON":    {"{\"a\":\"\xff\"}", "{\"a\":\"\uFFFD\"}"},
		"not UTF-8 otherwise":  {"\xff", `"\ufffd"`},
		"key without a value":  {`{"Password"`, `"{\"Password\""`},
		"key and colon, ended": {`{"Password":`, `"{\"Password\":\"[redacted]\""`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(journal.Body([]byte(c.in))); got != c.want {
				t.Errorf("Body(%s)\n got %s\nwant %s", c.in, got, c.want)
			}
		})
	}
}

func TestLongBodiesAreCut(t *testing.T) {
	long := []byte(`{"a":"` + strings.Repeat("y", journal.MaxBody) + `"}`)
	var s string
	if err := json.Unmarshal(journal.Body(long), &s); err != nil {
		t.Fatal(err)
	}
	if len(s) != journal.MaxBody || !strings.HasPrefix(s, `{"a":"yyy`) {
		t.Errorf("kept %d bytes, want the first %d", len(s), journal.MaxBody)
	}
}

// A password in a valid request is never in the record, however it is written,
// and the record can always be put into JSON.
func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"Password":"hunter2hunter2"}`, `[`, `a=b`, `{"a":{"Password":["hunter2hunter2"]}}`, `"\`, `{"Password":"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		kept := journal.Body(raw)
		if !json.Valid(kept) {
			t.Fatalf("Body(%q) is not JSON: %s", raw, kept)
		}
		var in, out map[string]any
		if len(raw) > journal.MaxBody || json.Unmarshal(raw, &in) != nil {
			return
		}
		if err := json.Unmarshal(kept, &out); err != nil {
			t.Fatalf("Body(%q) is no longer an object: %s", raw, kept)
		}
		for key, v := range out {
			if strings.EqualFold(key, "password") && v != "[redacted]" {
				t.Fatalf("%q is kept as %v", key, v)
			}
		}
	})
}
