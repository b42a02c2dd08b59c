package journal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/journal"
)

func TestBodyWithoutSecrets(t *testing.T) {
	const gone = `"[redacted]"`
	for name, c := range map[string]struct{ in, want string }{
		"json as it came":      {`{"b":1.00,"a":[true]}`, `{"b":1.00,"a":[true]}`},
		"password":             {`{"Password":"s3","x":1}`, `{"Password":` + gone + `,"x":1}`},
		"any case":             {`{"pAssWord" : "s3" }`, `{"pAssWord" : ` + gone + ` }`},
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
		"names that end so":    {`{"initiatorPassword":"s3","x_auth_TOKEN":"s3","client_secret":"s3","PassKey":"s3"}`, `{"initiatorPassword":` + gone + `,"x_auth_TOKEN":` + gone + `,"client_secret":` + gone + `,"PassKey":` + gone + `}`},
		"security credential":  {`{"securitycredential":"s3"}`, `{"securitycredential":` + gone + `}`},
		"secret in a secret":   {`{"Password":{"token":"s3"},"a":"http://h/?token=s3","x":1}`, `{"Password":` + gone + `,"a":"http://h/?token=[redacted]","x":1}`},
		"name begins so":       {`{"PasswordHint":"cat","tokens":1}`, `{"PasswordHint":"cat","tokens":1}`},
		"a callback URL":       {`{"CallBackURL":"https://u:s3@h.example/cb?a=1&token=s3"}`, `{"CallBackURL":"https://[redacted]@h.example/cb?a=1&token=[redacted]"}`},
		"escaped ampersand":    {`{"CallBackURL":"https:\/\/h.example?a=1\u0026token=s3\/s3\u0026b=2"}`, `{"CallBackURL":"https://h.example?a=1&token=[redacted]&b=2"}`},
		"URL without secrets":  {`{"CallBackURL":"https:\/\/h.example?a=1\u0026b=2"}`, `{"CallBackURL":"https:\/\/h.example?a=1\u0026b=2"}`},
		"escaped in a form":    {`a=1&Pass%77ord=s3 s3"s3&b=2`, `"a=1&Pass%77ord=[redacted]&b=2"`},
		"bad escape in a name": {`{"\qPassword":"s3"}`, `"{\"\\qPassword\":\"[redacted]\"}"`},
		"URL, cut short":       {`{"a":"https://h/?token=s3`, `"{\"a\":\"https://h/?token=[redacted]"`},
		"URL in malformed":     {`{"a":"https://h/?token=s3","b":1,}`, `"{\"a\":\"https://h/?token=[redacted]\",\"b\":1,}"`},
		"long s and kelvin":    {`{"Paſſword":"s3","PassKey":"s3"}`, `{"Paſſword":` + gone + `,"PassKey":` + gone + `}`},
		"too deep":             {strings.Repeat("[", 300) + `{"Password":"s3"}` + strings.Repeat("]", 300), `"` + strings.Repeat("[", 300) + `{\"Password\":\"[redacted]\"}` + strings.Repeat("]", 300) + `"`},
		"space around":         {" {\"a\" : 1 }\n", " {\"a\" : 1 }\n"},
	} {
		t.Run(name, func(t *testing.T) {
			in := []byte(c.in)
			got := string(journal.RedactBody(in))
			if strings.Contains(got, "s3") || string(in) != c.in {
				t.Errorf("Body(%s) kept a secret, or changed what it was given: %s", c.in, got)
			}
			if got != c.want {
				t.Errorf("Body(%s)\n got %s\nwant %s", c.in, got, c.want)
			}
		})
	}
}

func TestLongBodiesAreCut(t *testing.T) {
	long := []byte(`{"a":"` + strings.Repeat("y", journal.MaxBody) + `"}`)
	var s string
	if err := json.Unmarshal(journal.RedactBody(long), &s); err != nil {
		t.Fatal(err)
	}
	if len(s) != journal.MaxBody || !strings.HasPrefix(s, `{"a":"yyy`) {
		t.Errorf("kept %d bytes, want the first %d", len(s), journal.MaxBody)
	}
}

