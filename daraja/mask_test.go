package daraja_test

import (
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

func TestMaskPhones(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"nothing here", "nothing here"},
		{"254712345678", "2547XXXXX678"},
		{"call 0712345678, or +254112345678.", "call 07XXXXX678, or +2541XXXXX678."},
		{"712345678", "7XXXXX678"},
		{"phone=254712345678&x=254722000111", "phone=2547XXXXX678&x=2547XXXXX111"},
		{"ws_CO_18082026120000000708374149", "ws_CO_180820261200000007XXXXX149"},
		{"KES 150000 at 20260818120000, payment 123456", "KES 150000 at 20260818120000, payment 123456"},
		{"shortcode 174379", "shortcode 174379"},
		{"254812345678", "254812345678"}, // nobody's
	}
	for _, tt := range tests {
		if got := daraja.MaskPhones(tt.in); got != tt.want {
			t.Errorf("MaskPhones(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
