package gateway

import (
	"math"
	"testing"
)

func TestReferenceAtMPESA(t *testing.T) {
	tests := []struct {
		name, reference string
		length          int
		want            string
	}{
		{"short", "INV-1", 12, "INV-1"},
		{"as long as may be", "INV-12345678", 12, "INV-12345678"},
		{"longer, and the end is kept", "INVOICE20260000123", 12, "E20260000123"},
		{"cut before a separator", "INV-2026-000123", 12, "2026-000123"},
		{"cut before a blank", "Shop number 123456789", 11, "r 123456789"},
		{"cut before several separators", "order ::  #000123", 12, "000123"},
		{"nothing but separators is left", "INV------------", 12, "T2N"},
		{"blanks around it", "  INV-1  ", 12, "INV-1"},
		{"blanks around it count for nothing", "  INV-12345678  ", 12, "INV-12345678"},
		{"nothing but blanks", "   ", 12, "T2N"},
		{"none", "", 12, "T2N"},
		{"no limit", "a reference of more than twelve characters", 0, "a reference of more than twelve characters"},
		{"no limit, none", "", 0, "T2N"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := sentReference(&Payment{ID: 95, Reference: tt.reference}, tt.length); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A person who reads the reference on a customer's phone finds the payment.
func TestDefaultReferenceNamesItsPayment(t *testing.T) {
	for _, id := range []int64{1, 35, 36, 95, 9_999_999_999_999_999, 1<<53 - 1} {
		reference := DefaultReference(id)
		if got, ok := PaymentOfReference(reference); !ok || got != id || len(reference) > DefaultReferenceLength {
			t.Errorf("%d is %q, which is %d, %t", id, reference, got, ok)
		}
	}
	if got, ok := PaymentOfReference("t2n"); !ok || got != 95 {
		t.Errorf("in small letters: %d, %t", got, ok)
	}
	for _, other := range []string{"", "T", "95", "INV-1", "T-1", "T0", "T01", "T+1", "T 1", DefaultReference(math.MaxInt64) + "0"} {
		if id, ok := PaymentOfReference(other); ok {
			t.Errorf("%q is taken for payment %d", other, id)
		}
	}
}
