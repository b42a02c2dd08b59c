// Package strict reads what callers send so that it has one meaning: nothing is said
// twice, and nothing is replaced silently.
package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
)

// ErrNotJSON and ErrNotObject are what is wrong with a body as a whole.
var (
	ErrNotJSON   = errors.New("the body is not JSON")
	ErrNotObject = errors.New("the body must be a JSON object")
)

// Member is one member of a JSON object.
type Member struct {
	Key   string // as it was sent, without escapes
	Value json.RawMessage
}

// Object reads the members of a JSON object by their keys, in the form of
// daraja.FoldKey. It refuses a body that is not UTF-8, is not an object, or has a key
// twice, in any case and however it is escaped, since encoding/json would take the last.
// Objects inside it are not looked at: no field of an order or of the administration is
// one. Callbacks have them, and daraja.ReadSTKCallback looks at all.
func Object(body []byte) (map[string]Member, error) {
	switch {
	case !utf8.Valid(body), !json.Valid(body):
		return nil, ErrNotJSON
	case bytes.TrimLeft(body, " \t\r\n")[0] != '{':
		return nil, fmt.Errorf("%w, not %s", ErrNotObject, Kind(body))
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	_, _ = dec.Token() // the brace; the body was found valid
	members := make(map[string]Member)
	for dec.More() {
		key, _ := dec.Token()
		name, _ := key.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("reading %.40q: %w", name, err)
		}
		folded := daraja.FoldKey(name)
		if _, twice := members[folded]; twice {
			return nil, fmt.Errorf("the body has the key %.40q twice", name)
		}
		members[folded] = Member{name, value}
	}
	return members, nil
}

// Kind says in words what a JSON value is: a string, a number, a list, an object, true,
// false or null.
func Kind(value []byte) string {
	value = bytes.TrimSpace(value)
	if len(value) == 0 {
		return "nothing"
	}
	switch value[0] {
	case '"':
		return "a string"
	case '[':
		return "a list"
	case '{':
		return "an object"
	case 't', 'f', 'n':
		return string(value)
	default:
		return "a number"
	}
}

// Header returns the value of a header, "" when it was not sent. It refuses one that is
// sent twice, or empty.
func Header(h http.Header, name string) (string, error) {
	values := h.Values(name)
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", fmt.Errorf("%s must be sent once", name)
	case strings.TrimSpace(values[0]) == "":
		return "", fmt.Errorf("%s is empty; give it a value, or leave the header out", name)
	}
	return values[0], nil
}

// Query returns the parameters of a request. It refuses a query that cannot be read,
// and a parameter that is given twice.
func Query(r *http.Request) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errors.New("the query of the URL cannot be read")
	}
	for name, values := range q {
		if len(values) > 1 {
			return nil, fmt.Errorf("the parameter %.40q is given twice", name)
		}
	}
	return q, nil
}
