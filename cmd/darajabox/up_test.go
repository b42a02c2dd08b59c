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
	want := announcement("http://127.0.0.1:7070", "http://127.0.0.1:7071", "http://127.0.0.1:8080", "http://127.0.0.1:8090", "temporary, gone when this stops")
	if !strings.Contains(string(readme), "```\n"+strings.TrimSpace(want)+"\n```") {
		t.Errorf("README shows something else than:\n%s", want)
	}
}
