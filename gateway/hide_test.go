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

		"?p=%32%35%34%37%30%38%33%37%34%31%34%39&q=1": "?p=%32%35%34XXXXXXXXX&q=1",
		"?p=%2B254%37083741%349":                      "?p=%2B254XXXXXXXXX",
		"?p=0708%2D374%2d149":                         "?p=0XXXXXXXXX",
		"?p=0708%C2%A0374%c2%a0149":                   "?p=0XXXXXXXXX",
		"?p=%37%30%38%33%37%34%31%34%30":              "?p=%37%30%38%33%37%34%31%34%30",
		`{"p":"\u0032\u0035\u0034\u0037\u0030\u0038\u0033\u0037\u0034\u0031\u0034\u0039"}`: `{"p":"\u0032\u0035\u0034XXXXXXXXX"}`,
		`{"p":"\u002B2547083741\u00349"}`:                                                  `{"p":"\u002B254XXXXXXXXX"}`,
		`{"p":"0708\u0020374\u00A0149"}`:                                                   `{"p":"0XXXXXXXXX"}`,
		"?p=%2537%2530%2538%2520374149":                                                    "?p=XXXXXXXXX",
		`{"p":"\\u0037\\u0030837\\/4149"}`:                                                 `{"p":"XXXXXXXXX"}`,
		`{"p":"0708\/374\t149"}`:                                                           `{"p":"0XXXXXXXXX"}`,
		`\u003`:                                                                            `\u003`,
		`%3`:                                                                               `%3`,
	} {
		if got := n.hide(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
		if n.in(text) != strings.Contains(want, hidden) {
			t.Errorf("%q has the number: %t", text, n.in(text))
		}
	}
	hour, end := numberOf(daraja.MSISDN("254112202610")), numberOf(daraja.MSISDN("254104512345"))
	for _, text := range []string{ // of 11 December 2026, 10:45:12.345
		"ws_CO_11122026104512345708374149", "ws_CO_11122026104512345XXXXXXXXX", `{"id":"ws_CO_11122026104512345708374149"}`,
		"names prompt \"ws_CO_11122026104512345XXXXXXXXX\"",
	} {
		if hour.in(text) || end.in(text) || hour.hide(text) != text || end.hide(text) != text {
			t.Errorf("the time in %q is taken for a number", text)
		}
	}
	for text, want := range map[string]string{
		"ws_CO_11122026104512345112202610":                            "ws_CO_11122026104512345XXXXXXXXX",
		"ws_CO_112202610_31012026104512345":                           "ws_CO_XXXXXXXXX_31012026104512345",
		"ws_CO_11122026104512345708374149 of 0112202610, 11122026104": "ws_CO_11122026104512345708374149 of 0XXXXXXXXX, 1XXXXXXXXX4",
	} {
		if got := hour.hide(text); got != want || !hour.in(text) {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if number("").in("708374149") || number("").hide("708374149") != "708374149" {
		t.Error("no number is found")
	}
}

// What is kept for good has no long run of digits, however they are written.
func TestRunsOfDigitsAreHidden(t *testing.T) {
	for text, want := range map[string]string{
		"to-0708374149":                       "to-XXXXXXXXXX",
		"%30%37%30%38%33%37%34%31%34%39!":     strings.Repeat("X", 30) + "!",
		`\u00370\u00383\u00374\u00314\u0039.`: strings.Repeat("X", 34) + ".",
		"12345678":                            "12345678",
		"%31%32%33%34%35%36%37":               "%31%32%33%34%35%36%37",
	} {
		if got := hideNumbers(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
