package scenario_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/scenario"
)

func TestWarnings(t *testing.T) {
	const catchAll = "  - then: {result: 0}\n"
	for _, test := range []struct {
		name, rules string
		want        []string // each "line: part of the text"
	}{
		{"a rule after one for everything", catchAll + "  - when: {amount: 5}\n    then: {result: 1}\n", []string{"3: rule 2 of x never decides: rule 1 of x on line 2 decides every request"}},
		{"several", catchAll + catchAll + catchAll, []string{"3: rule 2", "4: rule 3"}},
		{"named rules", "  - {name: all, then: {result: 0}}\n  - {name: none, then: {result: 1}}\n", []string{`3: rule 2 "none" of x never decides: rule 1 "all" of x on line 2`}},
		{"a rule for all with a condition", "  - when: {amount: \"> 5\"}\n    then: {result: 0}\n" + catchAll, nil},
		{"chance", "  - {chance: 50%, then: {result: 0}}\n" + catchAll, nil},
		{"chance of 100%", "  - {chance: 100%, then: {result: 0}}\n" + catchAll, []string{"3: rule 2"}},
		{"chance of nothing", "  - {chance: 0, then: {result: 0}}\n", []string{"2: rule 1 of x never decides: its chance is 0"}},
		{"times", "  - {times: 2, then: {result: 0}}\n" + catchAll, nil},
		{"from", "  - {from: 30s, then: {result: 0}}\n" + catchAll, nil},
		{"until", "  - {until: 30s, then: {result: 0}}\n" + catchAll, nil},
		{"until the start", "  - {until: 0s, then: {result: 0}}\n" + catchAll, []string{"2: rule 1 of x never decides: its until is 0s"}},
		{"another API", catchAll + "  - when: {api: oauth}\n    then: {reply: {page: waf_403}}\n", nil},
		{"one API of two", catchAll + "  - when: {api: [stkpush, oauth]}\n    then: {reply: {page: waf_403}}\n", nil},
		{
			"two rules that share the APIs of a third", "  - when: {api: oauth}\n    then: {reply: {page: waf_403}}\n" + catchAll +
				"  - when: {api: [stkpush, oauth]}\n    then: {reply: {page: waf_403}}\n", []string{"5: rule 3"},
		},
		{"a wider pattern above", "  - when: {phone: \"2547*\"}\n    then: {result: 0}\n  - when: {phone: \"25470*\"}\n    then: {result: 1}\n", []string{"4: rule 2"}},
		{"a narrower pattern above", "  - when: {phone: \"25470*\"}\n    then: {result: 0}\n  - when: {phone: \"2547*\"}\n    then: {result: 1}\n", nil},
		{"a wider amount above", "  - when: {amount: \">= 100\"}\n    then: {result: 0}\n  - when: {amount: \"100..200\", reference: \"INV-*\"}\n    then: {result: 1}\n", []string{"4: rule 2"}},
		{"amounts that overlap", "  - when: {amount: \"100..200\"}\n    then: {result: 0}\n  - when: {amount: \">= 150\"}\n    then: {result: 1}\n", nil},
		{"the same where", "  - when: {where: time.hour > 8}\n    then: {result: 0}\n  - when: {where: time.hour > 8}\n    then: {result: 1}\n", []string{"4: rule 2"}},
		{"another where", "  - when: {where: time.hour > 8}\n    then: {result: 0}\n  - when: {where: time.hour > 9}\n    then: {result: 1}\n", nil},
		{"a rate", "  - when: {rate: \"> 5/s\"}\n    then: {result: 0}\n" + catchAll, nil},
		{"not", "  - when: {not: {amount: 5}}\n    then: {result: 0}\n" + catchAll, nil},
		{"not the same", "  - when: {amount: 5, not: {amount: \"1..10\"}}\n    then: {result: 0}\n", []string{"2: rule 1 of x never decides: its not excludes"}},
		{"a header", "  - when: {header: {User-Agent: \"*\"}}\n    then: {result: 0}\n  - when: {header: {user-agent: curl}}\n    then: {result: 1}\n" + catchAll, []string{"4: rule 2"}},
		{"states", "  - {state: start, goto: down, then: {result: 0}}\n  - {state: down, then: {result: 1}}\n", nil},
		{"a state under a rule for all", catchAll + "  - {state: start, then: {result: 1}}\n", []string{"3: rule 2"}},
		{"all states covered one by one", "  - {state: start, goto: down, then: {result: 0}}\n  - {state: down, then: {result: 1}}\n" + catchAll, []string{"4: rule 3"}},
		{
			"a state that only a dead rule leads to", catchAll + "  - {goto: down, then: {result: 1}}\n  - {state: down, then: {result: 1}}\n",
			[]string{"3: rule 2", "4: rule 3 of x never decides: no rule that can decide goes to the state down"},
		},
		{"an hour that there is not", "  - when: {where: amount > 5 && time.hour == 25}\n    then: {result: 0}\n", []string{"2: where has time.hour == 25, which never holds: it is from 0 to 23"}},
		{"a phone in another spelling", "  - when:\n      where: |\n        amount > 5 &&\n          phone == '0708374149'\n    then: {result: 0}\n", []string{`5: where has phone == "0708374149", which never holds: it is twelve digits`}},
		{"under not", "  - when: {not: {where: attempt < 1}}\n    then: {result: 0}\n", []string{"2: where has attempt < 1"}},
		{"times below a sequence", "  - {times: 1, then: {sequence: [1, 0]}}\n", []string{"2: rule 1 of x has times: 1, so the items of its sequence after number 1 are never used"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			src := "rules:\n" + test.rules
			if errs := scenario.Check("x.yaml", []byte(src), nil); len(errs) > 0 {
				t.Fatalf("it has mistakes: %v", errs)
			}
			got := scenario.Warnings("x.yaml", []byte(src), nil)
			if len(got) != len(test.want) {
				t.Fatalf("got %v, want %q", got, test.want)
			}
			for i, w := range got {
				line, text, _ := strings.Cut(test.want[i], ": ")
				if fmt.Sprint(w.Line) != line || !strings.HasPrefix(w.Message, text) {
					t.Errorf("got %s, want %s", w, test.want[i])
				}
			}
		})
	}
}

