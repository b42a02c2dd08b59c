package journal

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// maxDepth is how deep JSON may be nested to be shown as JSON.
const maxDepth = 200

// RedactBody returns a body as the journal shows it: JSON as it came, anything else as a JSON
// string, at most MaxBody of it, without secrets. It copies; raw may be used again.
func RedactBody(raw []byte) json.RawMessage {
	isJSON := len(raw) <= MaxBody && json.Valid(raw)
	raw = raw[:min(len(raw), MaxBody)]
	var text string
	if isJSON || bytes.IndexAny(bytes.TrimLeft(raw, " \t\r\n"), `{["`) == 0 {
		safe, depth := redactJSON(raw, isJSON)
		if isJSON && depth <= maxDepth {
			return bytes.ToValidUTF8(safe, []byte("\uFFFD"))
		}
		text = string(safe)
	} else {
		text = redactForm(string(raw))
	}
	return jsonString(text)
}

// jsonString is s in JSON.
func jsonString(s string) []byte {
	b, err := daraja.Marshal(s)
	if err != nil {
		return []byte(`""`) // a string always marshals
	}
	return b
}

// bodyText is a body as it came, from what Body made of it.
func bodyText(shown []byte) string {
	var s string
	if len(shown) > 0 && shown[0] == '"' && json.Unmarshal(shown, &s) == nil {
		return s
	}
	return string(shown)
}

// redactJSON takes the secrets out of JSON, which may be malformed or cut short unless
// it is valid, and leaves everything else as it is written. It reports how deep the JSON
// is nested.
func redactJSON(b []byte, valid bool) (safe []byte, depth int) {
	safe = make([]byte, 0, len(b)+len(redacted))
	level, copied := 0, 0 // b up to copied is in safe
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			level++
			depth = max(depth, level)
		case '}', ']':
			level--
		case '"':
			end := stringEnd(b, i)
			value := valueStart(b, end)
			switch {
			case value == 0:
				safe = append(append(safe, b[copied:i]...), redactString(b[i:end], valid)...)
				copied = end
			case secretKey(b[i:end]):
				safe = append(append(safe, b[copied:value]...), `"`+redacted+`"`...)
				end = valueEnd(b, value)
				copied = len(bytes.TrimRight(b[:end], " \t\r\n"))
			}
			i = end - 1
		}
	}
	return append(safe, b[copied:]...), depth
}

// redactString takes the secrets out of a string of JSON. In malformed JSON it may not
// have ended, and its escapes may not be meant.
func redactString(literal []byte, valid bool) []byte {
	if !bytes.ContainsAny(literal, `=@\`) {
		return literal // a URL with a secret has one of them
	}
	var s string
	if json.Unmarshal(literal, &s) == nil {
		if safe := RedactText(s); safe != s {
			return jsonString(safe)
		}
	}
	if valid {
		return literal
	}
	return []byte(RedactText(string(literal)))
}

// secretKey is secretName for a key as it is written in JSON.
func secretKey(literal []byte) bool {
	if bytes.IndexByte(literal, '\\') >= 0 {
		var key string
		if json.Unmarshal(literal, &key) == nil {
			return secretName(key)
		}
	}
	return secretName(string(bytes.Trim(literal, `"`)))
}

// stringEnd is the index after the string that begins at i, or the end.
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
	rest := bytes.TrimLeft(b[i:], " \t\r\n")
	if len(rest) == 0 || rest[0] != ':' {
		return 0
	}
	return len(b) - len(bytes.TrimLeft(rest[1:], " \t\r\n"))
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
		case '}', ']', ',':
			if depth == 0 {
				return i
			}
			if b[i] != ',' {
				depth--
			}
		}
	}
	return len(b)
}

// redactForm takes the secrets out of key=value&key=value, or of a text.
func redactForm(s string) string {
	pairs := strings.Split(s, "&")
	for i, pair := range pairs {
		if key, _, ok := strings.Cut(pair, "="); ok && secretQueryName(key) {
			pairs[i] = key + "=" + redacted
		} else {
			pairs[i] = RedactText(pair)
		}
	}
	return strings.Join(pairs, "&")
}

// headerValue is what is kept of a line of a header: of a secret, that it was there,
// and by which scheme.
func headerValue(name, value string) string {
	if !secretName(name) {
		return RedactText(value)
	}
	scheme, _, _ := strings.Cut(value, " ")
	switch {
	case strings.EqualFold(scheme, "basic"):
		return "Basic " + redacted
	case strings.EqualFold(scheme, "bearer"):
		return "Bearer " + redacted
	}
	return redacted
}

// secretName reports whether what goes by that name is a secret: a key of a body or of
// a query, or a header. It goes by how the name ends, in any case, so that
// initiatorPassword, X-Auth-Token and client_secret are found too.
func secretName(name string) bool {
	name = strings.ReplaceAll(name, "\u017f", "s") // readers of JSON take these two for s and k
	name = strings.ReplaceAll(name, "\u212a", "k")
	for _, end := range []string{
		"password", "passwd", "passkey", "token", "authorization", "secret", "apikey", "api_key", "api-key",
		"credential", "credentials", "cookie",
	} {
		if start := len(name) - len(end); start >= 0 && strings.EqualFold(name[start:], end) {
			return true
		}
	}
	return false
}

// What may be a secret in a text.
var (
	userInURL  = regexp.MustCompile(`://[^/?# \t\r\n"'<>\\]*@`)
	queryName  = regexp.MustCompile(`[^=?&;# \t\r\n"'<>(),]*=`)
	queryValue = regexp.MustCompile(`^[^&# \t\r\n"'<>]*`)
)

// RedactText takes the secrets out of a URL, or of a text with URLs in it: user and
// password before the host, and the values of secret names in a query or a form.
func RedactText(s string) string {
	if strings.Contains(s, "@") {
		s = userInURL.ReplaceAllLiteralString(s, "://"+redacted+"@")
	}
	if !strings.Contains(s, "=") {
		return s
	}
	var out strings.Builder
	copied := 0 // s up to copied is in out
	for _, name := range queryName.FindAllStringIndex(s, -1) {
		start, end := name[0], name[1]
		if start < copied || !secretQueryName(s[start:end-1]) {
			continue
		}
		out.WriteString(s[copied:end] + redacted)
		copied = end + len(queryValue.FindString(s[end:]))
	}
	return out.String() + s[copied:]
}

// secretQueryName is secretName for a name that may be escaped as in a query.
func secretQueryName(name string) bool {
	if strings.ContainsAny(name, "%+") {
		if clear, err := url.QueryUnescape(name); err == nil {
			name = clear
		}
	}
	return secretName(strings.TrimSpace(name))
}
