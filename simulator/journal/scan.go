package journal

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
)

// maxDepth is how deep JSON may be nested to be kept as JSON.
const maxDepth = 200

// scanner reads JSON once: whether it is, as strictly as json.Valid, and copies it
// without the secrets in it.
type scanner struct {
	in    []byte
	at    int
	depth int
	out   []byte // in up to done, without the secrets; nil as long as there is none
	done  int
}

// document reports whether all of in is one JSON value.
func (s *scanner) document() bool {
	s.space()
	if !s.value() {
		return false
	}
	s.space()
	return s.at == len(s.in)
}

// safe is a copy of in without the secrets.
func (s *scanner) safe() []byte {
	if s.out == nil {
		return bytes.Clone(s.in)
	}
	return append(s.out, s.in[s.done:]...)
}

// replace puts something else in the place of what begins at from and has just been
// read.
func (s *scanner) replace(from int, instead string) {
	if s.out == nil {
		s.out = make([]byte, 0, len(s.in)+len(instead))
	}
	s.out = append(append(s.out, s.in[s.done:from]...), instead...)
	s.done = s.at
}

func (s *scanner) space() { s.at = skipSpace(s.in, s.at) }

// next takes c, if it comes next.
func (s *scanner) next(c byte) bool {
	if s.at < len(s.in) && s.in[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) value() bool {
	if s.at == len(s.in) {
		return false
	}
	switch s.in[s.at] {
	case '{':
		return s.object()
	case '[':
		return s.array()
	case '"':
		return s.stringValue()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

// open begins an object or array, if it may be nested so deep. It has ended already
// when it is empty.
func (s *scanner) open(end byte) (ended, ok bool) {
	s.at++
	s.space()
	s.depth++
	if s.next(end) {
		s.depth--
		return true, true
	}
	return false, s.depth <= maxDepth
}

// more reads what comes after a part: a comma, or the end.
func (s *scanner) more(end byte) (ended, ok bool) {
	s.space()
	if s.next(end) {
		s.depth--
		return true, true
	}
	ok = s.next(',')
	s.space()
	return false, ok
}

func (s *scanner) object() bool {
	ended, ok := s.open('}')
	for ok && !ended {
		if !s.member() {
			return false
		}
		ended, ok = s.more('}')
	}
	return ok
}

func (s *scanner) array() bool {
	ended, ok := s.open(']')
	for ok && !ended {
		if !s.value() {
			return false
		}
		ended, ok = s.more(']')
	}
	return ok
}

// member reads "key": value.
func (s *scanner) member() bool {
	start := s.at
	if _, ok := s.string(); !ok {
		return false
	}
	key := s.in[start:s.at]
	if s.space(); !s.next(':') {
		return false
	}
	s.space()
	from, out, done := s.at, len(s.out), s.done
	if !s.value() {
		return false
	}
	if secretLiteral(key) {
		s.out, s.done = s.out[:out], done // whatever was replaced in it
		s.replace(from, `"`+redacted+`"`)
	}
	return true
}

// stringValue reads a string that may have a URL with secrets in it.
func (s *scanner) stringValue() bool {
	start := s.at
	suspect, ok := s.string()
	if ok && suspect {
		if safe := safeString(s.in[start:s.at]); safe != "" {
			s.replace(start, safe)
		}
	}
	return ok
}

// string reads a string. It is suspect when there is something in it that a secret
// in a URL needs.
func (s *scanner) string() (suspect, ok bool) {
	if !s.next('"') {
		return false, false
	}
	special := [2]uint64{1<<' ' - 1 | 1<<'"' | 1<<'=', 1<<('@'-64) | 1<<('\\'-64)} // a bit for each letter below
	for at, in := s.at, s.in; at < len(in); at++ {
		c := in[at]
		if c >= utf8.RuneSelf || special[c>>6]>>(c&63)&1 == 0 {
			continue
		}
		s.at = at + 1
		switch c {
		case '"':
			return suspect, true
		case '\\':
			if !s.escape() {
				return false, false
			}
			at = s.at - 1
		case '=', '@':
		default: // a control character
			return false, false
		}
		suspect = true
	}
	return false, false
}

// escape reads what comes after a backslash.
func (s *scanner) escape() bool {
	if s.at == len(s.in) {
		return false
	}
	c := s.in[s.at]
	s.at++
	if c != 'u' {
		return strings.IndexByte(`"\/bfnrt`, c) >= 0
	}
	for range 4 {
		if s.at == len(s.in) || !hex(s.in[s.at]) {
			return false
		}
		s.at++
	}
	return true
}

func hex(c byte) bool { return digit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func digit(c byte) bool { return '0' <= c && c <= '9' }

func (s *scanner) word(w string) bool {
	if len(s.in)-s.at < len(w) || string(s.in[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

func (s *scanner) digits() bool {
	from := s.at
	for s.at < len(s.in) && digit(s.in[s.at]) {
		s.at++
	}
	return s.at > from
}

func (s *scanner) number() bool {
	s.next('-')
	if !s.next('0') && !s.digits() {
		return false
	}
	if s.next('.') && !s.digits() {
		return false
	}
	if s.next('e') || s.next('E') {
		if !s.next('+') {
			s.next('-')
		}
		return s.digits()
	}
	return true
}

// secretLiteral is secretName for a key as it is written in JSON.
func secretLiteral(literal []byte) bool {
	if len(literal) < 2 {
		return false
	}
	name := literal[1 : len(literal)-1]
	if bytes.IndexByte(name, '\\') < 0 && ascii(name) {
		return secretName(name)
	}
	var key string
	if json.Unmarshal(bytes.Clone(literal), &key) != nil {
		key = string(name)
	}
	return secretName(plain(key))
}

func ascii[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// safeString is a string literal without the secrets in it, or "" when it has none.
func safeString(literal []byte) string {
	var s string
	if json.Unmarshal(bytes.Clone(literal), &s) != nil {
		return ""
	}
	safe := Text(s)
	if safe == s {
		return ""
	}
	out, err := daraja.Marshal(safe)
	if err != nil {
		return "" // a string always marshals
	}
	return string(out)
}
