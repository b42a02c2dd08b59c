package daraja

import (
	"bytes"
	"encoding/json"
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
