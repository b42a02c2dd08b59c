package gateway

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkVisible refuses a callback URL with characters that cannot be seen, such as
// control characters and marks that turn the direction of text, also in percent-encoding. They would reach logs, terminals and the partner's own
// server. The other fields of an order have lists of what they may hold.
func checkVisible(callbackURL string) error {
	if strings.ContainsFunc(callbackURL, invisible) {
		return Invalidf("callback_url has a control or invisible character")
	}
	if strings.ContainsFunc(percentDecoded(callbackURL), invisible) {
		return Invalidf("callback_url has a control or invisible character in percent-encoding, or bytes in percent-encoding that are not UTF-8")
	}
	return nil
}

// invisible includes the character that stands for what is not UTF-8.
func invisible(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }

// percentDecoded decodes %XX wherever it stands, and leaves every other % alone.
func percentDecoded(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
