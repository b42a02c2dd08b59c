package ids

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
)

func TestIdentifierFormats(t *testing.T) {
	at := time.Date(2026, 8, 18, 9, 26, 12, 287_000_000, time.UTC) // 12:26:12.287 EAT
	ids, stream := New(1), NewStream("stkpush", daraja.SandboxMSISDN)
	tests := []struct{ name, got, want string }{
		{"MerchantRequestID", ids.RequestID(stream, at), `^[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}[0-9]{7,8}$`},
		{"token", ids.Token(stream, at), `^[A-Za-z0-9]{28}$`},
		{"receipt", ids.Receipt(at, string(daraja.SandboxMSISDN)), `^UHI0[0-9A-Z]{6}$`},
		{"first time", ids.stamp(at, time.Millisecond), `^2026-08-18T12:26:12\.287\+03:00$`},
		{"second time", ids.stamp(at, time.Millisecond), `^2026-08-18T12:26:12\.288\+03:00$`},
		{"time in another step", ids.stamp(at, 100*time.Millisecond), `^2026-08-18T12:26:12\.3\+03:00$`},
		{"first time in that step", New(1).stamp(at, 100*time.Millisecond), `^2026-08-18T12:26:12\.2\+03:00$`},
	}
	for _, tt := range tests {
		if !regexp.MustCompile(tt.want).MatchString(tt.got) {
			t.Errorf("%s is %s, want %s", tt.name, tt.got, tt.want)
		}
	}
}

func (g *Generator) stamp(at time.Time, step time.Duration) string {
	return g.UniqueTime(daraja.SandboxMSISDN, at, step).Format(time.RFC3339Nano)
}

func TestReceiptDates(t *testing.T) {
	tests := []struct {
		at   time.Time
		want string
	}{
		{time.Date(2017, 1, 1, 0, 0, 0, 0, daraja.EAT()), "LA1"},
		{time.Date(2019, 12, 19, 10, 0, 0, 0, daraja.EAT()), "NLJ"},
		{time.Date(2024, 10, 31, 0, 0, 0, 0, daraja.EAT()), "SJV"},
		{time.Date(2025, 9, 10, 0, 0, 0, 0, daraja.EAT()), "TIA"},
		{time.Date(2026, 12, 31, 22, 0, 0, 0, time.UTC), "VA1"}, // 2027 already in Nairobi
	}
	for _, tt := range tests {
		if got := string(appendDate(nil, tt.at)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.at, got, tt.want)
		}
	}
}

// given is an identifier of each kind for a phone.
type given struct {
	request, token string
	time           time.Time
	receipt        string
}

func (g *Generator) all(m daraja.MSISDN, at time.Time) given {
	l := NewStream("stkpush", m)
	return given{g.RequestID(l, at), g.Token(l, at), g.UniqueTime(m, at, time.Millisecond), g.Receipt(at, string(m))}
}

// What a stream gets does not depend on the others: only receipts may, in the rare case
// that two fall on one place.
func TestIDsOfOneLaneDoNotDependOnOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64().Draw(t, "seed")
		at := time.UnixMilli(rapid.Int64Range(1_500_000_000_000, 2_500_000_000_000).Draw(t, "at"))
		alone, among := New(seed), New(seed)
		mine := NewStream("stkpush", daraja.SandboxMSISDN)
		for range rapid.IntRange(1, 30).Draw(t, "counters") {
			other := daraja.MSISDN("25471100000" + rapid.StringMatching("[0-9]").Draw(t, "other"))
			among.all(other, at)
			among.Draw(NewStream("stkpush", other), at)
			a, b := alone.all(daraja.SandboxMSISDN, at), among.all(daraja.SandboxMSISDN, at)
			a.receipt, b.receipt = "", ""
			if a != b {
				t.Fatalf("alone %+v, among others %+v", a, b)
			}
			if x, y := alone.Draw(mine, at), among.Draw(mine, at); x != y {
				t.Fatalf("chance %d, among others %d", x, y)
			}
			at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 40, 3000}).Draw(t, "ms")) * time.Millisecond)
		}
	})
}

func TestIDsRepeatBySeedAndDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64().Draw(t, "seed")
		a, b := New(seed), New(seed)
		at := time.Date(2026, 5, 1, 23, 59, 58, 0, daraja.EAT())
		seen := make(map[string]bool)
		for n := range 200 {
			phone := []daraja.MSISDN{daraja.SandboxMSISDN, "254711000001", "254711000002"}[n%3]
			ga, gb := a.all(phone, at), b.all(phone, at)
			if ga != gb {
				t.Fatalf("seed %d: %+v, then %+v", seed, ga, gb)
			}
			for _, id := range []string{ga.token, string(phone) + ga.time.String(), ga.receipt} {
				if seen[id] {
					t.Fatalf("seed %d repeats %s", seed, id)
				}
				seen[id] = true
			}
			at = at.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "s")) * time.Second)
		}
	})
}

// A few nodes answer all requests. No identifier is given twice, whatever asks and when, to
// a clone neither.
func TestRequestIDsComeFromAFewNodes(t *testing.T) {
	ids, at := New(1), time.Date(2026, time.March, 1, 12, 0, 0, 0, daraja.EAT())
	nodes, all := make(map[string]bool), make(map[string]bool)
	for i := range maxGiven + maxGiven/2 {
		id := ids.RequestID(NewStream("stkpush", strconv.Itoa(i)), at.Add(time.Duration(i/1000)*time.Second))
		const node = len("ac7b-470b-8df7-23ab3cef3827")
		if counter, err := strconv.Atoi(id[node:]); err != nil || counter < 1 || counter > 99_999_999 {
			t.Fatalf("the counter of %s: %v", id, err)
		}
		if all[id] {
			t.Fatalf("%s is given twice", id)
		}
		nodes[id[:node]], all[id] = true, true
		if i == maxGiven {
			ids = ids.Clone()
		}
	}
	if len(nodes) != requestNodes {
		t.Errorf("%d nodes", len(nodes))
	}
}

