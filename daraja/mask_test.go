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
		{"+254 712 345 678, 0712-345-678", "+2547XXXXX678, 07XXXXX678"},
		{"150 0712.345.678", "150 07XXXXX678"},
		{"00254712345678", "002547XXXXX678"},
		{"254712345678254722000111", "2547XXXXX6782547XXXXX111"},
		{"29110-71234567-1", "29110-71234567-1"}, // a MerchantRequestID
		{"192.168.10.17, 172.16.10.20", "192.168.10.17, 172.16.10.20"},
		{"shortcode 174379", "shortcode 174379"},
		{"254812345678", "254812345678"},                                                 // no Kenyan number
		{"order 2547123456789 of 7254712345678", "order 2547XXXXX6789 of 72547XXXXX678"}, // beside other digits
		{"2547123456780", "2547XXXXX6780"},
	}
	for _, tt := range tests {
		if got := daraja.MaskPhones(tt.in); got != tt.want {
			t.Errorf("MaskPhones(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
