package postgres

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Whatever bytes a string has, its column takes it and gives it back.
func TestTextTakesAnyBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.SampledFrom([]byte("a\\0x\x00\xff\xc3\xa9'7"))).Draw(t, "bytes"))
		column := text(s)
		if !utf8.ValidString(column) || strings.Contains(column, "\x00") {
			t.Fatalf("PostgreSQL refuses %q", column)
		}
		if got := untext(column); got != s {
			t.Fatalf("%q came back as %q from %q", s, got, column)
		}
	})
	if got := text("Ksh 100, paid"); got != "Ksh 100, paid" {
		t.Errorf("an ordinary text is kept as %q", got)
	}
}
