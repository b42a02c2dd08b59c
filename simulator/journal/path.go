package journal

import (
	"encoding/json"
	"errors"
	"fmt"
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
func lookup(b []byte, path []step) []byte {
	b = b[skipSpace(b, 0):]
	for _, st := range path {
		if len(b) == 0 {
			return nil
		}
		switch {
		case b[0] == '{' && !st.selects:
			b = member(b, st.key)
		case b[0] == '[' && st.selects:
			b = element(b, func(_ int, e []byte) bool { return e[0] == '{' && isText(member(e, st.field), st.equals) })
		case b[0] == '[':
			index, err := strconv.Atoi(st.key)
			if err != nil {
				return nil
			}
			b = element(b, func(i int, _ []byte) bool { return i == index })
		default:
			return nil
		}
	}
	return b
}

// isText reports whether a literal has the text s: a string, or a number.
func isText(literal []byte, s string) bool {
	p := newPattern(s)
	p.any, p.glob = false, ""
	return p.holds(literalValue(literal))
}

// member is the value of a key in the object b, or nil.
func member(b []byte, key string) []byte {
	for i := skipSpace(b, 1); i < len(b) && b[i] == '"'; {
		end := stringEnd(b, i)
		from := valueStart(b, end)
		to := valueEnd(b, from)
		if isKey(b[i:end], key) {
			return trimmed(b[from:to])
		}
		if to == len(b) || b[to] != ',' {
			break
		}
		i = skipSpace(b, to+1)
	}
	return nil
}

// element is the first element of the array b that is the right one, or nil.
func element(b []byte, right func(i int, e []byte) bool) []byte {
	for i, at := 0, 1; at < len(b); i++ {
		from := skipSpace(b, at)
		to := valueEnd(b, from)
		if e := trimmed(b[from:to]); len(e) > 0 && right(i, e) {
			return e
		}
		if to == len(b) || b[to] != ',' {
			break
		}
		at = to + 1
	}
	return nil
}

// trimmed is a literal without the space after it.
func trimmed(b []byte) []byte {
	for len(b) > 0 && skipSpace(b, len(b)-1) == len(b) {
		b = b[:len(b)-1]
	}
	return b
}

// isKey compares a key as it is written in JSON.
func isKey(literal []byte, key string) bool {
	if len(literal) == len(key)+2 && string(literal[1:len(literal)-1]) == key {
		return true
	}
	if strings.IndexByte(string(literal), '\\') < 0 {
		return false
	}
	var s string
	return json.Unmarshal(literal, &s) == nil && s == key
}

// literalValue is what is written in JSON; nil is nothing.
func literalValue(literal []byte) value {
	if len(literal) == 0 || string(literal) == "null" {
		return value{}
	}
	if literal[0] != '"' {
		return value{text: literal, number: literal[0] == '-' || digit(literal[0]), there: true}
	}
	if len(literal) < 2 {
		return value{}
	}
	inside := literal[1 : len(literal)-1]
	if strings.IndexByte(string(inside), '\\') >= 0 {
		inside = []byte(text(literal))
	}
	return value{text: inside, there: true}
}
