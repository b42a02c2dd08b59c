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
