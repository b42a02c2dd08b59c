package condition

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// pathPart is a part of a path into JSON: a key, which in an array is an index, or the
// element of an array in which a field has a value.
type pathPart struct {
	key           string
	field, equals string // Item[Name=Amount]
	selects       bool
}

// Limits of a path.
const (
	maxPath  = 512 // letters
	maxParts = 32
)

// parsePath reads Body.stkCallback.CallbackMetadata.Item[Name=Amount].Value. An index
// may be written Item[0] or Item.0, and a key with dots in it ["a.b"].
func parsePath(s string) ([]pathPart, error) {
	if len(s) > maxPath {
		return nil, fmt.Errorf("the path is longer than %d letters", maxPath)
	}
	var parts []pathPart
	for rest := s; ; {
		if len(parts) == maxParts {
			return nil, fmt.Errorf("the path has more than %d parts", maxParts)
		}
		if strings.HasPrefix(rest, "[") {
			part, after, err := parseBracket(rest)
			if err != nil {
				return nil, err
			}
			parts, rest = append(parts, part), after
		} else {
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, errors.New("there is a key missing: a path looks like Body.stkCallback.ResultCode")
			}
			parts, rest = append(parts, pathPart{key: rest[:end]}), rest[end:]
		}
		switch {
		case rest == "":
			return parts, nil
		case rest[0] == '.':
			rest = rest[1:]
		case rest[0] != '[':
			return nil, errors.New("there is a dot missing after ]")
		}
	}
}

// parseBracket reads [0], [Name=Amount] or ["a.b"].
func parseBracket(s string) (part pathPart, rest string, err error) {
	if strings.HasPrefix(s, `["`) {
		dec := json.NewDecoder(strings.NewReader(s[1:]))
		if dec.Decode(&part.key) != nil || !strings.HasPrefix(s[1+dec.InputOffset():], "]") {
			return part, "", errors.New(`["…"] does not end with "]`)
		}
		return part, s[2+dec.InputOffset():], nil
	}
	inside, rest, ok := strings.Cut(s[1:], "]")
	if !ok {
		return part, "", errors.New("a [ has no ]")
	}
	if part.field, part.equals, part.selects = strings.Cut(inside, "="); part.selects {
		if part.field == "" {
			return part, "", errors.New("[ ] says which element by a field and its value, as in Item[Name=Amount]")
		}
		return part, rest, nil
	}
	if _, err := strconv.ParseUint(inside, 10, 31); err != nil {
		return part, "", fmt.Errorf("[%s] is neither an index such as [0] nor a field and its value such as [Name=Amount]", inside)
	}
	return pathPart{key: inside}, rest, nil
}

// lookup finds what is at the path in JSON, or nil.
func lookup(raw json.RawMessage, path []pathPart) json.RawMessage {
	for _, part := range path {
		raw = part.in(raw)
	}
	return raw
}

// in is what the part leads to in an object or array, or nil.
func (part pathPart) in(raw json.RawMessage) json.RawMessage {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 {
		return nil
	}
	if raw[0] == '{' && !part.selects {
		return member(raw, part.key)
	}
	var elements []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
		return nil
	}
	right := func(e json.RawMessage) bool { return e[0] == '{' && isText(member(e, part.field), part.equals) }
	i := slices.IndexFunc(elements, right)
	if !part.selects {
		var err error
		if i, err = strconv.Atoi(part.key); err != nil {
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
	p, v := Pattern{shown: s, text: s, number: decimal(s)}, jsonValue(raw)
	return p.holds(&v)
}
