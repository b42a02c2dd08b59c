package all_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
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

// countCases counts the cases of all products by API.
func countCases(t *testing.T) map[string]int {
	t.Helper()
	files, err := filepath.Glob("../*/testdata/cases.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	counts := make(map[string]int)
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := producttest.ReadCases(src)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, c := range cases {
			counts[c.Subject()]++
		}
	}
	return counts
}
