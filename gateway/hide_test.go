package gateway

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

func TestNumbersAreFoundAsPeopleWriteThem(t *testing.T) {
	n := numberOf(daraja.MSISDN("254708374149"))
	for text, want := range map[string]string{
		"254708374149":                    "254XXXXXXXXX",
		"+254708374149":                   "+254XXXXXXXXX",
		"0708374149":                      "0XXXXXXXXX",
		"708374149":                       "XXXXXXXXX",
		"0708 374 149":                    "0XXXXXXXXX",
		"0708-374-149":                    "0XXXXXXXXX",
		"(0708) 374 149":                  "(0XXXXXXXXX",
		"+254 (0) 708.374.149":            "+254 (0) XXXXXXXXX",
		"7 0 8 3 7 4 1 4 9":               "XXXXXXXXX",
		"0708/374/149":                    "0XXXXXXXXX",
		"0708\u00a0374\u00a0149":          "0XXXXXXXXX",
		"https://x/?p=%2B254%20708374149": "https://x/?p=%2B254%20XXXXXXXXX",
		"https://x/?p=0708%20374+149&q=1": "https://x/?p=0XXXXXXXXX&q=1",
		"ws_CO_010120261200123708374149":  "ws_CO_010120261200123XXXXXXXXX",
		"0708374149 and 254708374149.":    "0XXXXXXXXX and 254XXXXXXXXX.",
		"770837414970837414":              "7XXXXXXXXX70837414",
		"2.54708374149E11":                "2.54XXXXXXXXXE11",
		"0708374140":                      "0708374140",
		"708x374149":                      "708x374149",
		"70837414":                        "70837414",
		"708    374149":                   "708    374149",
		"":                                "",
		"%":                               "%",
		"708374149%":                      "XXXXXXXXX%",
	} {
		if got := n.hide(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
		if n.in(text) != strings.Contains(want, hidden) {
			t.Errorf("%q has the number: %t", text, n.in(text))
		}
	}
	if number("").in("708374149") || number("").hide("708374149") != "708374149" {
		t.Error("no number is found")
	}
}
