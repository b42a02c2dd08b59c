package all_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

func TestCoverageFileIsTheGeneratedOne(t *testing.T) {
	const file = "../../../docs/daraja-coverage.md"
	want := all.Coverage(all.Catalogue(), countCases(t))
	if producttest.Updating() {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/daraja-coverage.md is not what the products say (%v); run go test ./simulator/product/all -update", err)
	}
}

// Each page that a product names is one of the catalogue.
func TestPagesAreOfTheCatalogue(t *testing.T) {
	for _, p := range all.Products() {
		var pages []string
		for _, op := range p.Operations {
			pages = append(pages, op.Pages...)
		}
		for _, a := range p.Actions {
			pages = append(pages, a.Pages...)
		}
		for _, page := range pages {
			if !slices.Contains(all.Pages(), page) {
				t.Errorf("%s: %q is not in Safaricom's catalogue, which pages.go lists", p.Name, page)
			}
		}
	}
}

// Each API of the catalogue is simulated, and proven by at least twelve cases, four of them
// failures.
func TestEachPageIsCovered(t *testing.T) {
	failures := all.Covers(all.Catalogue(), countFailures(t))
	for i, page := range all.Covers(all.Catalogue(), countCases(t)) {
		if slices.Contains([]string{strings.Join(page.APIs, ""), strings.Join(page.Paths, ""), strings.Join(page.Answers, ""), strings.Join(page.Confidence, "")}, "") {
			t.Errorf("%s lacks something: %+v", page.Page, page)
		}
		if page.Cases < 12 || failures[i].Cases < 4 {
			t.Errorf("%s has %d cases, %d of them failures", page.Page, page.Cases, failures[i].Cases)
		}
	}
}

// countCases counts the cases of all products by API.
func countCases(t *testing.T) map[string]int {
	t.Helper()
	return countWhere(t, func(string) bool { return true })
}

// failure is a line of a golden file with a refusal, or with a result that is no success.
var failure = regexp.MustCompile(`(?m)^(?:[345]\d\d|refused)|"[rR]es(?:ult|ponse)[cC]ode":"?(?:[1-9]\d{0,2}[^\d]|[1-9]\d{4}|[1-35-9]\d{3}|400[1-9]|[A-Z])|"problem":"[^"]`)

// countFailures counts the cases that fail.
func countFailures(t *testing.T) map[string]int {
	t.Helper()
	return countWhere(t, failure.MatchString)
}

// countWhere counts the cases by API whose part of the golden file is as it should be.
func countWhere(t *testing.T, is func(golden string) bool) map[string]int {
	t.Helper()
	files, err := filepath.Glob("../*/testdata/cases.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	counts := make(map[string]int)
	for _, file := range files {
		cases, err := producttest.ReadCases(read(t, file))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		golden := make(map[string]string)
		for _, one := range strings.Split(string(read(t, strings.TrimSuffix(file, "yaml")+"golden")), "\n\n") {
			name, rest, _ := strings.Cut(strings.TrimPrefix(one, "# "), "\n")
			golden[name] = rest
		}
		for _, c := range cases {
			if is(golden[c.Name]) {
				counts[c.Subject()]++
			}
		}
	}
	return counts
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
