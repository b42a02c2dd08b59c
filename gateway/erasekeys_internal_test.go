package gateway

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A key in which an erasure may find a number is looked for by its digest, too. If one were
// missed, its order would be pushed again.
func TestKeysWithNumbersAreLookedForByTheirDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[71][0-9]{8}`).Draw(t, "number")
		var b strings.Builder
		b.WriteString(rapid.SampledFrom([]string{"", "k-", "254", "+254", "0", "%37", `\`, "7", "12345"}).Draw(t, "before"))
		for _, digit := range digits {
			b.WriteString(rapid.StringMatching(`(-|\.|%20|:|\\u002d){0,4}`).Draw(t, "separators"))
			b.WriteString(rapid.SampledFrom([]string{string(digit), "%3" + string(digit), "%253" + string(digit), `\u003` + string(digit)}).Draw(t, "digit"))
		}
		b.WriteString(rapid.StringMatching(`[a-z0-9%-]{0,3}`).Draw(t, "after"))
		if text := b.String(); number(digits).in(text) && !mayHaveNumber(text) {
			t.Fatalf("%q has %s and is not looked for", text, digits)
		}
	})
	for key, want := range map[string]bool{
		"order-0708374149": true, "254 708-374-149": true, "7083741490": true,
		"": false, "k1": false, "70837414": false, "208374149": false, "0f8fad5b-d9cb-469f-a1e5-7086772aa50e": false,
	} {
		if got := mayHaveNumber(key); got != want {
			t.Errorf("%q: %t", key, got)
		}
	}
}
