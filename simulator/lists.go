package simulator

import (
	"slices"
	"strings"
)

// find returns the first element for which is holds.
func find[T any](all []T, is func(T) bool) (found T, ok bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return found, false
}

// names lists the name of each element.
func names[T any](all []T, name func(T) string) []string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = name(one)
	}
	return out
}

// wordList joins words: "a, b and c".
func wordList[T ~string](words []T, last string) string {
	all := names(words, func(w T) string { return string(w) })
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	end := len(all) - 1
	return strings.Join(all[:end], ", ") + " " + last + " " + all[end]
}
