package journal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

func jsonl(tb testing.TB, j *journal.Journal, f journal.Filter) string {
	tb.Helper()
	var out bytes.Buffer
	if err := j.WriteJSONL(&out, f); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("%s: %v\n got %s\nwant %s", name, err, got, want)
	}
}

func TestJSONLines(t *testing.T) { golden(t, "day.jsonl", jsonl(t, day(), journal.Filter{})) }

func TestExportsAreFiltered(t *testing.T) {
	j := day()
	for query, want := range map[string]int{"": 7, "kind=callback": 3, "limit=2": 2, "after=5": 2, "text=cancelled&limit=1": 1, "phone=0700": 0} {
		if got := strings.Count(jsonl(t, j, filter(t, query)), "\n"); got != want {
			t.Errorf("%s: %d lines, want %d", query, got, want)
		}
	}
	newest := jsonl(t, j, journal.Filter{Newest: true, Limit: 1})
	if !strings.Contains(newest, `{"seq":1,"at":"2026-11-24T12:00:00+03:00","world":"default","kind":"action"`) {
		t.Errorf("the newest is %s", newest)
	}
}

// client is what one phone does, in its own order.
func client(t *rapid.T, phone string) []journal.Record {
	records := make([]journal.Record, 0, 8)
	at := start()
	for range rapid.IntRange(0, 6).Draw(t, "records") {
		at = at.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "later")) * time.Second)
		records = append(records, journal.Record{
			At: at, Phone: phone,
			Kind:    rapid.SampledFrom([]journal.Kind{journal.KindRequest, journal.KindCallback, journal.KindAction}).Draw(t, "kind"),
			API:     rapid.SampledFrom([]simulator.API{"", stk.APIPush, oauth.API}).Draw(t, "api"),
			Payment: rapid.SampledFrom([]string{"", "ws_CO_1", "ws_CO_2"}).Draw(t, "payment"),
			Copy:    rapid.IntRange(0, 2).Draw(t, "copy"),
			Reason:  rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "reason"),
			Header:  map[string][]string{"A": {"1"}, "B": {"2"}, "C": {rapid.SampledFrom([]string{"x", "y"}).Draw(t, "header")}},
			Request: json.RawMessage(rapid.SampledFrom([]string{`1`, `{"a":2}`}).Draw(t, "request")),
		})
	}
	return records
}

// However the records of clients that run at the same time come in between each
// other, the export is the same: also of those who have no phone, and when an answer
// is recorded after what its client did next.
func TestExportDoesNotDependOnTheInterleaving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []journal.Record
		for i := range rapid.IntRange(1, 5).Draw(t, "clients") {
			phone := ""
			if i > 0 {
				phone = fmt.Sprintf("25470000000%d", i)
			}
			all = append(all, client(t, phone)...)
		}
		export := func() string {
			j := journal.New(journal.Config{World: "w"})
			for _, r := range all {
				j.Add(r)
			}
			var out bytes.Buffer
			if err := errors.Join(j.WriteJSONL(&out, journal.Filter{}), j.WriteHAR(&out, journal.Filter{})); err != nil {
				t.Fatal(err)
			}
			return out.String()
		}
		want := export()
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for range 3 {
			random.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
			if got := export(); got != want {
				t.Fatalf("another interleaving gives\n%s\nnot\n%s", got, want)
			}
		}
	})
}