// What a scenario includes stands under its rules: one warning says it for all of it.
func TestWarningsOfWhatIsIncluded(t *testing.T) {
	load := func(_, _ string) (string, []byte, error) {
		return "base.yaml", []byte("rules:\n  - {chance: 5%, then: {result: 1}}\n  - when: {api: oauth}\n    then: {reply: {page: waf_403}}\n  - then: {result: 0}\n"), nil
	}
	got := scenario.Warnings("x.yaml", []byte("include: [base]\nrules:\n  - then: {result: 0}\n"), load)
	if len(got) != 1 || got[0].File != "x.yaml" || got[0].Line != 3 || !strings.Contains(got[0].Message, "2 included rules below it") {
		t.Errorf("got %v", got)
	}
	if got := scenario.Warnings("x.yaml", []byte("include: [base]\nrules:\n  - when: {amount: 5}\n    then: {result: 0}\n"), load); len(got) != 0 {
		t.Errorf("got %v, want none", got)
	}
	one := func(_, _ string) (string, []byte, error) {
		return "base.yaml", []byte("rules:\n  - then: {result: 0}\n"), nil
	}
	got = scenario.Warnings("x.yaml", []byte("include: [base]\nrules:\n  - then: {result: 0}\n"), one)
	if len(got) != 1 || !strings.Contains(got[0].Message, "decides every request that 1 included rule below it matches, so that one never decides") {
		t.Errorf("got %v", got)
	}
	// A mistake comes before any warning.
	if got := scenario.Warnings("x.yaml", []byte("rules:\n  - then: {result: 0}\n  - then: {reslt: 0}\n"), nil); got != nil {
		t.Errorf("got %v beside a mistake", got)
	}
}

// The ready scenarios and presets say nothing in vain.
func TestReadyScenariosHaveNoWarnings(t *testing.T) {
	for _, name := range scenarios.Names() {
		file, src, err := scenarios.Load("", name)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range scenario.Warnings(file, src, scenarios.Load) {
			t.Error(w)
		}
	}
}
