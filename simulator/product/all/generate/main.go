// Command generate writes the list of the products, the folders below simulator/product;
// go generate runs it. With -new NAME it writes the folder of a new product instead.
package main

import (
	"bytes"
	"embed"
	"flag"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"text/template"
)

//go:embed *.tmpl
var templates embed.FS

func main() {
	name := flag.String("new", "", "write the folder simulator/product/NAME, from the root of the repository")
	kind := flag.String("kind", "product", "of the new product: product, or initiator for one whose requests are an initiator's")
	flag.Parse()
	err := error(nil)
	if *name != "" {
		err = create(filepath.Join("simulator", "product"), *name, *kind)
	} else {
		err = write("products.go", "..")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // a program of its own
	}
}

// create writes the folder of a new product of a kind below dir.
func create(dir, name, kind string) error {
	if !regexp.MustCompile(`^[a-z][a-z0-9]*$`).MatchString(name) {
		return fmt.Errorf("the name of a product is that of its package, such as b2c, not %q", name)
	}
	folder := filepath.Join(dir, name)
	if err := os.Mkdir(folder, 0o755); err != nil { //nolint:gosec // source code
		return err
	}
	for _, end := range []string{".go", "_test.go"} {
		text, err := templates.ReadFile(kind + end + ".tmpl")
		if err != nil {
			return err
		}
		source, err := format.Source(bytes.ReplaceAll(text, []byte("NAME"), []byte(name)))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name+end), source, 0o644); err != nil { //nolint:gosec // source code
			return err
		}
	}
	return nil
}

// write writes the list of the folders of dir into a file.
func write(file, dir string) error {
	source, err := list(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(file, source, 0o644) //nolint:gosec // source code
}

// list is the Go file that lists the products in the folders of dir.
func list(dir string) ([]byte, error) {
	names, err := products(dir)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := template.Must(template.ParseFS(templates, "list.go.tmpl")).Execute(&b, names); err != nil {
		return nil, err
	}
	return format.Source(b.Bytes())
}

// products are the folders that hold a product. all and producttest are none.
func products(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.go"))
	var names []string
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		if !slices.Contains(names, name) && name != "all" && name != "producttest" {
			names = append(names, name)
		}
	}
	return names, err
}
