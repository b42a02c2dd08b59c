package daraja

import (
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestIdentifierFormats(t *testing.T) {
	at := time.Date(2026, 8, 18, 9, 26, 12, 287_000_000, time.UTC) // 12:26:12.287 EAT
	ids, lane := NewIDs(1), NewLane("stkpush", SandboxMSISDN)
	tests := []struct{ name, got, want string }{
		{"MerchantRequestID", ids.RequestID(lane, at), `^[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}[0-9]{4,6}$`},
		{"token", ids.Token(lane, at), `^[A-Za-z0-9]{28}$`},
		{"receipt", ids.Receipt(at, SandboxMSISDN), `^UHI0[0-9A-Z]{6}$`},
		{"first CheckoutRequestID", ids.CheckoutRequestID(at, SandboxMSISDN, false), `^ws_CO_18082026122612287708374149$`},
		{"second CheckoutRequestID", ids.CheckoutRequestID(at, SandboxMSISDN, false), `^ws_CO_18082026122612288708374149$`},
		{"CheckoutRequestID", CheckoutRequestID(at, SandboxMSISDN, false), `^ws_CO_18082026122612287708374149$`},
		{"CheckoutRequestID of the sandbox", CheckoutRequestID(at, SandboxMSISDN, true), `^ws_CO_180820261226122708374149$`},
	}
	for _, tt := range tests {
		if !regexp.MustCompile(tt.want).MatchString(tt.got) {
			t.Errorf("%s is %s, want %s", tt.name, tt.got, tt.want)
		}
	}
}

func TestReceiptDates(t *testing.T) {
	tests := []struct {
		at   time.Time
		want string
	}{
		{time.Date(2017, 1, 1, 0, 0, 0, 0, eat), "LA1"},
		{time.Date(2019, 12, 19, 10, 0, 0, 0, eat), "NLJ"},
		{time.Date(2024, 10, 31, 0, 0, 0, 0, eat), "SJV"},
		{time.Date(2025, 9, 10, 0, 0, 0, 0, eat), "TIA"},
		{time.Date(2026, 12, 31, 22, 0, 0, 0, time.UTC), "VA1"}, // 2027 already in Nairobi
	}
	for _, tt := range tests {
		if got := datePrefix(tt.at); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.at, got, tt.want)
		}
	}
}

// given is an identifier of each kind for a phone.
type given struct{ request, token, checkout, receipt string }

func (g *IDs) all(m MSISDN, at time.Time) given {
	l := NewLane("stkpush", m)
	return given{g.RequestID(l, at), g.Token(l, at), g.CheckoutRequestID(at, m, false), g.Receipt(at, m)}
}

// What a lane gets does not depend on the others: only receipts may, in the rare case
// that two fall on one place.
func TestIDsOfOneLaneDoNotDependOnOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64().Draw(t, "seed")
		at := time.UnixMilli(rapid.Int64Range(1_500_000_000_000, 2_500_000_000_000).Draw(t, "at"))
		alone, among := NewIDs(seed), NewIDs(seed)
		mine := NewLane("stkpush", SandboxMSISDN)
		for range rapid.IntRange(1, 30).Draw(t, "turns") {
			other := MSISDN("25471100000" + rapid.StringMatching("[0-9]").Draw(t, "other"))
			among.all(other, at)
			among.Draw(NewLane("stkpush", other), at)
			a, b := alone.all(SandboxMSISDN, at), among.all(SandboxMSISDN, at)
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
		a, b := NewIDs(seed), NewIDs(seed)
		at := time.Date(2026, 5, 1, 23, 59, 58, 0, eat)
		seen := make(map[string]bool)
		for n := range 200 {
			phone := []MSISDN{SandboxMSISDN, "254711000001", "254711000002"}[n%3]
			ga, gb := a.all(phone, at), b.all(phone, at)
			if ga != gb {
				t.Fatalf("seed %d: %+v, then %+v", seed, ga, gb)
			}
			for _, id := range []string{ga.request, ga.token, ga.checkout, ga.receipt} {
				if seen[id] {
					t.Fatalf("seed %d repeats %s", seed, id)
				}
				seen[id] = true
			}
			at = at.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "s")) * time.Second)
		}
	})
}

