package daraja

import (
	"fmt"
	"strings"
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
	if got := MSISDN("12345").String(); strings.Trim(got, "X") != "" {
		t.Errorf("a short number shows itself: %s", got)
	}
}

func TestLastFourTellsMagicNumbersApart(t *testing.T) {
	for in, want := range map[MSISDN]string{
		"254708374149": "2547XXXX4149", "254700000001": "2547XXXX0001", "254700001001": "2547XXXX1001", "254700002001": "2547XXXX2001",
		"": "", "1234567": "XXXXXXX", "12345678": "1234X678",
	} {
		if got := in.LastFour(); got != want {
			t.Errorf("LastFour of %d digits = %q, want %q", len(in), got, want)
		}
	}
}
