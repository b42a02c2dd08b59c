package journal

import (
	"bytes"
	"strconv"
	"strings"
)

// folded finds s in any case; without letters beyond ASCII it makes no copies.
type folded struct {
	lower string
	ascii bool
}

func newFolded(s string) folded {
	return folded{lower: strings.ToLower(s), ascii: ascii(s)}
}

func (f folded) in(b []byte) bool {
	if !f.ascii {
		return bytes.Contains(bytes.ToLower(b), []byte(f.lower))
	}
	first := f.lower[0]
	for i := 0; i+len(f.lower) <= len(b); i++ {
		if c := b[i]; (c == first || c|0x20 == first) && startsWith(b[i:], f.lower) {
			return true
		}
	}
	return false
}

// startsWith compares without regard to case; lower is in small letters.
func startsWith(b []byte, lower string) bool {
	for i := range len(lower) {
		if c := b[i]; c != lower[i] && (c < 'A' || c > 'Z' || c|0x20 != lower[i]) {
			return false
		}
	}
	return true
}

// mentions reports whether the text is anywhere in v.
func (v *view) mentions(f folded) bool {
	found := false
	look := func(s []byte) { found = found || f.in(s) }
	for _, s := range v.texts {
		look(s)
	}
	v.faults.list(look)
	v.header.lines(func(name, line []byte) { look(name); look(line) })
	look(v.request)
	look(v.response)
	var room [20]byte
	look(strconv.AppendInt(room[:0], int64(v.status), 10))
	return found
}
