package darajabox_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The kernel and everything around it know no product by name: identifiers and texts in
// simulator name STK in its own folder, in the list of products and in tests only. A
// message may show a path into a body as an example.
func TestSimulatorNamesNoProduct(t *testing.T) {
	names := regexp.MustCompile(`STK|Stk|(^|[^a-zA-Z])stk`)
	err := filepath.WalkDir("simulator", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		slashed := filepath.ToSlash(path)
		if within(slashed, products+"/stk") || within(slashed, products+"/all") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			text := ""
			switch n := n.(type) {
			case *ast.Ident:
				text = n.Name
			case *ast.BasicLit:
				text = strings.ReplaceAll(n.Value, "Body.stkCallback", "")
			}
			if names.MatchString(text) {
				t.Errorf("%s names a product: %.80s", set.Position(n.Pos()), text)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
