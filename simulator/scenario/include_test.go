package scenario_test

import (
	"fmt"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// shelf is a loader of files in memory, beside the one that includes them.
type shelf map[string]string

func (s shelf) load(from, name string) (string, []byte, error) {
	if name == "unreadable" {
		return name, nil, fmt.Errorf("the disk is\non fire: %w", os.ErrPermission)
	}
	file := path.Join(path.Dir(from), name)
	if src, ok := s[file]; ok {
		return file, []byte(src), nil
	}
	return "", nil, &scenario.NotFound{Name: name, Known: []string{"hostile", "kind"}}
}

func TestInclude(t *testing.T) {
	files := shelf{
		"faults.yaml": `
name: faults
world:
  seed: 1
  clock: {frozen: true}
  settings: {think_time: 9s, query_typo: off}
  customers: [{phone: 0711000111, name: Theirs}, {phone: 0711000222, name: Other}]
  organisations: [{shortcode: 600100, name: Theirs}, {shortcode: 600200, name: Other}]
include: more.yaml
rules:
  - {when: {amount: 2}, then: {result: 2}}
  - {name: rest, when: {amount: "<= 3"}, then: {result: 3}}`,
		"more.yaml": "rules: [{when: {amount: 4}, then: {result: 4}}]",
		"last.yaml": "include: [more.yaml]\nrules: [{when: {amount: 5}, then: {result: 8}}]",
	}
	s, err := scenario.ParseWith("mine.yaml", []byte(`
include: [faults.yaml, last.yaml]
world:
  seed: 7
  settings: {think_time: 1s}
  customers: [{phone: 0711000111, name: Mine}]
  organisations: [{shortcode: 600100, name: Mine}]
rules:
  - {when: {amount: 1}, then: {result: 1}}`), files.load)
	if err != nil {
		t.Fatal(err)
	}
	if s.Rules() != 5 || s.Name != "mine" || !strings.Contains(string(s.Source), "faults.yaml") {
		t.Errorf("%d rules of %q", s.Rules(), s.Name)
	}
	setup := s.Setup()
	for amount, want := range map[int]string{
		1: "1 rule 1 of mine", 2: "2 rule 1 of faults", 3: `3 rule 2 "rest" of faults`, 4: "4 rule 1 of more", 5: "8 rule 1 of last", 6: " ",
	} {
		o, _ := setup.Decider.Decide(push(func(r *simulator.Request) { r.Amount = daraja.Money(amount) * daraja.Shilling }))
		if got := string(o.Result) + " " + o.By; got != want {
			t.Errorf("amount %d: %s, want %s", amount, got, want)
		}
	}
	if got := fmt.Sprint(setup.Settings); got != "map[query_typo:off think_time:1s]" {
		t.Errorf("settings %s", got)
	}
	var names []string
	for _, c := range setup.Customers {
		names = append(names, c.Name)
	}
	for _, o := range setup.Organisations {
		names = append(names, o.Name)
	}
	if got := strings.Join(names, " "); got != "Mine Other Mine Other" {
		t.Errorf("customers and organisations %s", got)
	}
	if *setup.Seed != 7 || s.Clock() == nil || !s.Clock().Frozen {
		t.Errorf("seed %v, clock %+v", *setup.Seed, s.Clock())
	}
}

func TestIncludeIsEnough(t *testing.T) {
	s, err := scenario.ParseWith("x.yaml", []byte("include: kind.yaml\n"), shelf{"kind.yaml": "rules: [{then: {result: 0}}]"}.load)
	if err != nil || s.Rules() != 1 {
		t.Errorf("%v", err)
	}
}

func TestFaultsOfIncludesNameTheirFile(t *testing.T) {
	for name, c := range map[string]struct {
		files shelf
		want  []string
	}{
		"unknown": {shelf{"a.yaml": "include: [hostle]\n"},
			[]string{`a.yaml:1:11: no ready scenario is called "hostle"; expected a file such as ./mine.yaml, or a ready scenario; did you mean hostile?`}},
		"unknown and near nothing": {shelf{"a.yaml": "include: [elephants]\n"},
			[]string{`a.yaml:1:11: no ready scenario is called "elephants"; expected a file such as ./mine.yaml, or one of hostile, kind`}},
		"unreadable": {shelf{"a.yaml": "include: [unreadable]\n"},
			[]string{`a.yaml:1:11: "unreadable" cannot be included: the disk is on fire: permission denied; expected a file that can be read, or the name of a ready scenario`}},
		"itself": {shelf{"a.yaml": "include: [a.yaml]\n"},
			[]string{"a.yaml:1:11: this file includes itself: a.yaml includes a.yaml; expected a way without a circle"}},
		"a circle": {shelf{"a.yaml": "include: [b.yaml]\n", "b.yaml": "include: [c.yaml]\n", "c.yaml": "include: [b.yaml]\n"},
			[]string{"c.yaml:1:11: this file includes itself: b.yaml includes c.yaml includes b.yaml; expected a way without a circle"}},
		"faults in several": {shelf{"a.yaml": "include: [b.yaml, c.yaml]\nrules: [{then: {result: 77}}]\n", "b.yaml": "naem: x\n", "c.yaml": "rules: [\n"},
			[]string{"a.yaml:2:25: result", "b.yaml:1:1: unknown key", "c.yaml:2:1: a value is missing here"}},
		"a state that is never reached": {shelf{"a.yaml": "include: [b.yaml]\nrules: [{goto: down, then: {result: 1}}]\n", "b.yaml": "rules: [{state: down, then: {result: 2}}, {state: dwn, then: {result: 3}}]\n"},
			[]string{`b.yaml:1:44: no rule goes to the state "dwn"; expected one of start, down; did you mean "down"?`}},
		"below a fault": {shelf{"a.yaml": "include: [sub/b.yaml]\n", "sub/b.yaml": "include: [c.yaml]\n", "sub/c.yaml": "x: 1\n"},
			[]string{`sub/c.yaml:1:1: unknown key "x"`}},
	} {
		errs := scenario.Check("a.yaml", []byte(c.files["a.yaml"]), c.files.load)
		if len(errs) != len(c.want) {
			t.Errorf("%s: %v", name, errs)
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(errs[i].Error(), want) {
				t.Errorf("%s:\n got %s\nwant %s", name, errs[i], want)
			}
		}
	}
}

func TestIncludesAreBounded(t *testing.T) {
	deep := shelf{}
	for i := range 20 {
		deep[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("include: [%d.yaml]\n", i+1)
	}
	wide := shelf{"0.yaml": "include: [1.yaml, 2.yaml, 3.yaml, 4.yaml, 5.yaml]\n"}
	for i := 1; i < 1000; i++ { // each includes five others: 5^8 without a limit
		wide[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("include: [%d.yaml, %d.yaml, %d.yaml, %d.yaml, %d.yaml]\n", 5*i+1, 5*i+2, 5*i+3, 5*i+4, 5*i+5)
	}
	heavy := shelf{"0.yaml": "include: [1.yaml, 2.yaml, 3.yaml, 4.yaml, 5.yaml]\n"}
	many := shelf{"0.yaml": "include: [1.yaml, 2.yaml, 3.yaml, 4.yaml, 5.yaml]\n"}
	for i := 1; i <= 5; i++ {
		heavy[fmt.Sprintf("%d.yaml", i)] = "world: {}\n" + strings.Repeat("# "+strings.Repeat("x", 100)+"\n", 2500)
		many[fmt.Sprintf("%d.yaml", i)] = "rules: [" + strings.Repeat("{then: {result: 0}},", 999) + "{then: {result: 0}}]\n"
	}
	const tooMuch = "there is too much to include"
	for name, c := range map[string]struct {
		files shelf
		want  string
	}{
		"deep": {deep, tooMuch}, "wide": {wide, tooMuch}, "heavy": {heavy, tooMuch},
		"many rules": {many, "there are 5000 rules with the included ones; expected at most 4000"},
	} {
		errs := scenario.Check("0.yaml", []byte(c.files["0.yaml"]), c.files.load)
		if len(errs) == 0 || !strings.Contains(errs[0].Error(), c.want) {
			t.Errorf("%s: %v", name, errs)
		}
	}
}

func TestSharedIncludeCountsOnce(t *testing.T) {
	files := shelf{"a.yaml": "include: [c.yaml]\n", "b.yaml": "include: [c.yaml]\n", "c.yaml": "rules: [{chance: 0.5, then: {result: 1}}]\n"}
	s, err := scenario.ParseWith("x.yaml", []byte("include: [a.yaml, b.yaml]\n"), files.load)
	if err != nil || s.Rules() != 1 {
		t.Errorf("%v, want one rule: two would have three chances in four", err)
	}
}

func TestIncludingChangesNeither(t *testing.T) {
	a := mustParse(t, "rules: [{when: {amount: 150}, then: {result: 1}}]")
	b := mustParse(t, "world: {settings: {think_time: 3s}}\nrules: [{then: {result: 2}}]")
	both := a.Including(b)
	if both.Rules() != 2 || a.Rules() != 1 || b.Rules() != 1 || a.Setup().Settings != nil || both.Setup().Settings["think_time"] != "3s" {
		t.Errorf("%d, %d and %d rules", both.Rules(), a.Rules(), b.Rules())
	}
	if o, _ := both.Setup().Decider.Decide(push(nil)); o.Result != "1" || o.Rule != 1 {
		t.Errorf("%+v decides, want the rule of the scenario above", o)
	}
}
