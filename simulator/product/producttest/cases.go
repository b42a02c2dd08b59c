package producttest

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
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
	Name     string             `yaml:"name"`
	API      simulator.API      `yaml:"api"`
	Path     string             `yaml:"path"`     // "" is the example's
	Scenario string             `yaml:"scenario"` // that is loaded before the call, in the scenario language
	Fields   map[string]*string `yaml:"fields"`   // other values; null leaves the field out, "{credential P}" is the SecurityCredential of the password P
	NoToken  bool               `yaml:"no_token"` // the call has no access token
	Times    int                `yaml:"times"`    // how often it is called; 0 is once
	Wait     time.Duration      `yaml:"wait"`     // between calls, and for callbacks after the last; 0 is an hour
}

var update = flag.Bool("update", false, "write testdata/cases.golden anew")

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
		if err := os.WriteFile(goldenFile, []byte(strings.Join(page, "")), 0o644); err != nil {
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
		if c.Name == "" || c.API == "" || seen[c.Name] {
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
	s, b, fields := start(t, product, examples, c)
	first, began := len(b.sent), b.Clock.Now()
	var page strings.Builder
	fmt.Fprintf(&page, "# %s\n", c.Name)
	for range max(1, c.Times) {
		call := simulator.Call{Authorization: s.example.Authorization, Path: cmp.Or(c.Path, s.path()), Values: fields}
		if !s.op.NoToken && !c.NoToken {
			call.Authorization = "Bearer " + b.HandleCall("producttest", simulator.Call{}).Token
		}
		page.WriteString(answer(t, b.HandleCall(s.op.API, call)))
		b.Advance(t, cmp.Or(c.Wait, time.Hour))
	}
	for _, one := range b.sent[first:] {
		page.WriteString(delivery(one, began))
	}
	page.WriteString("\n")
	return page.String()
}

// start is the world of a case before its call.
func start(t *testing.T, product func() simulator.Product, examples []Example, c Case) (suite, *Bench, Values) {
	t.Helper()
	ops := product().Operations
	op := slices.IndexFunc(ops, func(o simulator.Operation) bool { return o.API == c.API })
	example := slices.IndexFunc(examples, func(e Example) bool { return e.API == c.API })
	if op < 0 || example < 0 {
		t.Fatalf("there is no operation or no example of %q", c.API)
	}
	s := suite{product: product, op: ops[op], example: examples[example]}
	b, fields := s.ready(t)
	if c.Scenario != "" {
		file, err := scenario.For(b.Catalogue()).Parse(c.Name, []byte(c.Scenario), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Apply(file.Setup()); err != nil {
			t.Fatal(err)
		}
	}
	for name, v := range c.Fields {
		delete(fields, name)
		if v != nil {
			fields[name] = value(t, *v)
		}
	}
	return s, b, fields
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
		body, status = refused.Envelope(r.Reply.RequestID), refused.Status
		if refused.Code == "" {
			return fmt.Sprintf("%d\n", status)
		}
	}
	text, err := daraja.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s\n", status, bytes.TrimSpace(text))
}

// delivery is a callback, with the time since the first call.
func delivery(d sent, began time.Time) string {
	if d.Plan.Drop {
		return fmt.Sprintf("%s: no callback: %s\n", d.at.Sub(began), d.Reason)
	}
	return fmt.Sprintf("%s to %s: %s\n", d.at.Sub(began), d.URL, d.Body)
}