func TestAnotherSeedGivesOthers(t *testing.T) {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	lane := NewLane("a", "b")
	a, b := NewIDs(1), NewIDs(2)
	if a.RequestID(lane, at) == b.RequestID(lane, at) || a.Token(lane, at) == b.Token(lane, at) || a.Draw(lane, at) == b.Draw(lane, at) {
		t.Error("the seed makes no difference")
	}
	b.Reseed(1)
	at = at.Add(time.Hour)
	if a.RequestID(lane, at) != b.RequestID(lane, at) {
		t.Error("a seed given later makes other identifiers")
	}
}

// Chances start again, identifiers do not.
func TestRewind(t *testing.T) {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	lane, ids := NewLane("stkpush", SandboxMSISDN), NewIDs(1)
	chance, before := ids.Draw(lane, at), ids.all(SandboxMSISDN, at)
	if ids.Draw(lane, at) == chance {
		t.Error("the second chance of an instant is the first")
	}
	ids.Rewind()
	if ids.Draw(lane, at) != chance {
		t.Error("chances went on")
	}
	after := ids.all(SandboxMSISDN, at)
	if before.request == after.request || before.token == after.token || before.checkout == after.checkout || before.receipt == after.receipt {
		t.Errorf("%+v, and after it %+v", before, after)
	}
}

func TestCloneGoesItsOwnWay(t *testing.T) {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	ids := NewIDs(1)
	ids.all(SandboxMSISDN, at)
	clone := ids.Clone()
	want := ids.all(SandboxMSISDN, at)
	if got := clone.all(SandboxMSISDN, at); got != want {
		t.Errorf("the clone gave %+v, want %+v", got, want)
	}
}

func TestLanesDiffer(t *testing.T) {
	if NewLane("ab", "c") == NewLane("a", "bc") || NewLane("a", "") == NewLane("", "a") {
		t.Error("two lanes are one")
	}
	if NewLane("a", "b") != NewLane("a", []byte("b")) {
		t.Error("text and bytes differ")
	}
}

// Within a second there is room for all receipts of a shard, and those that do not
// fit go into the seconds after.
func TestReceiptsAreUniqueAndGrow(t *testing.T) {
	ids := NewIDs(1)
	at := time.Date(2026, 8, 18, 12, 0, 0, 0, eat)
	seen := make(map[string]bool)
	latest := ""
	for second := range 3 {
		now := at.Add(time.Duration(second) * time.Hour)
		first, last := "", ""
		for range 3 * perSecond {
			r := ids.Receipt(now, SandboxMSISDN)
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

// The memory for lanes is bounded, also when time stands still.
func TestTurnsAreBounded(t *testing.T) {
	var turns turns
	for i := range 3 * maxLanes {
		turns.next(Lane(i), 0)
	}
	if len(turns.last) > maxLanes || turns.epoch == 0 {
		t.Errorf("%d lanes, epoch %d", len(turns.last), turns.epoch)
	}
	turns.next(1, 1_000)
	if len(turns.last) != 1 {
		t.Errorf("%d lanes after the instant has passed", len(turns.last))
	}
	for i := range maxLanes {
		turns.next(Lane(i), 2_000)
	}
	turns.next(0, 1<<40) // one runs ahead
	turns.late = 1 << 41
	for i := range 2 * maxLanes {
		turns.next(Lane(i), 3_000+int64(i))
	}
	if len(turns.last) > maxLanes {
		t.Errorf("%d lanes with one that runs ahead", len(turns.last))
	}
}

func BenchmarkIDs(b *testing.B) {
	b.ReportAllocs()
	ids, at := NewIDs(1), time.Date(2026, 8, 18, 12, 0, 0, 0, eat)
	for b.Loop() {
		ids.all(SandboxMSISDN, at)
		at = at.Add(time.Millisecond)
	}
}

func TestValidCheckoutRequestID(t *testing.T) {
	for id, want := range map[string]bool{
		"ws_CO_07072025180034153708374149":      true,
		"ws_CO_191220191020363925":              true,
		"ws_CO_DMZ_123456789_01012018120000123": true,
		"ws_CO_":                                false,
		"ws_co_191220191020363925":              false,
		"191220191020363925":                    false,
		"ws_CO_19122019102036392x":              false,
		"":                                      false,
	} {
		if got := ValidCheckoutRequestID(id); got != want {
			t.Errorf("%q: %v, want %v", id, got, want)
		}
	}
}
