package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/journal"
)

// counting has what counts arrivals across phones, each for references of its own, and
// what does not: chance and attempt.
const counting = `
name: counting
rules:
  - {name: too many, when: {reference: RATE, rate: "> 2/s"}, then: {reply: {page: spike_arrest}}}
  - {name: the first five, when: {reference: TIMES}, times: 5, then: {result: 1032}}
  - {name: in turns, when: {reference: TURNS}, then: {sequence: [1037, 1, {result: 0, callback: {copies: 2}}]}}
  - {name: up, state: start, when: {reference: STATE}, goto: down, then: {result: 1}}
  - {name: down, state: down, when: {reference: STATE}, goto: start, then: {reply: {error: 500.003.1001}}}
  - {name: chance, when: {reference: PLAIN}, chance: 0.4, then: {result: 2001, after: 1s..9s}}
  - {name: later, when: {reference: PLAIN, attempt: "> 3"}, then: {result: 0, callback: {delay: 1s..9s}}}
`

// Requests from one client give the same journal to the byte, in order of arrival too,
// whatever the rules count. Those of clients at once give the same but for which of the
// requests of an instant a rule decides that counts arrivals: it decides as many.
func TestArrivalOrder(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	t.Cleanup(receiver.Close)
	exported, arrived := journalOfCounting(t, receiver.URL, false)
	exportedAgain, arrivedAgain := journalOfCounting(t, receiver.URL, false)
	if exported != exportedAgain {
		t.Errorf("two exports of one client differ: %s", difference(exported, exportedAgain))
	}
	if arrived != arrivedAgain {
		t.Errorf("two journals of one client differ: %s", difference(strings.ReplaceAll(arrived, "},{", "}\n{"), strings.ReplaceAll(arrivedAgain, "},{", "}\n{")))
	}
	for range 3 {
		crowded, _ := journalOfCounting(t, receiver.URL, true)
		if one, many := linesOfPlain(exported), linesOfPlain(crowded); one != many {
			t.Errorf("what does not count arrivals depends on their order: %s", difference(one, many))
		}
		one, many := decisions(t, exported), decisions(t, crowded)
		if !maps.Equal(one, many) {
			t.Errorf("a rule decides more or less often when clients come at once:\n%v\n%v", one, many)
		}
		if rules := len(regexp.MustCompile(`request by "rule \d`).FindAllString(fmt.Sprint(one), -1)); rules < 7 {
			t.Errorf("%d of 7 rules decided: %v", rules, one)
		}
	}
}

// journalOfCounting is the journal of rounds of pushes, as it is exported and in order of
// arrival. At once is whether the clients of a round push at the same time.
func journalOfCounting(t *testing.T, receiver string, atOnce bool) (exported, arrived string) {
	t.Helper()
	s := start(t, app.Config{Seed: 42, Frozen: true, StartAt: noon(), ScenarioSource: []byte(counting)})
	defer s.Stop(t.Context())
	crowds := map[string][]*customer{}
	for n := range 20 {
		c := &customer{t: t, sim: s, phone: fmt.Sprintf("2547120000%02d", n), receiver: receiver}
		c.login()
		reference := []string{"RATE", "TIMES", "TURNS", "STATE", "PLAIN"}[n/4]
		crowds[reference] = append(crowds[reference], c)
	}
	push := func(references ...string) {
		var waits []func()
		for _, reference := range references {
			crowd := crowds[reference]
			for each := range slices.Chunk(crowd, map[bool]int{true: len(crowd), false: 1}[atOnce]) {
				wait := inParallel(each, func(c *customer) { c.push(reference) })
				if waits = append(waits, wait); !atOnce {
					wait()
				}
			}
		}
		for _, wait := range waits {
			wait()
		}
	}
	for range 6 {
		push("RATE") // first: a rate counts what came before of all references
		push("TIMES", "TURNS", "STATE", "PLAIN")
		s.advance(t, "1m")
	}
	return s.ask(t, http.MethodGet, "/journal.jsonl", ""), s.ask(t, http.MethodGet, "/journal?limit=1000", "")
}

// linesOfPlain are the lines of an export that are about the references PLAIN, without
// their numbers, which count those of the others too.
func linesOfPlain(exported string) string {
	lines := slices.DeleteFunc(strings.Split(exported, "\n"), func(line string) bool {
		return !regexp.MustCompile(`"phone":"2547120000(16|17|18|19)"`).MatchString(line)
	})
	return regexp.MustCompile(`(?m)^\{"seq":\d+,`).ReplaceAllString(strings.Join(lines, "\n"), "{")
}

// decisions counts the records of an export by what decided them and how they ended.
func decisions(t *testing.T, exported string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for line := range strings.Lines(exported) {
		var r journal.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		code, _ := journal.FindResult(r.Request)
		counts[fmt.Sprintf("%s by %q: %d %s", r.Kind, r.By, r.Status, code)]++
	}
	return counts
}
