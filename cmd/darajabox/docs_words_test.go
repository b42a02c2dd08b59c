package main

import (
	"strings"
	"testing"
)

// The glossary explains the words that README uses without saying what they are.
func TestGlossaryHasTheWords(t *testing.T) {
	glossary := strings.ToLower(pageOf(t, "docs/glossary.md").prose)
	for _, word := range strings.Fields("msisdn shortcode paybill till receipt prompt callback webhook partner settlement world scenario preset passkey journal seed inbox review") {
		if !strings.Contains(glossary, "| **"+word) {
			t.Errorf("the glossary lacks %s", word)
		}
	}
}
