package suggest_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/internal/suggest"
)

func TestNearest(t *testing.T) {
	words := []string{"amount", "after", "phone", "reference", "reuse_receipt_of", "on"}
	for word, want := range map[string]string{
		"amount": "amount", "amout": "amount", "amuont": "amount", "Amount": "amount", "afetr": "after", "referenxce": "reference",
		"reuse_receitp_off": "reuse_receipt_of", "fone": "", "xyz": "", "": "", "oon": "on", "of": "",
	} {
		if got := suggest.Nearest(word, words); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}

func TestOneSlipIsRecognised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z_]{5,20}`).Draw(t, "word")
		i := rapid.IntRange(0, len(word)-1).Draw(t, "at")
		for _, slip := range []string{word[:i] + word[i+1:], word[:i] + "é" + word[i:], word[:i] + "é" + word[i+1:]} {
			if got := suggest.Nearest(slip, []string{"zzzzzzzzzzzzzzzzzzzzzzzz", word}); got != word {
				t.Fatalf("%q is not recognised as %q", slip, word)
			}
		}
	})
}
