package journal

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// secretKeys are the names whose values are never kept, in any case.
func secretKeys() []string {
	return []string{"password", "access_token", "securitycredential", "initiatorpassword", "consumer_secret", "authorization"}
}

// Body makes what the journal keeps of a body: JSON as it came, anything else as a
// JSON string, at most MaxBody of it, without secrets.
func Body(raw []byte) json.RawMessage {
	cut := raw[:min(len(raw), MaxBody)]
	safe := redact(cut)
	if len(cut) == len(raw) && json.Valid(safe) {
		return bytes.ToValidUTF8(safe, []byte("\uFFFD"))
	}
	text, err := daraja.Marshal(string(safe))
	if err != nil {
		return json.RawMessage(`""`) // a string always marshals
	}
	return text
}

// redact replaces the values of secretKeys, in JSON that may be malformed or cut
// short, and in forms. It reads the body once.
func redact(b []byte) []byte {
	if start := bytes.TrimLeft(b, " \t\r\n"); len(start) == 0 || !strings.ContainsRune(`{["`, rune(start[0])) {
		return redactForm(b)
	}
	secrets := secretKeys()
	out := make([]byte, 0, len(b)+len(redacted))
	for i := 0; i < len(b); {
		if b[i] != '"' {
			out = append(out, b[i])
			i++
			continue
		}
		end := stringEnd(b, i)
		out = append(out, b[i:end]...)
		value := valueStart(b, end)
		if value > 0 && isSecret(b[i:end], secrets) {
			out = append(out, b[end:value]...)
			out = append(out, `"`+redacted+`"`...)
			end = valueEnd(b, value)
		}
		i = end
	}
	return out
}

// redactForm does the same for key=value&key=value.
func redactForm(b []byte) []byte {
	secrets := secretKeys()
	pairs := strings.Split(string(b), "&")
	for i, pair := range pairs {
		key, _, ok := strings.Cut(pair, "=")
		if ok && named(strings.TrimSpace(key), secrets) {
			pairs[i] = key + "=" + redacted
		}
	}
	return []byte(strings.Join(pairs, "&"))
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
	for i < len(b) && strings.IndexByte(" \t\r\n", b[i]) >= 0 {
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

// isSecret looks at a key as it is written, escapes included.
func isSecret(literal []byte, secrets []string) bool {
	var key string
	if json.Unmarshal(literal, &key) != nil {
		return false
	}
	return named(key, secrets)
}

func named(key string, secrets []string) bool {
	return slices.ContainsFunc(secrets, func(s string) bool { return strings.EqualFold(s, key) })
}
