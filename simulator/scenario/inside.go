package scenario

import "strings"

// inside is the place of one character of a scalar, counted from 0 in its text, in
// the source that it was read from.
func (n *node) inside(source string, offset int) place {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(source), "\n")
	c := cursor{lines: lines, place: n.at, open: n.open}
	switch n.open {
	case '|':
		c.indent = -1
		c.nextLine()
	case '"', '\'':
		c.col++
	}
	for range offset {
		if !c.step() {
			return n.at
		}
	}
	return c.place
}

// cursor walks over the source of a scalar, one character of its text at a time.
type cursor struct {
	lines []string
	place
	open   rune
	indent int // of a block of text; -1 until its first line is met, 0 for any other text
}

// rest is what follows on the line.
func (c *cursor) rest() []rune {
	if c.line > len(c.lines) {
		return nil
	}
	line := []rune(c.lines[c.line-1])
	return line[min(c.col-1, len(line)):]
}

// nextLine goes to where the text of the next line begins. A block of text keeps what
// a line is indented beyond the first.
func (c *cursor) nextLine() {
	c.line, c.col = c.line+1, 1
	rest := c.rest()
	spaces := 0
	for spaces < len(rest) && (rest[spaces] == ' ' || rest[spaces] == '\t') {
		spaces++
	}
	if c.indent < 0 && spaces < len(rest) {
		c.indent = spaces
	}
	if c.indent > 0 {
		spaces = min(spaces, c.indent)
	}
	c.col += spaces
}

// step goes over one character; a line break in the source is one in the text too, or
// a space. It returns false behind the end of the source.
func (c *cursor) step() bool {
	rest := c.rest()
	switch {
	case len(rest) == 0:
		c.nextLine()
		return c.line <= len(c.lines)
	case c.open == '\'' && rest[0] == '\'':
		c.col += 2
	case c.open == '"' && rest[0] == '\\' && len(rest) > 1:
		c.col += map[rune]int{'x': 4, 'u': 6, 'U': 10}[rest[1]]
		if !strings.ContainsRune("xuU", rest[1]) {
			c.col += 2
		}
	default:
		c.col++
	}
	return true
}
