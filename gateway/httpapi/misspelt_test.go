package httpapi

import "testing"

// A field that is missing because its name was written otherwise is named.
func TestMisspeltField(t *testing.T) {
	for body, want := range map[string]string{
		`{"phone":"254708374149","amount":1,"callbackurl":"http://a.example"}`:          "unknown field callbackurl; did you mean callback_url?",
		`{"phone":"254708374149","amount":1,"callbackURL":"http://a.example"}`:          "unknown field callbackURL; did you mean callback_url?",
		`{"phone":"254708374149","amount":1,"other":2}`:                                 "",
		`{"phone":"254708374149","amount":1,"callback_url":"http://a","callbackurl":1}`: "",
	} {
		got := ""
		if _, err := decodeOrder([]byte(body)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
