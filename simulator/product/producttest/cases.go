package producttest

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// Case is a line of the file testdata/cases.yaml of a product: a call in a world of its own,
// which is the example of its API with some changes.
type Case struct {
	Name     string `yaml:"name"`
	Scenario string `yaml:"scenario"` // that is loaded before the call, in the scenario language
	Before   []Step `yaml:"before"`   // not in the golden file
	Step     `yaml:",inline"`
	Times    int           `yaml:"times"`   // how often it is called; 0 is once
	Wait     time.Duration `yaml:"wait"`    // between calls, and for callbacks after the last and after each step of After; 0 is an hour
	After    []Step        `yaml:"after"`   // with their answers in the golden file
	Answers  []string      `yaml:"answers"` // of the merchant to the callbacks that wait for one, in their order: a body, or a status of three digits and a body; those after the last have none
}

// Step is a call of an API or, with Do, something that is done without one.
type Step struct {
	API     simulator.API      `yaml:"api"`
	Path    string             `yaml:"path"`     // "" is the example's
	Do      string             `yaml:"do"`       // an action and its product: "pay of c2b"; "pay of producttest" is a payment by another product, see Bench.Pay
	Fields  map[string]*string `yaml:"fields"`   // other values; null leaves the field out, "{credential P}" is the SecurityCredential of the password P
	Header  map[string]string  `yaml:"header"`   // other lines than those of the example; "" leaves the line out
	NoToken bool               `yaml:"no_token"` // the call has no access token
}

// Subject is what a case is of: an API, or a product and its action.
func (c Case) Subject() string {
	if action, product, ok := strings.Cut(c.Do, " of "); ok {
		return product + " " + action
	}
	return string(c.API)
}

var update = flag.Bool("update", false, "write testdata/cases.golden anew") //nolint:gochecknoglobals // a flag of the tests

const (
	casesFile  = "testdata/cases.yaml"
	goldenFile = "testdata/cases.golden"
)

// Cases calls each case of testdata/cases.yaml and compares the answers and the callbacks,
// to the byte, with testdata/cases.golden. The flag -update writes that file anew, for its
// author to read.
func Cases(t *testing.T, product func() simulator.Product, examples ...Example) {
	t.Helper()
	src, err := os.ReadFile(casesFile)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := ReadCases(src)
	if err != nil {
		t.Fatalf("%s: %v", casesFile, err)
	}
	var page []string
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { page = append(page, run(t, product, examples, c)) })
	}
	if t.Failed() {
		return
	}
	if Updating() && len(page) == len(cases) { // and not some that were picked by -run
		if err := os.WriteFile(goldenFile, []byte(strings.Join(page, "")), 0o644); err != nil { //nolint:gosec // source code
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, page, strings.SplitAfter(string(golden), "\n\n"), len(page) == len(cases))
}

// Updating reports whether the flag -update is set: the test writes its golden files anew.
func Updating() bool { return *update }

// ReadCases reads a file of cases. Each has a name of its own.
func ReadCases(src []byte) ([]Case, error) {
	var cases []Case
	d := yaml.NewDecoder(bytes.NewReader(src))
	d.KnownFields(true)
	if err := d.Decode(&cases); err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for _, c := range cases {
		if c.Name == "" || c.Subject() == "" || seen[c.Name] {
			return nil, fmt.Errorf("the case %q of %q lacks a name or an api, or has the name of another", c.Name, c.API)
		}
		seen[c.Name] = true
	}
	return cases, nil
}

// compare names the cases that differ from the golden ones, of which got are all or some.
func compare(t *testing.T, got, golden []string, all bool) {
	t.Helper()
	for _, one := range got {
		if !slices.Contains(golden, one) {
			t.Errorf("%s: its answer is not in %s:\n%s", strings.TrimPrefix(strings.SplitN(one, "\n", 2)[0], "# "), goldenFile, one)
		}
	}
	if n := len(golden) - 1; all && n != len(got) {
		t.Errorf("%s has %d cases and %s %d; -update writes the second", casesFile, len(got), goldenFile, n)
	}
}

// run calls a case and returns what came of it, in words of the golden file.
func run(t *testing.T, product func() simulator.Product, examples []Example, c Case) string {
	t.Helper()
	b, fields := NewBench(t, product()), Values(nil)
	if c.Do == "" {
		b, fields = newSuite(t, product, examples, c.API).ready(t)
	}
	apply(t, b, c)
	for _, step := range c.Before {
		b.do(t, examples, step, nil)
	}
	b.answers = c.Answers
	first, began, wait := len(b.sent), b.Clock.Now(), cmp.Or(c.Wait, time.Hour)
	var page strings.Builder
	fmt.Fprintf(&page, "# %s\n", c.Name)
	for range max(1, c.Times) {
		page.WriteString(b.do(t, examples, c.Step, fields))
		b.Advance(t, wait)
	}
	for _, step := range c.After {
		page.WriteString(b.do(t, examples, step, nil))
		b.Advance(t, wait)
	}
	for _, one := range b.sent[first:] {
		page.WriteString(delivery(one, began))
	}
	page.WriteString("\n")
	return page.String()
}