func TestAnotherSeedGivesOthers(t *testing.T) {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	stream := NewStream("a", "b")
	a, b := New(1), New(2)
	if a.RequestID(stream, at) == b.RequestID(stream, at) || a.Token(stream, at) == b.Token(stream, at) || a.Draw(stream, at) == b.Draw(stream, at) {
		t.Error("the seed makes no difference")
	}
	b.Reseed(1)
	at = at.Add(time.Hour)
	if a.RequestID(stream, at) != b.RequestID(stream, at) {
		t.Error("a seed given later makes other identifiers")
	}
}

// Chances start again, identifiers do not.
func TestRestartDraws(t *testing.T) {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	stream, ids := NewStream("stkpush", daraja.SandboxMSISDN), New(1)
	chance, before := ids.Draw(stream, at), ids.all(daraja.SandboxMSISDN, at)
	if ids.Draw(stream, at) == chance {
		t.Error("the second chance of an instant is the first")
	}
	ids.RestartDraws()
	if ids.Draw(stream, at) != chance {
		t.Error("chances went on")
	}
	after := ids.all(daraja.SandboxMSISDN, at)
	if before.request == after.request || before.token == after.token || before.time.Equal(after.time) || before.receipt == after.receipt {
		t.Errorf("%+v, and after it %+v", before, after)
	}
}

func TestCloneGoesItsOwnWay(t *testing.T) {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	ids := New(1)
	ids.all(daraja.SandboxMSISDN, at)
	clone := ids.Clone()
	want := ids.all(daraja.SandboxMSISDN, at)
	if got := clone.all(daraja.SandboxMSISDN, at); got != want {
		t.Errorf("the clone gave %+v, want %+v", got, want)
	}
}

func TestStreamsDiffer(t *testing.T) {
	if NewStream("ab", "c") == NewStream("a", "bc") || NewStream("a", "") == NewStream("", "a") {
		t.Error("two streams are one")
	}
	if NewStream("a", "b") != NewStream("a", []byte("b")) {
		t.Error("text and bytes differ")
	}
}

// Within a second there is room for all receipts of a shard, and those that do not
// fit go into the seconds after.
func TestReceiptsAreUniqueAndGrow(t *testing.T) {
	ids := New(1)
	at := time.Date(2026, 8, 18, 12, 0, 0, 0, daraja.EAT())
	seen := make(map[string]bool)
	latest := ""
	for second := range 3 {
		now := at.Add(time.Duration(second) * time.Hour)
		first, last := "", ""
		for range 3 * perSecond {
			r := ids.Receipt(now, string(daraja.SandboxMSISDN))
			if seen[r] {
				t.Fatalf("%s was given twice", r)
			}
			seen[r] = true
			if first == "" || r < first {
				first = r
			}
			last = max(last, r)
		}
		if first <= latest {
			t.Errorf("%s in the hour after %s", first, latest)
		}
		latest = last
	}
}

// The memory for streams is bounded, also when time stands still.
func TestTurnsAreBounded(t *testing.T) {
	var counters counters
	for i := range 3 * maxStreams {
		counters.next(Stream(i), 0)
	}
	if len(counters.last) > maxStreams || counters.epoch == 0 {
		t.Errorf("%d streams, epoch %d", len(counters.last), counters.epoch)
	}
	counters.next(1, 1_000)
	if len(counters.last) != 1 {
		t.Errorf("%d streams after the instant has passed", len(counters.last))
	}
	for i := range maxStreams {
		counters.next(Stream(i), 2_000)
	}
	counters.next(0, 1<<40) // one runs ahead
	counters.latest = 1 << 41
	for i := range 2 * maxStreams {
		counters.next(Stream(i), 3_000+int64(i))
	}
	if len(counters.last) > maxStreams {
		t.Errorf("%d streams with one that runs ahead", len(counters.last))
	}
}

func BenchmarkIDs(b *testing.B) {
	b.ReportAllocs()
	ids, at := New(1), time.Date(2026, 8, 18, 12, 0, 0, 0, daraja.EAT())
	for b.Loop() {
		ids.all(daraja.SandboxMSISDN, at)
		at = at.Add(time.Millisecond)
	}
}

// As captured: AG_20260725_01001003 06hfuh jt5vaj is of 03:01:31.385.
func TestConversationID(t *testing.T) {
	at := time.Date(2026, 7, 25, 3, 1, 31, 385_000_000, daraja.EAT())
	g, form := New(1), regexp.MustCompile(`^AG_20260725_010010[0-3][0-9]06hfu[hij][0-9a-z]{6}$`)
	seen := make(map[string]bool)
	for range 3 {
		id := g.ConversationID(NewStream("balance", "body"), at.UTC())
		if !form.MatchString(id) || seen[id] {
			t.Errorf("%s: seen %v", id, seen)
		}
		seen[id] = true
	}
	c := g.Clone()
	if a, b := g.ConversationID(7, at), c.ConversationID(7, at); a != b || a == New(2).ConversationID(7, at) {
		t.Errorf("%s, a copy %s", a, b)
	}
	if got := NoReceipt(time.Date(2026, 7, 24, 23, 0, 0, 0, time.UTC)); got != "UGP0000000" {
		t.Error(got)
	}
}
