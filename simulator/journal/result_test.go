package journal

import "testing"

func TestResult(t *testing.T) {
	for body, want := range map[string][2]string{
		`{"Body":{"stkCallback":{"ResultCode":1032,"ResultDesc":"cancelled"}}}`: {"1032", "cancelled"},
		`{"Result":{"ResultType":0,"ResultCode":"TP40153","ResultDesc":"no"}}`:  {"TP40153", "no"},
		`{"resultCode":"0","resultDesc":"done"}`:                                {"0", "done"},
		`{"responseHeader":{"responseCode":"1032","responseDescription":"no"}}`: {"1032", "no"},
		`{"ResultCode":0}`:               {"0", ""},
		`{"Result":{"ResultDesc":"no"}}`: {"", ""},
		`{"TransID":"UKU00V0QB7"}`:       {"", ""},
		`{"Result":{"ResultCode":0`:      {"", ""},
		`[{"ResultCode":0}]`:             {"", ""},
		``:                               {"", ""},
	} {
		if code, desc := FindResult([]byte(body)); code != want[0] || desc != want[1] {
			t.Errorf("%s: %q, %q", body, code, desc)
		}
	}
}
