package condition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
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

// parsePath reads Result.ResultParameters.ResultParameter[Key=Amount].Value. An index
// may be written Item[0] or Item.0, and a key with dots in it ["a.b"].
func parsePath(s string) ([]pathPart, error) {
	next := regexp.MustCompile(`^(?:\.([^.\[]+)|\.?\[([0-9]{1,9})\]|\.?\[("(?:[^"\\]|\\.)*")\]|\.?\[([^=\]]+)=([^\]]*)\])`)
	var parts []pathPart
	for rest := "." + s; rest != ""; {
		m := next.FindStringSubmatch(rest)
		if m == nil || len(s) > maxPath || len(parts) == maxParts {
			const example = `Result.ResultCode, Item[0], Item[Name=Amount].Value or ["a.b"]`
			return nil, fmt.Errorf("%s does not fit into one such as %s, of at most %d parts and %d letters", Quote(rest), example, maxParts, maxPath)
		}
		part := pathPart{key: m[1] + m[2], field: m[4], equals: m[5], selects: m[4] != ""}
		if m[3] != "" {
			if err := json.Unmarshal([]byte(m[3]), &part.key); err != nil {
				return nil, fmt.Errorf("%s is no text of JSON: %w", m[3], err)
			}
		}
		parts, rest = append(parts, part), rest[len(m[0]):]
	}
	return parts, nil
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
