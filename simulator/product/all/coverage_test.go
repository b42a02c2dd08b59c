package all_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/darajabox/darajabox/simulator/product/all"
)

var update = flag.Bool("update", false, "write docs/daraja-coverage.md anew")

func TestCoverageFileIsTheGeneratedOne(t *testing.T) {
	const file = "../../../docs/daraja-coverage.md"
	want := all.Coverage(all.Catalogue())
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/daraja-coverage.md is not what the products say (%v); run go test ./simulator/product/all -update", err)
	}
}
