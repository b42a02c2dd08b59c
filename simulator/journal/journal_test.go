package journal_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// everything is a record in which nothing is zero.
func everything() journal.Record {
	return journal.Record{
		Seq: 1, At: time.Date(2026, 11, 24, 12, 0, 0, 123_456_789, daraja.EAT()), World: "w", Kind: journal.KindCallback, API: stk.APIPush,
		Payment: "ws_CO_1", Phone: "254708374149", Reference: "INV-1", Shortcode: "174379", Amount: "1.00",
		Method: "POST", URL: "https://shop.example/cb?x=1", Status: 503, ErrorCode: "500.003.02", Reason: "because", By: "rule 2 of hostile",
		Faults: []string{"latency 3s", "copy 2 of 2"}, Copy: 2, Dropped: true, Error: "no answer within 5s",
		RequestHeader: map[string]string{"Content-Type": "application/json", "A": ""},
		Request:       json.RawMessage(`{"Body":{"stkCallback":{"ResultCode":1032}}}`), Response: json.RawMessage(`"<html>"`),
	}
}

func TestAddKeepsEveryField(t *testing.T) {
	want := everything()
	v := reflect.ValueOf(want)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && name != "Header" {
			t.Fatalf("the test's record has no %s", name)
		}
	}
	j := journal.New(journal.Config{World: "w"})
	given := everything()
	given.Seq, given.World, given.At = 77, "another", given.At.UTC()
	if seq := j.Add(given); seq != 1 {
		t.Errorf("the first record is #%d", seq)
	}
	got, ok := j.Get(1)
	if !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("kept\n%+v, want\n%+v", got, want)
	}
	given.Request[2] = 'X' // the caller's
	got.Response[1] = 'X'  // the reader's
	if again, _ := j.Get(1); !reflect.DeepEqual(again, want) {
		t.Errorf("the record shares memory with those who use it: %+v", again)
	}
}

// A record without anything reads the same in JSON as any other.
func TestEmptyRecord(t *testing.T) {
	j := journal.New(journal.Config{})
	j.Add(journal.Record{})
	r, _ := j.Get(1)
	b, err := json.Marshal(r)
	if err != nil || !r.At.Equal(time.Time{}) {
		t.Fatalf("%v, at %v", err, r.At)
	}
	for _, want := range []string{`"faults":[]`, `"request_header":{}`, `"request":null`, `"response":null`, `"reason":""`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s lacks %s", b, want)
		}
	}
	for _, seq := range []uint64{0, 2} {
		if _, ok := j.Get(seq); ok {
			t.Errorf("there is a record %d", seq)
		}
	}
}

func TestKeepsTheLatestInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 20).Draw(t, "size")
		n := rapid.IntRange(0, 60).Draw(t, "n")
		j := journal.New(journal.Config{Size: size})
		for i := range n {
			if seq := j.Add(journal.Record{Copy: i + 1}); seq != uint64(i+1) {
				t.Fatalf("record %d has number %d", i+1, seq)
			}
		}
		want := min(size, n)
		page := j.Find(journal.Filter{})
		if len(page.Records) != want || j.Find(journal.Filter{}).Total != want || page.Total != want || page.Lost != uint64(n-want) {
			t.Fatalf("%d of %d records, %d lost, want %d", len(page.Records), page.Total, page.Lost, want)
		}
		for i, r := range page.Records {
			if seq := n - want + i + 1; r.Seq != uint64(seq) || r.Copy != seq {
				t.Fatalf("place %d of %d has number %d, want %d", i, want, r.Seq, seq)
			}
		}
	})
}

func TestBytesAreBoundedToo(t *testing.T) {
	const most = 1 << 20
	j := journal.New(journal.Config{MaxBytes: most})
	body := journal.RedactBody([]byte(strings.Repeat("x", 10_000)))
	for range 1_000 { // 10 MB
		j.Add(journal.Record{Request: body})
	}
	if n := j.Find(journal.Filter{}).Total; n < 100 || n > most/10_000 {
		t.Errorf("%d bodies of 10 kB kept, want what fits in 1 MiB", n)
	}
	small := journal.New(journal.Config{MaxBytes: 1_000})
	small.Add(journal.Record{})
	small.Add(journal.Record{Request: []byte(strings.Repeat("1", 2_000))})
	if n := small.Find(journal.Filter{}).Total; n != 1 {
		t.Errorf("%d records kept beside one that is longer than all may be", n)
	}
	if r, ok := small.Get(2); !ok || len(r.Request) != 2_000 {
		t.Error("the newest record was not kept")
	}
}

