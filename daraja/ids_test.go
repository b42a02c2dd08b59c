package daraja

import (
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestIdentifierFormats(t *testing.T) {
	at := time.Date(2026, 8, 18, 9, 26, 12, 287_000_000, time.UTC) // 12:26:12.287 EAT
	ids := NewIDs(1)
	tests := []struct{ name, got, want string }{
		{"MerchantRequestID", ids.RequestID(), `^[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}[0-9]{4,6}$`},
		{"token", ids.Token(), `^[A-Za-z0-9]{28}$`},
		{"receipt", ids.Receipt(at, SandboxMSISDN), `^UHI0[0-9A-Z]{6}$`},
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

func TestIDsRepeatBySeedAndDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64().Draw(t, "seed")
		a, b := NewIDs(seed), NewIDs(seed)
		at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		seen := make(map[string]bool)
		for range 50 {
			ra, rb := a.Receipt(at, SandboxMSISDN), b.Receipt(at, SandboxMSISDN)
			ma, mb := a.RequestID(), b.RequestID()
			if ra != rb || ma != mb {
				t.Fatalf("seed %d: %s %s, then %s %s", seed, ra, ma, rb, mb)
			}
			if seen[ra] || seen[ma] {
				t.Fatalf("seed %d repeats %s or %s", seed, ra, ma)
			}
			seen[ra], seen[ma] = true, true
		}
	})
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
