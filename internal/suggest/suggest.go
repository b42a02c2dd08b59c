// Package suggest finds the word that was probably meant by a misspelt one.
package suggest

import (
	"strings"
	"unicode/utf8"
)

// Nearest is the word that was probably meant by a misspelt one: the first with the
// fewest letters added, left out, changed or swapped, capitals apart. It is "" when
// none is near enough to be worth saying.
func Nearest(word string, words []string) string {
	word = strings.ToLower(word)
	if utf8.RuneCountInString(word) > 200 {
		return ""
	}
	best, found := 1+tolerance(word), ""
	for _, w := range words {
		if d := distance([]rune(word), []rune(strings.ToLower(w))); d < best {
			best, found = d, w
		}
	}
	return found
}

// tolerance is how many slips a word may have and still be recognised.
func tolerance(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < 3:
		return 0
	case n < 5:
		return 1
	default:
		return 2 + n/12
	}
}

// distance counts the letters to add, leave out, change or swap with their neighbour
// to get from a to b (optimal string alignment).
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
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