func TestTextsAndHeaderAreBounded(t *testing.T) {
	long := strings.Repeat("é", journal.MaxText)
	r := journal.Record{Reason: "x" + long, URL: long, Faults: []string{long}, Header: map[string][]string{}}
	for i := range 100 {
		r.Faults = append(r.Faults, fmt.Sprint(i))
		r.Header[fmt.Sprintf("H-%02d", i)] = []string{"v"}
	}
	j := journal.New(journal.Config{})
	j.Add(r)
	r.Header = map[string][]string{"A": {"1"}, "B": {strings.Repeat("v", journal.MaxHeaderBytes)}, "C": {"3"}}
	j.Add(r)
	first, _ := j.Get(1)
	if len(first.Reason) != journal.MaxText-1 || len(first.URL) != journal.MaxText || len(first.Faults) != journal.MaxFaults || len(first.Faults[0]) != journal.MaxText {
		t.Errorf("kept %d bytes of reason, %d of URL, %d faults", len(first.Reason), len(first.URL), len(first.Faults))
	}
	if !strings.HasPrefix(long, first.URL) || len(r.Faults[0]) != len(long) {
		t.Error("cut within a letter, or in the caller's")
	}
	if h := first.RequestHeader; len(h) != journal.MaxHeaders || h["H-00"] != "v" || h["H-31"] != "v" {
		t.Errorf("of 100 lines %d are kept: %v", len(h), h)
	}
	flat := map[string]string{}
	for name, values := range r.Header {
		flat[name] = values[0]
	}
	j.Add(journal.Record{RequestHeader: flat})
	if third, _ := j.Get(3); len(third.RequestHeader) != 2 {
		t.Errorf("of a flat header %v is kept", third.RequestHeader)
	}
	second, _ := j.Get(2)
	if h := second.RequestHeader; len(h) != 2 || h["A"] != "1" || h["C"] != "3" {
		t.Errorf("beside a line that is too long %v is kept", h)
	}
}

func TestResetCountsFromOne(t *testing.T) {
	j := journal.New(journal.Config{Size: 2})
	for range 3 {
		j.Add(journal.Record{})
	}
	j.Reset()
	if page := j.Find(journal.Filter{}); len(page.Records) != 0 || page.Lost != 0 || j.Find(journal.Filter{}).Total != 0 {
		t.Errorf("Reset left %+v", page)
	}
	if seq := j.Add(journal.Record{}); seq != 1 {
		t.Errorf("the first record after Reset is number %d", seq)
	}
}

func TestSnapshotBringsBackWhatWasThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := journal.New(journal.Config{Size: rapid.IntRange(1, 30).Draw(t, "size")})
		add := func(label string) {
			for i := range rapid.IntRange(0, 50).Draw(t, label) {
				j.Add(journal.Record{Reason: fmt.Sprint(label, i)})
			}
		}
		add("before")
		want := j.Find(journal.Filter{})
		kept := j.Snapshot()
		if rapid.Bool().Draw(t, "reset") {
			j.Reset()
		}
		add("after")
		for range 2 {
			j.Restore(kept)
			if got := j.Find(journal.Filter{}); !reflect.DeepEqual(got, want) {
				t.Fatalf("restored\n%+v, want\n%+v", got, want)
			}
			next := uint64(1)
			if n := len(want.Records); n > 0 {
				next = want.Records[n-1].Seq + 1
			}
			if seq := j.Add(journal.Record{Reason: "next"}); seq != next {
				t.Fatalf("the next record is number %d, want %d", seq, next)
			}
			add("then")
		}
	})
}

// Two journals that go on from the same snapshot do not see each other.
func TestSnapshotIsShared(t *testing.T) {
	a := journal.New(journal.Config{World: "a"})
	a.Add(journal.Record{Reason: "both"})
	b := journal.New(journal.Config{World: "b", Size: 2})
	b.Restore(a.Snapshot())
	a.Add(journal.Record{Reason: "a"})
	b.Add(journal.Record{Reason: "b"})
	b.Add(journal.Record{Reason: "b"})
	for world, j := range map[string]*journal.Journal{"a": a, "b": b} {
		r, _ := j.Get(2)
		if r.Reason != world || r.World != world {
			t.Errorf("%s has %+v", world, r)
		}
	}
	if page := b.Find(journal.Filter{}); page.Lost != 1 || page.Total != 2 {
		t.Errorf("the smaller journal has %d and lost %d", page.Total, page.Lost)
	}
}

