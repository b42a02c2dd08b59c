package main

import (
	"os"
	"strings"
	"testing"
)

// What README shows of `up` is what it prints, to the letter.
func TestREADMEShowsWhatUpPrints(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := plainUp().String(); !strings.Contains(string(readme), "```\n"+strings.TrimSpace(want)+"\n```") {
		t.Errorf("README shows something else than:\n%s", want)
	}
}
