package gateway

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
)

// ReplyBytes is how much a Sender keeps of what a partner answered. More than is
// recorded, so that a phone number is seen whole before it is cut.
const ReplyBytes = 512

// maxReply is how many bytes of an answer are recorded.
const maxReply = 256

// replyText is what is recorded of an answer: the first bytes of it, printable, valid
// UTF-8, phone numbers masked.
func replyText(raw []byte) string {
	cut := len(raw) >= ReplyBytes
	if cut {
		raw = raw[:ReplyBytes]
	}
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(raw), " "))
	text = daraja.MaskPhones(text)
	if cut { // a number may have lost its end, and with it its likeness to one
		text = strings.TrimRight(text, "0123456789 -")
	}
	return strings.TrimSpace(cutText(text, maxReply))
}

// cutText returns the first n bytes of s, or less, so that it ends with a whole
// character.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