// What is JSON stays JSON, and nothing else becomes it.
func TestJSONIsRecognised(t *testing.T) {
	for _, in := range []string{
		strings.Repeat("[", 200) + strings.Repeat("]", 200), `[` + strings.Repeat(`[1],{"a":{}},[],{},`, 300) + `1]`,
		`{}`, `[]`, `[1,-0,0.5,1e9,1E+2,-1.5e-3]`, `{"a":{"b":[null,true,false]}}`, `"\u00e9\n"`, ` 1 `, `{"a":1,"a":2}`, `-1`,
		`{`, `}`, `[1,]`, `{"a":1,}`, `{,}`, `[,]`, `{"a"}`, `{"a":}`, `{1:2}`, `01`, `1.`, `.5`, `-`, `1e`, `+1`, `tru`, `nul`, `truefalse`,
		`"\x"`, `"\u12"`, "\"\x01\"", `"`, `"\`, `1 2`, `{} {}`, `[1 2]`, `{"a":1 "b":2}`, "", " ", "\ufeff{}",
	} {
		kept := journal.RedactBody([]byte(in))
		if asItCame := string(kept) == in; asItCame != json.Valid([]byte(in)) {
			t.Errorf("Body(%q) is %s, but json.Valid says %v", in, kept, json.Valid([]byte(in)))
		}
	}
}

// A password in a valid request is never in the record, however it is written,
// the record can always be put into JSON, and what has no secrets is kept as it came.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"Password":"hunter2hunter2"}`, `[`, `a=b`, `{"a":{"Password":["hunter2hunter2"]}}`, `"\`, `{"Password":"`, `{"a":"?token=x&b=\u0026"}`,
		`{"Password":{"token":1},"b":[{"c":"http://a@b?token=1"}]}`, "{\"Pa\u017fsword\":1}", `-1.5e3`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		kept := journal.RedactBody(raw)
		if !json.Valid(kept) {
			t.Fatalf("Body(%q) is not JSON: %s", raw, kept)
		}
		if len(raw) > journal.MaxBody {
			return
		}
		if json.Valid(raw) && !deep(raw) && !strings.Contains(string(kept), "[redacted]") && string(kept) != strings.ToValidUTF8(string(raw), "\ufffd") {
			t.Fatalf("Body(%q) is not as it came: %s", raw, kept)
		}
		var in, out map[string]any
		if deep(raw) || json.Unmarshal(raw, &in) != nil || in == nil {
			return
		}
		if err := json.Unmarshal(kept, &out); err != nil {
			t.Fatalf("Body(%q) is no longer an object: %s", raw, kept)
		}
		noSecrets(t, out)
	})
}

// deep reports whether JSON may be nested deeper than is kept as JSON.
func deep(raw []byte) bool {
	return strings.Count(string(raw), "[")+strings.Count(string(raw), "{") > 200
}

func noSecrets(t *testing.T, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if strings.EqualFold(key, "password") && value != "[redacted]" {
				t.Fatalf("%q is kept as %v", key, value)
			}
			noSecrets(t, value)
		}
	case []any:
		for _, value := range v {
			noSecrets(t, value)
		}
	}
}