// Within a payment the export reads as it happened, as far as times and copies tell.
func TestExportIsInOrder(t *testing.T) {
	j := journal.New(journal.Config{})
	at := start()
	for _, r := range []journal.Record{
		{At: at.Add(time.Second), Reason: "9"},
		{At: at.Add(10), API: "oauth", Reason: "8"},
		{At: at, API: "stkpush", Phone: "254700000002", Payment: "p", Kind: journal.KindCallback, Copy: 2, Reason: "6"},
		{At: at, API: "stkpush", Phone: "254700000002", Payment: "p", Kind: journal.KindCallback, Copy: 1, Reason: "5"},
		{At: at, API: "stkpush", Phone: "254700000002", Payment: "p", Kind: journal.KindAction, Reason: "4"},
		{At: at, API: "stkpush", Phone: "254700000002", Payment: "p", Kind: journal.KindRequest, Reason: "3"},
		{At: at, API: "stkpush", Phone: "254700000002", Payment: "q", Kind: journal.KindRequest, Reason: "7"},
		{At: at, API: "stkpush", Phone: "254700000001", Payment: "z", Kind: journal.KindRequest, Reason: "2"},
		{At: at, API: "oauth", Kind: journal.KindRequest, Reason: "1"},
		{At: at.Add(-time.Nanosecond), API: "stkquery", Reason: "0"},
	} {
		j.Add(r)
	}
	for i, line := range strings.Split(strings.TrimSpace(jsonl(t, j, journal.Filter{})), "\n") {
		var r journal.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Seq != uint64(i+1) || r.Reason != fmt.Sprint(i) {
			t.Errorf("line %d is #%d %q, %v", i+1, r.Seq, r.Reason, err)
		}
	}
}

// A record comes back from its exported line, whatever is in it.
func FuzzJSONLines(f *testing.F) {
	f.Add("a", "b\"\\\n\x00\x7f", "é\u2028\u2029\xff<>&", []byte(`{ "a" : [ 1 , "x \" y" ] }`), int64(1), 200)
	f.Add("", "\b\f\r\t", "\xe2\x80", []byte(`"\xff"`), int64(-62135596800), -1)
	f.Fuzz(func(t *testing.T, a, b, c string, body []byte, at int64, n int) {
		r := everything()
		r.Reason, r.URL, r.By, r.Status, r.Copy = a, b, c, n, -n
		r.Faults, r.RequestHeader = []string{c, a}, map[string]string{"a": b, "b": c}
		r.Request, r.Response = body, nil
		if r.At = time.Unix(at, int64(n)).In(daraja.EAT()); r.At.Year() < 0 || r.At.Year() > 9999 {
			r.At = start()
		}
		j := journal.New(journal.Config{World: "w"})
		j.Add(r)
		line := jsonl(t, j, journal.Filter{})
		if strings.Count(line, "\n") != 1 || !utf8.ValidString(line) {
			t.Fatalf("not a line: %q", line)
		}
		var got journal.Record
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		kept, _ := j.Get(1)
		for what, texts := range map[string][2]string{
			"reason": {kept.Reason, got.Reason}, "url": {kept.URL, got.URL}, "by": {kept.By, got.By}, "header": {kept.RequestHeader["b"], got.RequestHeader["b"]},
		} {
			if string([]rune(texts[0])) != texts[1] { // a byte that is not UTF-8 becomes U+FFFD
				t.Errorf("%s is %q in the line, kept as %q", what, texts[1], texts[0])
			}
		}
		if !got.At.Equal(kept.At) || got.Status != n || len(got.Faults) != 2 {
			t.Errorf("got %+v, kept %+v", got, kept)
		}
	})
}

// full fails when so many bytes have been written.
type fullDisk int

func (f *fullDisk) Write(b []byte) (int, error) {
	if *f -= fullDisk(len(b)); *f < 0 {
		return 0, errors.New("no space left")
	}
	return len(b), nil
}

func TestExportsReportErrors(t *testing.T) {
	j := journal.New(journal.Config{})
	for range 1_000 {
		j.Add(everything())
	}
	for _, room := range []fullDisk{0, 100_000} {
		disk := room
		if err := j.WriteJSONL(&disk, journal.Filter{}); err == nil || err.Error() != "writing the journal: no space left" {
			t.Errorf("JSON lines with room for %d: %v", room, err)
		}
		disk = room
		if err := j.WriteHAR(&disk, journal.Filter{}); err == nil || err.Error() != "writing the archive: no space left" {
			t.Errorf("HAR with room for %d: %v", room, err)
		}
	}
}

