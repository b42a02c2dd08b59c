package daraja

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Public credentials of Safaricom's sandbox, the same for every developer.
const (
	SandboxShortcode = "174379"
	SandboxPasskey   = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
)

// Password is the Password field of an STK request: base64 of shortcode,
// passkey and timestamp, one after the other.
func Password(shortcode, passkey, timestamp string) string {
	return base64.StdEncoding.EncodeToString([]byte(shortcode + passkey + timestamp))
}

// ExplainPassword explains how password differs from the one that shortcode, passkey
// and timestamp give. It returns "" when it does not differ.
// Of a passkey it shows the last four characters only.
func ExplainPassword(password, shortcode, passkey, timestamp string) string {
	if password == Password(shortcode, passkey, timestamp) {
		return ""
	}
	raw, err := base64.StdEncoding.DecodeString(password)
	if err != nil {
		return "Password is not base64; it must be base64(shortcode + passkey + timestamp)"
	}
	plain := string(raw)
	if len(plain) < len(timestampLayout)+1 {
		return "Password decodes to something shorter than shortcode + passkey + timestamp"
	}
	rest, stamp := plain[:len(plain)-len(timestampLayout)], plain[len(plain)-len(timestampLayout):]
	code := rest[:min(len(shortcode), len(rest))]
	key := strings.TrimPrefix(rest, code)
	return fmt.Sprintf("Password decodes to shortcode %s, passkey %s, timestamp %s, but the request says BusinessShortCode %s, Timestamp %s and its passkey is %s",
		printable(code), tail(key), printable(stamp), shortcode, timestamp, tail(passkey))
}

// tail shows the end of a secret, enough to tell two of them apart.
func tail(secret string) string {
	if len(secret) < 12 {
		return fmt.Sprintf("of %d characters", len(secret))
	}
	return "ending …" + printable(secret[len(secret)-4:])
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
