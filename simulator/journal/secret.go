package journal

import (
	"net/url"
	"strings"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// secretName reports whether what goes by that name is never kept: a key of a body
// or of a query, or a header. It goes by how the name ends, in any case, so that
// initiatorPassword, X-Auth-Token and client_secret are found too.
func secretName[T string | []byte](name T) bool {
	if len(name) == 0 {
		return false
	}
	switch name[len(name)-1] | 0x20 { // most names end otherwise
	case 'd':
		return endsIn(name, "password") || endsIn(name, "passwd")
	case 'n':
		return endsIn(name, "token") || endsIn(name, "authorization")
	case 't':
		return endsIn(name, "secret")
	case 'y':
		return endsIn(name, "passkey") || endsIn(name, "apikey") || endsIn(name, "api_key") || endsIn(name, "api-key")
	case 'l':
		return endsIn(name, "credential")
	case 'e':
		return endsIn(name, "cookie")
	case 's':
		return endsIn(name, "credentials")
	}
	return false
}

// endsIn compares without regard to case; end is in small letters.
func endsIn[T string | []byte](name T, end string) bool {
	if len(name) < len(end) {
		return false
	}
	tail := name[len(name)-len(end):]
	for i := range len(end) {
		if c := tail[i]; c != end[i] && (c|0x20 != end[i] || c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// plain undoes the two letters outside of ASCII that case folding takes for s and k,
// as readers of JSON do when they look for a field.
func plain(name string) string {
	if ascii(name) {
		return name
	}
	return strings.NewReplacer("\u017f", "s", "\u212a", "k").Replace(name)
}

// Text takes the secrets out of a URL, or of a text with URLs in it: user and
// password before the host, and the values of secret names in a query or a form.
func Text(s string) string {
	if strings.IndexByte(s, '@') >= 0 {
		s = withoutUser(s)
	}
	if strings.IndexByte(s, '=') < 0 {
		return s
	}
	var out strings.Builder
	kept := 0 // how much of s is in out
	for i := 0; i < len(s); {
		equals := strings.IndexByte(s[i:], '=')
		if equals < 0 {
			break
		}
		equals += i
		i = equals + 1
		if !secretKey(s[nameStart(s, kept, equals):equals]) {
			continue
		}
		end := i + valueLength(s[i:])
		out.WriteString(s[kept:i])
		out.WriteString(redacted)
		kept, i = end, end
	}
	if kept == 0 {
		return s
	}
	out.WriteString(s[kept:])
	return out.String()
}

// nameStart is where the name that ends at end begins, not before from.
func nameStart(s string, from, end int) int {
	return from + 1 + strings.LastIndexAny(s[from:end], "?&;# \t\r\n\"'<>(),")
}

// valueLength is how far a value in a query goes.
func valueLength(s string) int {
	if n := strings.IndexAny(s, "&# \t\r\n\"'<>"); n >= 0 {
		return n
	}
	return len(s)
}

// secretKey is secretName for a name that may be escaped as in a query.
func secretKey(name string) bool {
	if strings.ContainsAny(name, "%+") {
		if clear, err := url.QueryUnescape(name); err == nil {
			name = clear
		}
	}
	return secretName(plain(strings.TrimSpace(name)))
}

// withoutUser takes user:password@ out of the URLs in s.
func withoutUser(s string) string {
	for from := 0; ; {
		i := strings.Index(s[from:], "://")
		if i < 0 {
			return s
		}
		from += i + len("://")
		host := s[from:]
		if end := strings.IndexAny(host, "/?# \t\r\n\"'<>\\"); end >= 0 {
			host = host[:end]
		}
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			s = s[:from] + redacted + s[from+at:]
			from += len(redacted)
		}
	}
}
