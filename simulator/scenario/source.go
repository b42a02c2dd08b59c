package scenario

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of a scenario file. Those on lines, tokens and depth keep the YAML library's time
// at a few seconds whatever it reads: it is quadratic in the blank lines of a block of text,
// in the keys of one mapping and in depth.
const (
	MaxSource = 256 << 10 // bytes of a file

	maxLines  = 12_000
	maxBlank  = 100 // blank lines in a row
	maxTokens = 150_000
	maxDepth  = 16 // of brackets, and of dashes on one line
)

// checkSource refuses a file that is too large for a scenario, or that is not text.
func checkSource(src []byte) *Error {
	if len(src) > MaxSource {
		return errorAt(position{1, 1}, problem{What: fmt.Sprintf("the file has %d bytes", len(src)), Expected: fmt.Sprintf("at most %d", MaxSource)})
	}
	blank := 0
	for i, line := range strings.Split(unixLines(string(src)), "\n") {
		if blank++; strings.Trim(line, " \t") != "" {
			blank = 0
		}
		switch start := (position{i + 1, 1}); {
		case i == maxLines:
			return errorAt(start, problem{What: fmt.Sprintf("the file has more than %d lines", maxLines),
				Expected: "fewer, for example with customers written {…} on a line each"})
		case blank > maxBlank:
			return errorAt(start, problem{What: fmt.Sprintf("there are more than %d blank lines in a row", maxBlank), Expected: "fewer"})
		}
		if e := checkLine(line, i+1); e != nil {
			return e
		}
	}
	return nil
}

// checkLine refuses what is not text in a line.
func checkLine(line string, number int) *Error {
	for i, r := range line {
		var p problem
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(line[i:], string(utf8.RuneError)):
			p = problem{What: "this is not UTF-8 text", Expected: "a file saved as UTF-8"}
		case r < ' ' && r != '\t' || r == 0x7f:
			p = problem{What: fmt.Sprintf("there is a control character (%U) here", r), Expected: "plain text"}
		default:
			continue
		}
		return errorAt(position{number, utf8.RuneCountInString(line[:i]) + 1}, p)
	}
	return nil
}

// unixLines ends each line with a single \n.
func unixLines(s string) string { return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s) }
