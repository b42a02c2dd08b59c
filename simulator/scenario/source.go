package scenario

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Limits of a scenario file. The ones on lines and tokens keep the YAML reader's
// time under a second whatever it is fed: it is quadratic in blank lines of block
// text, in keys of one mapping and in keys without a value.
const (
	MaxSource = 256 << 10 // bytes of a file

	maxLines     = 12_000
	maxBlank     = 100 // blank lines in a row
	maxTokens    = 150_000
	maxValueless = 500 // keys with nothing after the colon
	maxDepth     = 16  // of brackets, and of dashes on one line
)

// checkSource refuses what no scenario is: too much of it, or not text. It returns
// the place and the problem, or nil.
func checkSource(src []byte) (place, *problem) {
	if len(src) > MaxSource {
		return place{1, 1}, &problem{what: fmt.Sprintf("the file has %d bytes", len(src)), expected: fmt.Sprintf("at most %d", MaxSource)}
	}
	line, col, blank := 1, 1, 0
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		at := place{line, col}
		switch {
		case r == utf8.RuneError && size == 1:
			return at, &problem{what: "this is not UTF-8 text", expected: "a file saved as UTF-8"}
		case r == '\n' || r == '\r':
			if r == '\r' && bytes.HasPrefix(src[i+1:], []byte("\n")) {
				size = 2
			}
			line, col = line+1, 0
			blank++
		case r == ' ' || r == '\t':
		case r < ' ' || r == 0x7f:
			return at, &problem{what: fmt.Sprintf("there is a control character (%U) here", r), expected: "plain text"}
		default:
			blank = 0
		}
		if line > maxLines {
			return place{line, 1}, &problem{what: fmt.Sprintf("the file has more than %d lines", maxLines), expected: "fewer, for example with customers written {…} on a line each"}
		}
		if blank > maxBlank {
			return place{line, 1}, &problem{what: fmt.Sprintf("there are more than %d blank lines in a row", maxBlank), expected: "fewer"}
		}
		i, col = i+size, col+1
	}
	return place{}, nil
}