// What a full snapshot holds is not more than a smaller journal may.
func TestRestoreKeepsTheBounds(t *testing.T) {
	a := journal.New(journal.Config{})
	for range 10 {
		a.Add(journal.Record{})
	}
	b := journal.New(journal.Config{Size: 3})
	b.Restore(a.Snapshot())
	if page := b.Find(journal.Filter{}); page.Total != 3 || page.Lost != 7 || page.Records[0].Seq != 8 {
		t.Errorf("%d records from #%d, %d lost", page.Total, page.Records[0].Seq, page.Lost)
	}
}

func TestTeeSeesEveryRecordInOrder(t *testing.T) {
	var seen []journal.Record
	j := journal.New(journal.Config{World: "w", Size: 10, Tee: func(r journal.Record) { seen = append(seen, r) }})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				j.Add(journal.Record{Reason: "x", URL: "/?token=s3", Faults: nil})
			}
		})
	}
	wg.Wait()
	for i, r := range seen {
		if r.Seq != uint64(i+1) || r.World != "w" || r.URL != "/?token=[redacted]" || r.Faults == nil {
			t.Fatalf("place %d has %+v", i, r)
		}
	}
	if len(seen) != 1_600 {
		t.Errorf("%d records seen", len(seen))
	}
}

// A disk that hangs holds up those who add, and no reader.
func TestSlowTeeDoesNotBlockReaders(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	j := journal.New(journal.Config{Tee: func(journal.Record) { close(begun); <-release }})
	done := make(chan struct{})
	go func() {
		defer close(done)
		j.Add(journal.Record{Reason: "x"})
	}()
	<-begun
	m := matcher(t, `{"reason":"x"}`)
	if v := j.Wait(t.Context(), m, journal.Exactly(1)); !v.OK || j.Find(journal.Filter{}).Total != 1 || j.Find(journal.Filter{}).Total != 1 {
		t.Errorf("readers do not see what is on its way to the disk: %+v", v)
	}
	_, stop := j.Follow(0)
	stop()
	j.Snapshot()
	close(release)
	<-done
}

func TestConcurrentUse(t *testing.T) {
	j := journal.New(journal.Config{Size: 100, Tee: func(journal.Record) {}})
	m := matcher(t, `{"reason":"5","body":{"a":5}}`)
	kept := j.Snapshot()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() { // writers
			for n := range 300 {
				j.Add(journal.Record{Reason: fmt.Sprint(n % 10), Request: json.RawMessage(fmt.Sprintf(`{"a":%d}`, n%10))})
			}
		})
		wg.Go(func() { // readers
			for range 100 {
				page := j.Find(journal.Filter{Text: "5", Newest: i%2 == 0})
				for _, r := range page.Records {
					if want := fmt.Sprintf(`{"a":%s}`, r.Reason); r.Reason != "5" || string(r.Request) != want {
						t.Errorf("#%d is %s with %s", r.Seq, r.Reason, r.Request)
					}
				}
				j.Verify(m, journal.Count{Max: 3})
				j.Find(journal.Filter{})
				j.Get(7)
				if err := j.WriteJSONL(new(strings.Builder), journal.Filter{}); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() { // waiters
			for range 100 {
				j.Wait(t.Context(), m, journal.Count{Max: 1})
			}
		})
		wg.Go(func() { // followers
			follower, stop := j.Follow(0)
			defer stop()
			for range 50 {
				records, _ := follower.Next(10)
				for r := range records {
					if r.Seq == 0 {
						t.Error("a follower got no record")
					}
				}
			}
		})
		wg.Go(func() { // those who turn it back
			for range 30 {
				switch i {
				case 0:
					j.Reset()
				case 1:
					j.Restore(kept)
				default:
					j.Restore(j.Snapshot())
				}
			}
		})
	}
	wg.Wait()
	page := j.Find(journal.Filter{})
	for i, r := range page.Records {
		if r.Seq != page.Records[0].Seq+uint64(i) {
			t.Fatalf("place %d has number %d after #%d", i, r.Seq, page.Records[0].Seq)
		}
	}
}

// matcher parses one that must be right.
func matcher(tb testing.TB, s string) journal.Match {
	tb.Helper()
	m, err := journal.ParseMatch([]byte(s))
	if err != nil {
		tb.Fatalf("%s: %v", s, err)
	}
	return m
}
