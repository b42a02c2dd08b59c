package journal

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/simulator"
)

func kinds() []string {
	return []string{string(KindRequest), string(KindCallback), string(KindAction)}
}

func apis() []string {
	return []string{
		string(simulator.APIOAuth), string(simulator.APISTKPush), string(simulator.APISTKQuery), string(simulator.APIUnknown),
	}
}

// oneOf is an error when word is none of those that are allowed.
func oneOf(field, word string, allowed []string) error {
	for _, a := range allowed {
		if word == a {
			return nil
		}
	}
	return fmt.Errorf("%s is %s, not %q%s", field, orList(allowed), shorten(word), didYouMean(word, allowed))
}

func orList(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// didYouMean is a question that names the nearest word, if one is near.
func didYouMean(word string, words []string) string {
	if near := nearest(word, words); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

func checkStatus(s string) error {
	if len(s) == 3 && strings.EqualFold(s[1:], "xx") && s[0] >= '1' && s[0] <= '5' {
		return nil
	}
	if n, err := strconv.Atoi(s); err == nil && (n == 0 || 100 <= n && n <= 599) {
		return nil
	}
	return fmt.Errorf("status is an HTTP status such as 200, a class such as 4xx, or 0 for no answer, not %q", shorten(s))
}

func checkNumber(field, s string) error {
	if n, err := strconv.Atoi(s); err != nil || n < 0 {
		return fmt.Errorf("%s is a whole number from 0, not %q", field, shorten(s))
	}
	return nil
}

// nearest is the word that differs from another one by the fewest slips, or "" when
// none is near.
func nearest(word string, words []string) string {
	if len(word) > 100 {
		return ""
	}
	best, found := 1, ""
	switch {
	case len(word) >= 5:
		best = 3
	case len(word) >= 3:
		best = 2
	}
	for _, w := range words {
		if d := distance(strings.ToLower(word), w); d < best {
			best, found = d, w
		}
	}
	return found
}

// distance counts the letters to add, leave out, change or swap with their neighbour
// to get from a to b.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
