package daraja

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Text is a field that Daraja takes as a JSON string or number and treats as the
// text of it: "150" and 150 are the same. null and a missing field are "". What
// is neither (true, [], {}) is kept as its JSON, so that validation refuses the
// field by name as Daraja does.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	switch {
	case bytes.Equal(b, []byte("null")):
		*t = ""
	case isPlain(b):
		*t = Text(b[1 : len(b)-1])
	case len(b) > 0 && b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = Text(s)
	default:
		*t = Text(b)
	}
	return nil
}

// isPlain reports whether b is a JSON string that says what is written in it, as
// nearly all do: nothing is escaped. A decoder costs ten times as much.
func isPlain(b []byte) bool {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return false
	}
	for _, c := range b[1 : len(b)-1] {
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
