package daraja

import (
	"testing"

	"pgregory.net/rapid"
)

func TestParseMoney(t *testing.T) {
	tests := []struct {
		in   string
		want Money
		ok   bool
	}{
		{"1", 100, true},
		{"1.0", 100, true},
		{"1.00", 100, true},
		{"1.5", 150, true},
		{"0.01", 1, true},
		{"250000", 25_000_000, true},
		{"1.500", 150, true},
		{"1.005", 0, false},
		{"", 0, false},
		{".5", 0, false},
		{"1.", 0, false},
		{"-1", 0, false},
		{"+1", 0, false},
		{"1e3", 0, false},
		{"1,000", 0, false},
		{"٣", 0, false},
		{"99999999999999", 0, false},
	}
	for _, tt := range tests {
		got, err := ParseMoney(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ParseMoney(%q) = %d, %v; want %d, ok %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
}

func TestMoneyReadsWhatItPrints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Money(rapid.Int64Range(0, 1e13).Draw(t, "cents"))
		got, err := ParseMoney(m.String())
		if err != nil || got != m {
			t.Fatalf("ParseMoney(%q) = %d, %v; want %d", m, got, err, m)
		}
	})
}

func TestMoneyBelowZero(t *testing.T) {
	if got := Money(-242000).String(); got != "-2420.00" {
		t.Errorf("got %s, want -2420.00", got)
	}
}

func TestMoneyGrouped(t *testing.T) {
	for in, want := range map[Money]string{
		0: "KES 0.00", 5: "KES 0.05", 15000: "KES 150.00", 99_999: "KES 999.99", 100_000: "KES 1,000.00",
		250_000: "KES 2,500.00", 420_363_700: "KES 4,203,637.00", -242_000: "KES -2,420.00", -99_900: "KES -999.00",
	} {
		if got := in.Grouped(); got != want {
			t.Errorf("Money(%d).Grouped() = %q, want %q", int64(in), got, want)
		}
	}
}
