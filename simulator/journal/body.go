package journal

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
)

// Body makes what the journal keeps of a body: JSON as it came, anything else as a
// JSON string, at most MaxBody of it, without secrets. It copies; raw may be used
// again.
func Body(raw []byte) json.RawMessage {
	if len(raw) <= MaxBody {
		s := scanner{in: raw}
		if s.document() {
			return valid(s.safe())
		}
	}
	text, err := daraja.Marshal(lenient(raw[:min(len(raw), MaxBody)]))
	if err != nil {
		return json.RawMessage(`""`) // a string always marshals
	}
	return text
}

// valid is b with what is not UTF-8 replaced.
func valid(b []byte) json.RawMessage {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\uFFFD"))
}

// text is a body as it came, from what Body made of it.
func text(kept []byte) string {
	var s string
	if len(kept) > 0 && kept[0] == '"' && json.Unmarshal(kept, &s) == nil {
		return s
	}
	return string(kept)
}

// lenient takes the secrets out of what is not JSON: JSON that is malformed or cut
// short, a form, or a text.
func lenient(b []byte) string {
	if start := bytes.TrimLeft(b, " \t\r\n"); len(start) == 0 || !strings.ContainsRune(`{["`, rune(start[0])) {
		return form(string(b))
	}
	out := make([]byte, 0, len(b)+len(redacted))
	for i := 0; i < len(b); {
		if b[i] != '"' {
			out = append(out, b[i])
			i++
			continue
		}
		end := stringEnd(b, i)
		value := valueStart(b, end)
		switch {
		case value == 0:
			out = append(out, lenientString(b[i:end])...)
		case secretLiteral(b[i:end]):
			out = append(out, b[i:value]...)
			out = append(out, `"`+redacted+`"`...)
			end = valueEnd(b, value)
		default:
			out = append(out, b[i:end]...)
		}
		i = end
	}
	return string(out)
}

// form takes the secrets out of key=value&key=value, or of a text.
func form(s string) string {
	pairs := strings.Split(s, "&")
	for i, pair := range pairs {
		if key, _, ok := strings.Cut(pair, "="); ok && secretKey(key) {
			pairs[i] = key + "=" + redacted
		} else {
			pairs[i] = Text(pair)
		}
	}
	return strings.Join(pairs, "&")
}

// lenientString takes the secrets out of a string that may not have ended.
func lenientString(literal []byte) []byte {
	if safe := safeString(literal); safe != "" {
		return []byte(safe)
	}
	return []byte(Text(string(literal)))
}

// stringEnd is the index after the string literal that begins at i, or the end.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// valueStart is where the value of a key that ends at i begins, or 0 when what
// ends there is no key.
func valueStart(b []byte, i int) int {
	i = skipSpace(b, i)
	if i == len(b) || b[i] != ':' {
		return 0
	}
	return skipSpace(b, i+1)
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// valueEnd is the index after the value that begins at i: up to the comma or
// bracket that follows it, whatever is nested in it.
func valueEnd(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = stringEnd(b, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}
