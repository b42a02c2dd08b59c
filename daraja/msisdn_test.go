package daraja

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestNormaliseMSISDN(t *testing.T) {
	const want = "254708374149"
	for _, in := range []string{
		"254708374149", "+254708374149", "0708374149", "708374149", "+254 708 374 149", "0708-374-149",
	} {
		if got, err := NormaliseMSISDN(in); err != nil || got.Digits() != want {
			t.Errorf("NormaliseMSISDN(%q) = %s, %v; want %s", in, got.Digits(), err, want)
		}
	}
	if got, err := NormaliseMSISDN("0110000000"); err != nil || got.Digits() != "254110000000" {
		t.Errorf("a 01 number: got %s, %v", got.Digits(), err)
	}
	for _, in := range []string{
		"", "+", "0", "254", "25470837414", "2547083741490", "255708374149", "254208374149", "07083741４9", "abcdefghijkl", "0808374149",
	} {
		if got, err := NormaliseMSISDN(in); err == nil {
			t.Errorf("NormaliseMSISDN(%q) = %s, want an error", in, got.Digits())
		}
	}
}

func TestDarajaTakesOneFormOnly(t *testing.T) {
	for _, in := range []string{"0708374149", "+254708374149", "254 708374149"} {
		if _, err := ParseMSISDN(in); err == nil {
			t.Errorf("ParseMSISDN(%q) was taken", in)
		}
	}
}

// A number that is printed without care must not show itself.
func TestMSISDNMasksItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := MSISDN("2547" + rapid.StringMatching(`[0-9]{8}`).Draw(t, "rest"))
		want := "2547XXXXX" + string(m[9:])
		for _, got := range []string{m.String(), fmt.Sprint(m), fmt.Sprintf("%v", m), m.LogValue().String()} {
			if got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	})
	for in, want := range map[MSISDN]string{"": "", "1234567": "XXXXXXX", "12345678": "1234X678"} {
		if got := in.Masked(); got != want {
			t.Errorf("a short number of %d digits is %s", len(in), got)
		}
	}
}