// newSuite is an operation of a product with its example.
func newSuite(t *testing.T, product func() simulator.Product, examples []Example, api simulator.API) suite {
	t.Helper()
	ops := product().Operations
	op := slices.IndexFunc(ops, func(o simulator.Operation) bool { return o.API == api })
	if op < 0 {
		t.Fatalf("there is no operation of %q", api)
	}
	return suite{product: product, op: ops[op], example: exampleOf(t, examples, api)}
}

func exampleOf(t *testing.T, examples []Example, api simulator.API) Example {
	t.Helper()
	i := slices.IndexFunc(examples, func(e Example) bool { return e.API == api })
	if i < 0 {
		t.Fatalf("there is no example of %q", api)
	}
	return examples[i]
}

// apply loads the scenario of a case.
func apply(t *testing.T, b *Bench, c Case) {
	t.Helper()
	if c.Scenario == "" {
		return
	}
	file, err := scenario.For(b.Catalogue()).Parse(c.Name, []byte(c.Scenario), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Apply(file.Setup()); err != nil {
		t.Fatal(err)
	}
}

// do does a step and returns its answer. fields are those of its example when a Before has
// completed them; nil for others.
func (b *Bench) do(t *testing.T, examples []Example, step Step, fields Values) string {
	t.Helper()
	if action, product, ok := strings.Cut(step.Do, " of "); ok {
		result, err := b.RunAction(product, action, changed(t, nil, step.Fields))
		return actionAnswer(t, result, err)
	}
	e := exampleOf(t, examples, step.API)
	if fields == nil {
		fields = e.Fields
	}
	call := simulator.Call{Authorization: e.Authorization, Path: cmp.Or(step.Path, e.Path), Values: changed(t, fields, step.Fields), Header: maps.Clone(e.Header)}
	op, _ := b.Catalogue().Operation(step.API)
	call.Path = cmp.Or(call.Path, op.Path)
	if !op.NoToken && !step.NoToken {
		call.Authorization = b.authorization()
	}
	for name, line := range step.Header {
		if name == "Authorization" {
			call.Authorization = line
			continue
		}
		if call.Header == nil {
			call.Header = make(map[string][]string)
		}
		delete(call.Header, name)
		if line != "" {
			call.Header[name] = []string{line}
		}
	}
	return answer(t, b.HandleCall(step.API, call))
}

// changed are fields with other values.
func changed(t *testing.T, fields Values, changes map[string]*string) Values {
	t.Helper()
	all := maps.Clone(fields)
	if all == nil {
		all = Values{}
	}
	for name, v := range changes {
		delete(all, name)
		if v != nil {
			all[name] = value(t, *v)
		}
	}
	return all
}

// value is a field's value as a case writes it.
func value(t *testing.T, v string) daraja.Text {
	t.Helper()
	if password, ok := strings.CutPrefix(v, "{credential "); ok {
		return Credential(t, strings.TrimSuffix(password, "}"))
	}
	return daraja.Text(v)
}

// answer is the status and the body of an answer.
func answer(t *testing.T, r simulator.Response) string {
	t.Helper()
	body, status := r.Body, 200
	var refused *daraja.Error
	if errors.As(r.Err, &refused) {
		body, status = r.Envelope, refused.Status
		if body == nil {
			return fmt.Sprintf("%d\n", status)
		}
	}
	text, err := daraja.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s\n", status, bytes.TrimSpace(text))
}

// actionAnswer is what an action returned.
func actionAnswer(t *testing.T, result any, err error) string {
	t.Helper()
	if err != nil {
		return "refused: " + err.Error() + "\n"
	}
	text, err := daraja.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("done: %s\n", text)
}

// delivery is a callback, with the time since the first call.
func delivery(d sent, began time.Time) string {
	if d.Plan.Drop {
		return fmt.Sprintf("%s: no callback: %s\n", d.at.Sub(began), d.Reason)
	}
	lines := ""
	for _, h := range d.Header {
		lines += " with " + h.Name + ": " + h.Value
	}
	return fmt.Sprintf("%s to %s%s: %s\n", d.at.Sub(began), d.URL, lines, d.Body)
}