func TestHAR(t *testing.T) {
	for name, j := range map[string]*journal.Journal{"day.har": day(), "empty.har": journal.New(journal.Config{})} {
		var out bytes.Buffer
		if err := j.WriteHAR(&out, journal.Filter{}); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.String())
		var archive map[string]any
		if err := json.Unmarshal(out.Bytes(), &archive); err != nil {
			t.Fatalf("%s is not JSON: %v", name, err)
		}
		checkHAR(t, archive)
	}
}

// checkHAR checks an archive against what HAR 1.2 requires.
func checkHAR(t *testing.T, archive map[string]any) {
	t.Helper()
	log := object(t, archive, "log")
	required(t, "log", log, map[string]string{"version": "string", "creator": "object", "entries": "array"})
	required(t, "creator", object(t, log, "creator"), map[string]string{"name": "string", "version": "string"})
	if log["version"] != "1.2" || object(t, log, "creator")["name"] != "darajabox" {
		t.Errorf("version %v of %v", log["version"], log["creator"])
	}
	for _, e := range log["entries"].([]any) {
		entry := e.(map[string]any)
		required(t, "entry", entry, map[string]string{"startedDateTime": "string", "time": "number", "request": "object", "response": "object", "cache": "object", "timings": "object"})
		if _, err := time.Parse(time.RFC3339Nano, entry["startedDateTime"].(string)); err != nil {
			t.Error(err)
		}
		request, response := object(t, entry, "request"), object(t, entry, "response")
		required(t, "request", request, map[string]string{
			"method": "string", "url": "string", "httpVersion": "string", "cookies": "array", "headers": "array", "queryString": "array", "headersSize": "number", "bodySize": "number",
		})
		if u, err := url.Parse(request["url"].(string)); err != nil || !u.IsAbs() {
			t.Errorf("URL %v is not absolute: %v", request["url"], err)
		}
		for _, list := range []string{"headers", "queryString", "cookies"} {
			for _, p := range request[list].([]any) {
				required(t, list, p.(map[string]any), map[string]string{"name": "string", "value": "string"})
			}
		}
		if _, posted := request["postData"]; posted {
			required(t, "postData", object(t, request, "postData"), map[string]string{"mimeType": "string", "text": "string"})
		}
		required(t, "response", response, map[string]string{
			"status": "number", "statusText": "string", "httpVersion": "string", "cookies": "array", "headers": "array", "content": "object", "redirectURL": "string", "headersSize": "number", "bodySize": "number",
		})
		required(t, "content", object(t, response, "content"), map[string]string{"size": "number", "mimeType": "string", "text": "string"})
		timings := object(t, entry, "timings")
		required(t, "timings", timings, map[string]string{"send": "number", "wait": "number", "receive": "number"})
		if entry["time"] != timings["send"].(float64)+timings["wait"].(float64)+timings["receive"].(float64) {
			t.Errorf("time %v is not the sum of %v", entry["time"], timings)
		}
	}
}

func object(t *testing.T, of map[string]any, name string) map[string]any {
	t.Helper()
	o, ok := of[name].(map[string]any)
	if !ok {
		t.Fatalf("%s is %v", name, of[name])
	}
	return o
}

// required checks that the fields are there, with their types, and that all others
// are known or begin with _.
func required(t *testing.T, what string, o map[string]any, fields map[string]string) {
	t.Helper()
	for name, kind := range fields {
		got := map[string]string{"string": "string", "float64": "number", "map[string]interface {}": "object", "[]interface {}": "array"}[fmt.Sprintf("%T", o[name])]
		if got != kind {
			t.Errorf("%s: %s is %v, want a %s", what, name, o[name], kind)
		}
	}
	for name := range o {
		if _, ok := fields[name]; !ok && !strings.HasPrefix(name, "_") && name != "postData" {
			t.Errorf("%s has a field %s that HAR has not", what, name)
		}
	}
}
