package daraja

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCatalogueIsWhole(t *testing.T) {
	want := []ResultCode{
		"0", "1", "2", "3", "4", "8", "17", "26", "1001", "1019", "1025", "1031", "1032", "1036", "1037", "2001", "2006", "2007",
		"2008", "2026", "2028", "2029", "2033", "2040", "2043", "2202", "4005", "4999", "8006", "9999", "SFC_IC0003", "E3008", "100000100",
	}
	seen := make(map[ResultCode]bool)
	for _, r := range Results() {
		if seen[r.Code] {
			t.Errorf("%s stands twice", r.Code)
		}
		seen[r.Code] = true
		if r.Meaning == "" || len(r.Wordings()) == 0 {
			t.Errorf("%s has no meaning or no text", r.Code)
		}
		if r.Confidence != High && r.Confidence != Medium && r.Confidence != Low {
			t.Errorf("%s has confidence %q", r.Code, r.Confidence)
		}
	}
	for _, code := range want {
		if !seen[code] {
			t.Errorf("%s is missing", code)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d codes, want %d", len(seen), len(want))
	}
}

func TestDialects(t *testing.T) {
	r := Result{Text: "Request cancelled by user", Dialects: map[string]string{"other": "Invalid credentials"}}
	for dialect, want := range map[string]string{"daraja": "Request cancelled by user", "other": "Invalid credentials"} {
		if got := r.Desc(dialect); got != want {
			t.Errorf("in %s: %q, want %q", dialect, got, want)
		}
	}
}

func TestResultCodeOnTheWire(t *testing.T) {
	tests := []struct {
		code ResultCode
		json string
	}{
		{"0", "0"}, {"1032", "1032"}, {"100000100", "100000100"}, {"SFC_IC0003", `"SFC_IC0003"`}, {"E3008", `"E3008"`}, {"007", `"007"`},
	}
	for _, tt := range tests {
		b, err := json.Marshal(tt.code)
		if err != nil || string(b) != tt.json {
			t.Errorf("%s prints %s, %v; want %s", tt.code, b, err, tt.json)
		}
		for _, form := range []string{tt.json, `"` + string(tt.code) + `"`} {
			var got ResultCode
			if err := json.Unmarshal([]byte(form), &got); err != nil || got != tt.code {
				t.Errorf("%s reads as %q, %v", form, got, err)
			}
		}
	}
}

func TestEveryResultHasShortWords(t *testing.T) {
	for _, r := range Results() {
		if n := len(strings.Fields(r.Short)); n == 0 || n > 5 {
			t.Errorf("result %s: Short is %q; it must have one to five words", r.Code, r.Short)
		}
	}
}
