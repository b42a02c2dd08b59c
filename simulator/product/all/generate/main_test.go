package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The list is what the folders say.
func TestListIsCurrent(t *testing.T) {
	want, err := list(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "products.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("simulator/product/all/products.go is not current; run go generate ./simulator/product/all")
	}
}

// A new folder is in the list; all, producttest and folders without Go are not.
func TestListFollowsTheFolders(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"b2c/b2c.go", "all/all.go", "producttest/x.go", "docs/readme.md"} {
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source, err := list(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(source, []byte("\t\tb2c.Product(),\n\t}\n")) || bytes.Count(source, []byte(".Product()")) != 1 {
		t.Errorf("%s", source)
	}
}

// A folder that exists is not written again, and a product has the name of a package.
func TestNewProductIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := create(dir, "sample", "product"); err != nil {
		t.Fatal(err)
	}
	if err := create(dir, "sample", "initiator"); err == nil {
		t.Error("a folder that exists was written again")
	}
	if err := create(dir, "B2C", "product"); err == nil {
		t.Error("the name of no package was taken")
	}
}

// What a new product begins with compiles and passes the suite of all products.
func TestNewProductPasses(t *testing.T) {
	for _, kind := range []string{"product", "initiator"} {
		t.Run(kind, func(t *testing.T) { newProductPasses(t, "new"+kind, kind) })
	}
}

func newProductPasses(t *testing.T, name, kind string) {
	t.Helper()
	dir := t.TempDir()
	if err := create(dir, name, kind); err != nil {
		t.Fatal(err)
	}
	products, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for _, file := range []string{name + ".go", name + "_test.go"} {
		overlay.Replace[filepath.Join(products, name, file)] = filepath.Join(dir, name, file)
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, name+".test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", file, "-o", binary, "github.com/darajabox/darajabox/simulator/product/"+name)
	build.Dir = products
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), binary, "-test.v").CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: TestProduct")) {
		t.Errorf("%v: %s", err, out)
	}
}
