package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// step is a part of a path into JSON: a key, which in an array is an index, or the
// element of an array in which a field has a value.
type step struct {
	key           string
	field, equals string // Item[Name=Amount]
	selects       bool
}

// Limits of a path.
const (
	maxPath  = 512 // letters
	maxSteps = 32
)

// parsePath reads Body.stkCallback.CallbackMetadata.Item[Name=Amount].Value. An index
// may be written Item[0] or Item.0, and a key with dots in it ["a.b"].
func parsePath(s string) ([]step, error) {
	if len(s) > maxPath {
		return nil, fmt.Errorf("the path is longer than %d letters", maxPath)
	}
	var steps []step
	for rest := s; ; {
		if len(steps) == maxSteps {
			return nil, fmt.Errorf("the path has more than %d steps", maxSteps)
		}
		if strings.HasPrefix(rest, "[") {
			st, after, err := parseBracket(rest)
			if err != nil {
				return nil, err
			}
			steps, rest = append(steps, st), after
		} else {
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, errors.New("there is a key missing: a path looks like Body.stkCallback.ResultCode")
			}
			steps, rest = append(steps, step{key: rest[:end]}), rest[end:]
		}
		switch {
		case rest == "":
			return steps, nil
		case rest[0] == '.':
			rest = rest[1:]
		case rest[0] != '[':
			return nil, errors.New("there is a dot missing after ]")
		}
	}
}

// parseBracket reads [0], [Name=Amount] or ["a.b"].
func parseBracket(s string) (st step, rest string, err error) {
	if strings.HasPrefix(s, `["`) {
		end := stringEnd([]byte(s), 1)
		if json.Unmarshal([]byte(s[1:end]), &st.key) != nil || !strings.HasPrefix(s[end:], "]") {
			return st, "", errors.New(`["…"] does not end with "]`)
		}
		return st, s[end+1:], nil
	}
	inside, rest, ok := strings.Cut(s[1:], "]")
	if !ok {
		return st, "", errors.New("a [ has no ]")
	}
	if st.field, st.equals, st.selects = strings.Cut(inside, "="); st.selects {
		if st.field == "" {
			return st, "", errors.New("[ ] says which element by a field and its value, as in Item[Name=Amount]")
		}
		return st, rest, nil
	}
	if _, err := strconv.ParseUint(inside, 10, 31); err != nil {
		return st, "", fmt.Errorf("[%s] is neither an index such as [0] nor a field and its value such as [Name=Amount]", inside)
	}
	return step{key: inside}, rest, nil
}

// lookup finds what is at the path in JSON, or nil.
func lookup(raw json.RawMessage, path []step) json.RawMessage {
	for _, st := range path {
		raw = st.in(raw)
	}
	return raw
}

// in is what the step leads to in an object or array, or nil.
func (st step) in(raw json.RawMessage) json.RawMessage {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 {
		return nil
	}
	if raw[0] == '{' && !st.selects {
		return member(raw, st.key)
	}
	var elements []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
		return nil
	}
	right := func(e json.RawMessage) bool { return e[0] == '{' && isText(member(e, st.field), st.equals) }
	i := slices.IndexFunc(elements, right)
	if !st.selects {
		var err error
		if i, err = strconv.Atoi(st.key); err != nil {
			return nil
		}
	}
	if i < 0 || i >= len(elements) {
		return nil
	}
	return elements[i]
}

// member is the value of a key in an object, or nil.
func member(object json.RawMessage, key string) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return nil
	}
	return members[key]
}

// isText reports whether a value of JSON has the text s: a string, or a number.
func isText(raw json.RawMessage, s string) bool {
	p := newPattern(s)
	p.any, p.glob = false, ""
	return p.holds(jsonValue(raw))
}