func TestTextWithoutSecrets(t *testing.T) {
	for in, want := range map[string]string{
		"/a/b":                                     "/a/b",
		"/a?grant_type=client_credentials&b=2":     "/a?grant_type=client_credentials&b=2",
		"/a?token=s3":                              "/a?token=[redacted]",
		"/a?x=1&Access_Token=s3&y=2#top":           "/a?x=1&Access_Token=[redacted]&y=2#top",
		"/a?x=1;password=s3":                       "/a?x=1;password=[redacted]",
		"/a?pass%77ord=s3":                         "/a?pass%77ord=[redacted]",
		"/a?token=s3=s3":                           "/a?token=[redacted]",
		"/a?token=&b=1":                            "/a?token=[redacted]&b=1",
		"/a?SecurityCredential=s3&api-key=s3":      "/a?SecurityCredential=[redacted]&api-key=[redacted]",
		"https://user:s3@h/a?b=1":                  "https://[redacted]@h/a?b=1",
		"https://h/a@b":                            "https://h/a@b",
		`Post "https://h/?token=s3": EOF`:          `Post "https://h/?token=[redacted]": EOF`,
		"mail me@example.com = yes":                "mail me@example.com = yes",
		"https://a:s3@h then https://b:s3@i/?x=@y": "https://[redacted]@h then https://[redacted]@i/?x=@y",
	} {
		if got := journal.RedactText(in); got != want {
			t.Errorf("RedactText(%q)\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestAddTakesSecretsOut(t *testing.T) {
	j := journal.New(journal.Config{})
	j.Add(journal.Record{URL: "/?token=s3", Error: `Post "http://h/?token=s3": refused`})
	if r, _ := j.Get(1); r.URL != "/?token=[redacted]" || r.Error != `Post "http://h/?token=[redacted]": refused` {
		t.Errorf("kept %s and %s", r.URL, r.Error)
	}
}

func TestHeaderWithoutSecrets(t *testing.T) {
	in := map[string][]string{
		"Authorization": {"Bearer s3"}, "Proxy-Authorization": {"BASIC s3"}, "Cookie": {"a=s3"}, "Set-Cookie": {"s3", "s3"}, "X-Api-Key": {"s3"},
		"X-Auth-Token": {"s3"}, "Referer": {"https://h/?token=s3&a=1"}, "Content-Type": {"text/html; charset=utf-8"}, "Accept": {"a", "b"}, "X-Empty": nil,
	}
	want := map[string]string{
		"Authorization": "Bearer [redacted]", "Proxy-Authorization": "Basic [redacted]", "Cookie": "[redacted]", "Set-Cookie": "[redacted]",
		"X-Api-Key": "[redacted]", "X-Auth-Token": "[redacted]", "Referer": "https://h/?token=[redacted]&a=1",
		"Content-Type": "text/html; charset=utf-8", "Accept": "a, b", "X-Empty": "",
	}
	j := journal.New(journal.Config{})
	j.Add(journal.Record{Header: in})
	flat := map[string]string{}
	for name, values := range in {
		flat[name] = strings.Join(values, ", ")
	}
	j.Add(journal.Record{RequestHeader: flat})
	j.Add(journal.Record{RequestHeader: map[string]string{"Authorization": "s3"}})
	for seq, want := range []map[string]string{want, want, {"Authorization": "[redacted]"}} {
		r, _ := j.Get(uint64(seq + 1))
		if fmt.Sprint(r.RequestHeader) != fmt.Sprint(want) {
			t.Errorf("#%d is kept as\n%v, want\n%v", seq+1, r.RequestHeader, want)
		}
	}
	if in["Authorization"][0] != "Bearer s3" || flat["Cookie"] != "a=s3" {
		t.Error("the caller's header was changed")
	}
}

// Redaction takes time in proportion to the length of a body: this takes minutes when it
// takes the square of it.
func TestRedactionIsLinear(t *testing.T) {
	for name, unit := range map[string]string{"users in URLs": "://u@", "values": "token=s3&", "no secrets": "x=", "escaped names": "x%=", "keys": `{"token":1,"`, "strings": `"://u@h",`} {
		raw := []byte(strings.Repeat(unit, journal.MaxBody/len(unit)))
		for range 20 {
			if kept := journal.RedactBody(raw); bytes.Contains(kept, []byte("s3")) || bytes.Contains(kept, []byte("u@")) {
				t.Fatalf("%s: a secret is kept", name)
			}
		}
	}
}

// Bodies are given as they came. Whatever shows a record shows it without secrets.
func TestNoReaderGetsSecrets(t *testing.T) {
	const secret = "hunter2hunter2"
	record := journal.Record{
		Kind: journal.KindRequest, URL: "/x?token=" + secret, Error: "Post http://u:" + secret + "@h/: refused",
		Header:  map[string][]string{"Authorization": {"Bearer " + secret}, "Referer": {"http://h/?token=" + secret}},
		Request: []byte(`{"Password":"` + secret + `","Nested":[{"x_token" : {"a":["` + secret + `"]} }],"Amount":1}`), Response: []byte(`Password=` + secret + `&x=1`),
	}
	var tee []journal.Record
	j := journal.New(journal.Config{World: "w", Tee: func(r journal.Record) { tee = append(tee, r) }})
	follower, stop := j.Follow(0)
	defer stop()
	j.Add(record)
	restored := journal.New(journal.Config{World: "w"})
	restored.Restore(j.Snapshot())

	followed, _ := follower.Next(9)
	var lines, archive bytes.Buffer
	got, _ := j.Get(1)
	again, _ := restored.Get(1)
	var walked []journal.Record
	j.Walk(journal.Filter{}, func(r journal.Record) bool { walked = append(walked, r); return true })
	if err := j.WriteJSONL(&lines, journal.Filter{}); err != nil {
		t.Error(err)
	}
	if err := j.WriteHAR(&archive, journal.Filter{}); err != nil {
		t.Error(err)
	}
	for name, v := range map[string]any{
		"Get": got, "Restore": again, "Tee": tee, "Follow": slices.Collect(followed), "Walk": walked, "Find": j.Find(journal.Filter{}),
		"Verify":      j.Verify(matcher(t, `{"kind":"request"}`), journal.AtLeast(1)),
		"near misses": j.Verify(matcher(t, `{"kind":"request","body":{"Password":"x"},"response":"x"}`), journal.AtLeast(1)),
		"JSON lines":  lines.String(), "HAR": archive.String(),
	} {
		b, err := json.Marshal(v)
		if err != nil || strings.Contains(string(b), secret) || !strings.Contains(string(b), "[redacted]") {
			t.Errorf("%s: %v, %s", name, err, b)
		}
	}
	if want := `{"Password":"[redacted]","Nested":[{"x_token" : "[redacted]" }],"Amount":1}`; string(got.Request) != want {
		t.Errorf("the request is shown as %s, want %s", got.Request, want)
	}
	if n := j.Find(journal.Filter{Text: secret}).Total; n != 0 {
		t.Error("a search finds a secret")
	}
	if v := j.Verify(matcher(t, fmt.Sprintf(`{"body":{"Password":%q}}`, secret)), journal.AtLeast(1)); v.OK {
		t.Error("a condition holds for a secret")
	}
	if !strings.Contains(string(record.Request), secret) {
		t.Error("the caller's body was changed")
	}
}

// A body that is there and empty is an empty text, and one that is not there is null.
func TestEmptyAndAbsentBodies(t *testing.T) {
	j := journal.New(journal.Config{})
	j.Add(journal.Record{Request: journal.RawBody(nil)})
	if r, _ := j.Get(1); string(r.Request) != `""` || string(r.Response) != "null" {
		t.Errorf("kept as %s and %s", r.Request, r.Response)
	}
}
