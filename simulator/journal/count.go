package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/simulator/condition"
)

// Unlimited is the Max of a count without an upper bound.
const Unlimited = -1

// maxCount bounds what can be asked for.
const maxCount = 1_000_000

// Count is how many records there must be, from Min to Max. The zero value is none at
// all; AtLeast(1) is what is meant where nothing is said. In JSON it is a number, or
// {"exactly": 1}, or {"at_least": 1, "at_most": 3} of which either may be left out.
type Count struct {
	Min int
	Max int // Unlimited is no upper bound
}

// Exactly is a count of n.
func Exactly(n int) Count { return Count{n, n} }

// AtLeast is a count of n or more.
func AtLeast(n int) Count { return Count{n, Unlimited} }

// ParseCount reads a count; nothing, or null, is AtLeast(1).
func ParseCount(b []byte) (Count, error) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || string(b) == "null" {
		return AtLeast(1), nil
	}
	if len(b) > maxPattern {
		return Count{}, fmt.Errorf("the count is longer than %d bytes", maxPattern)
	}
	if b[0] != '{' {
		n, err := countNumber("count", b)
		return Exactly(n), err
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(b, &given); err != nil {
		return Count{}, notAnObject("count", `1 or {"at_least":1}`, err)
	}
	c := Count{Min: 0, Max: Unlimited}
	names := []string{"exactly", "at_least", "at_most"}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		n, err := countNumber(name, given[name])
		switch {
		case !slices.Contains(names, name):
			return Count{}, fmt.Errorf("a count has no %q%s; it has %s", condition.Shorten(name), didYouMean(name, names), strings.Join(names, ", "))
		case err != nil:
			return Count{}, err
		case name == "exactly" && len(given) > 1:
			return Count{}, fmt.Errorf("a count is either exactly %d, or at_least and at_most", n)
		case name == "exactly":
			c = Exactly(n)
		case name == "at_least":
			c.Min = n
		default:
			c.Max = n
		}
	}
	if len(given) == 0 {
		return AtLeast(1), nil
	}
	if c.Max != Unlimited && c.Min > c.Max {
		return Count{}, fmt.Errorf("a count can't be at_least %d and at_most %d", c.Min, c.Max)
	}
	return c, nil
}

func countNumber(name string, b []byte) (int, error) {
	n, err := strconv.Atoi(string(bytes.TrimSpace(b)))
	if err != nil || n < 0 || n > maxCount {
		return 0, condition.FieldErrorf(name, ` is a whole number from 0 to %d, not %s; a count is 1, {"exactly":1} or {"at_least":1,"at_most":3}`, maxCount, condition.Shorten(string(b)))
	}
	return n, nil
}

// holds reports whether n is right.
func (c Count) holds(n int) bool { return n >= c.Min && !c.passed(n) }

// passed reports whether n is too many, and will stay so.
func (c Count) passed(n int) bool { return c.Max != Unlimited && n > c.Max }

// of says how many of something, for people: "exactly 1 callback".
func (c Count) of(one, many string) string {
	number := func(n int) string {
		if n == 1 {
			return "1 " + one
		}
		return strconv.Itoa(n) + " " + many
	}
	switch {
	case c.Max == 0:
		return "no " + one
	case c.Max == Unlimited:
		return "at least " + number(c.Min)
	case c.Min == c.Max:
		return "exactly " + number(c.Min)
	case c.Min == 0:
		return "at most " + number(c.Max)
	}
	return fmt.Sprintf("%d to %s", c.Min, number(c.Max))
}
