package scenario_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// TestEveryKeyHasItsPosition misspells each key of each ready file in turn.
func TestEveryKeyHasItsPosition(t *testing.T) {
	keys := regexp.MustCompile(`\b(then|sequence|result|desc|after|reply|callback|delay|copies|gap|drop|reuse_receipt_of|latency|page|damage|chance|until|goto|rate|attempt): `)
	misspelt := 0
	for _, name := range scenarios.Names() {
		src, err := scenarios.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range keys.FindAllSubmatchIndex(src, -1) {
			start, end := at[2], at[3]
			broken := string(src[:end]) + "é" + string(src[end:])
			line := bytes.Count(src[:start], []byte("\n")) + 1
			col := start - bytes.LastIndexByte(src[:start], '\n')
			want := fmt.Sprintf(`x:%d:%d: unknown key "%sé" in `, line, col, src[start:end])
			if _, err := scenario.For(all.Catalogue()).Parse("x", []byte(broken), nil); err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), fmt.Sprintf("did you mean %q?", src[start:end])) {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
			misspelt++
		}
	}
	if misspelt < 150 {
		t.Errorf("only %d keys were tried", misspelt)
	}
}

// TestHostileFilesAreCheap would not end in time, or in memory, without the limits.
func TestHostileFilesAreCheap(t *testing.T) {
	const n = scenario.MaxSource
	for name, src := range map[string]string{
		"brackets":            strings.Repeat("[", n),
		"braces":              strings.Repeat("{a: ", n/4),
		"dashes":              strings.Repeat("- ", n/2),
		"blank block":         "a: |\n" + strings.Repeat("\n", n-5),
		"returns":             "a: |\n" + strings.Repeat(" \r", n/2-5),
		"keys without value":  "a: {" + strings.Repeat("b,", n/2-3) + "}",
		"colons":              "a: {" + strings.Repeat("b: ,", n/4-3) + "}",
		"one key a line":      strings.Repeat("a: 1\n", 6_000),
		"lists":               "a: [" + strings.Repeat("[0],", n/4-3) + "]",
		"wrong items":         "rules: [{then: {sequence: [" + strings.Repeat("x,", 60_000) + "x]}}]",
		"long word":           "rules: [{when: {" + strings.Repeat("x", n-20) + ": 1}}]",
		"long result":         "rules: [{then: {result: " + strings.Repeat("9", n-40) + "}}]",
		"stars":               `rules: [{when: {reference: "` + strings.Repeat("*a", 50) + `"}, thenn: {result: 0}}]`,
		"where of brackets":   "rules: [{when: {where: \"" + strings.Repeat("(", n/2) + "\"}, then: {result: 0}}]",
		"wheres":              "rules: [" + strings.Repeat("{when: {where: x}, then: {result: 0}},", 990) + "{}]",
		"where in many lines": "rules:\n  - when:\n      where: |\n" + strings.Repeat("        amount > 1 &&\n", 60) + "        x\n    then: {result: 0}\n",
		"includes":            "include: [" + strings.Repeat("a,", 60_000) + "a]",
		"states":              "rules: [" + strings.Repeat("{state: nowhere, goto: x, then: {result: 0}},", 990) + "{}]",
		"short forms":         "rules: [" + strings.Repeat("{then: lost},", 990) + "{}]",
		"headers":             "rules: [{when: {header: {" + strings.Repeat("a: b,", 10_000) + "}}}]",
		"doubling by aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n",
	} {
		if _, err := scenario.Parse(name, []byte(src)); err == nil {
			t.Errorf("%s: accepted", name)
		} else if len(err.Error()) > 1000 {
			t.Errorf("%s: the message has %d bytes", name, len(err.Error()))
		}
	}
}

// TestLargestFile is what the limits are for: as much as a tester could want.
func TestLargestFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("world:\n  customers:\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "    - {phone: 2547%08d, balance: %d}\n", i, i)
	}
	b.WriteString("rules:\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "  - when: {phone: 2547%08d, amount: \">= %d\"}\n    then:\n      result: 1032\n      after: 3s\n", i, i)
	}
	s, err := scenario.Parse("large.yaml", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Setup().Customers); n != 3000 {
		t.Errorf("%d customers", n)
	}
}
