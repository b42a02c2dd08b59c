package darajabox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

const module = "github.com/darajabox/darajabox"

// goPackage is a package as `go list -json` describes it.
type goPackage struct {
	ImportPath   string
	Name         string
	Dir          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// name is the package's path inside the module: "gateway/sqlite".
func (r goPackage) name() string {
	return strings.TrimPrefix(strings.TrimPrefix(r.ImportPath, module), "/")
}

// listPackages reads every package of the module.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var r goPackage
		err := dec.Decode(&r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("reading go list: %v", err)
		}
		packages = append(packages, r)
	}
	if len(packages) < 15 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	return packages
}

func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// within reports whether p is the folder or below it.
func within(p, parent string) bool { return p == parent || strings.HasPrefix(p, parent+"/") }

// products is the folder with a folder for each product.
const products = "simulator/product"

// productList is the generator of the list of products.
const productList = "simulator/product/all/generate"

// The kinds of packages.
var (
	domains  = []string{"daraja", "simulator", "simulator/condition", "simulator/ids", "simulator/scenario", "simulator/journal", "gateway"}
	adapters = []string{
		"simulator/httpapi", "simulator/callback", "simulator/intercept", "simulator/control", "simulator/control/client", "simulator/clock", "simulator/people",
		"gateway/httpapi", "gateway/admin", "gateway/adminapi", "gateway/mpesa", "gateway/webhook", "gateway/sqlite", "gateway/postgres",
		"gateway/metrics", "gateway/tracing", "gateway/ops",
	}
	wiring    = []string{"simulator/app", "gateway/app"}
	internals = []string{ // what packages of both services need; they import neither
		"internal/activity",
		"internal/apiclient",
		"internal/hosts",
		"internal/httpkit",
		"internal/listen",
		"internal/logthrottle",
		"internal/proxy",
		"internal/schema",
		"internal/startpage",
		"internal/strict",
		"internal/testkit",
	}
	pure = []string{ // internals without I/O, for domains too
		"internal/splitmix",
		"internal/suggest",
	}
	others = []string{
		"",
		"cmd/darajabox",
		"darajatest",
		"examples",
		"examples/go",
		"features",
		"gateway/storetest",
		"harness",
		"internal/e2e",
		"internal/inbox",
		"internal/loadtest",
		"internal/loadtest/mutant",
		"internal/loadtest/mutant/run",
		"internal/pgtest",
		"scenarios",
		"scripts/progress",
		"simulator/control/console",
	}

	withRouter = []string{"simulator/httpapi", "simulator/control", "gateway/httpapi", "gateway/admin"}
	badNames   = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "types", "pkg"}

	// what a domain may import beside the standard library, daraja and its own root
	domainLibraries = map[string][]string{
		"simulator": {"github.com/tidwall/gjson"}, "simulator/condition": {"github.com/expr-lang/expr"}, "simulator/scenario": {"go.yaml.in/yaml/v4"},
	}
)

func TestEveryPackageIsListed(t *testing.T) {
	known := slices.Concat(domains, adapters, wiring, internals, pure, others)
	for _, r := range listPackages(t) {
		if !slices.Contains(known, r.name()) && !within(r.name(), products) {
			t.Errorf("%s is in no list of ARCHITECTURE.md's rules: say what kind of package it is", r.name())
		}
		if slices.Contains(badNames, path.Base(r.ImportPath)) {
			t.Errorf("%s: the name says nothing", r.name())
		}
	}
}

func TestImportRules(t *testing.T) {
	for _, r := range listPackages(t) {
		for _, imported := range r.Imports {
			if why := forbidden(r.name(), imported); why != "" {
				t.Errorf("%s imports %s: %s", r.name(), imported, why)
			}
		}
		for _, imported := range slices.Concat(r.TestImports, r.XTestImports) {
			if why := crosses(r.name(), strings.TrimPrefix(imported, module+"/")); why != "" {
				t.Errorf("the tests of %s import %s: %s", r.name(), imported, why)
			}
		}
	}
}

// forbidden says which rule an import breaks, or "".
func forbidden(from, imported string) string {
	to, own := strings.CutPrefix(imported, module+"/")
	switch {
	case own:
		return forbiddenPackage(from, to)
	case standard(imported):
		return forbiddenStandard(from, imported)
	default:
		return forbiddenLibrary(from, imported)
	}
}

func forbiddenPackage(from, to string) string {
	root, _, _ := strings.Cut(from, "/")
	allowed := []string{"daraja", root}
	switch {
	case crosses(from, to) != "":
		return crosses(from, to)
	case slices.Contains(pure, to) && from != "daraja":
		return ""
	case from == "simulator/ids", from == productList:
		allowed = []string{"daraja"}
	case from == "simulator": // the kernel knows no product
		allowed = []string{"daraja", "simulator/condition", "simulator/ids"}
	case from == "simulator/product/all": // the list
		if within(to, products) {
			return ""
		}
	case from == products+"/producttest": // worlds on a frozen clock, set up by scenarios
		allowed = append(allowed, "simulator/clock", "simulator/scenario")
	case within(from, products): // a product knows the kernel, never another product
	case slices.Contains(internals, to) && !slices.Contains(domains, from) && !slices.Contains(internals, from):
		return ""
	case slices.Contains(internals, from), slices.Contains(pure, from):
		allowed = []string{"daraja"}
	case from == "daraja":
		return "daraja imports the standard library only"
	case from == "simulator/condition": // the world's queue asks it, so it knows of no world
		allowed = []string{"daraja"}
	case slices.Contains(domains, from) && from != root, slices.Contains(adapters, from):
		if root == "simulator" {
			allowed = append(allowed, "simulator/condition")
		}
		if root == "simulator" && from != "simulator/scenario" && from != "simulator/journal" {
			allowed = append(allowed, "simulator/scenario", "simulator/journal")
		}
		if from == "simulator/control" { // the types of its requests and answers
			allowed = append(allowed, "simulator/control/client", "scenarios")
		}
		if from == "gateway/admin" { // the types of its answers
			allowed = append(allowed, "gateway/adminapi")
		}
	case slices.Contains(domains, from):
		allowed = []string{"daraja"}
	case slices.Contains(wiring, from):
		if within(to, root) || to == "daraja" || to == "scenarios" {
			return ""
		}
	case from == "harness":
		allowed = []string{"daraja", "simulator/app", "simulator/clock", "simulator/control/client", "gateway/app", "internal/inbox", "features", "scenarios"}
	case from == "darajatest":
		allowed = []string{"daraja", "simulator/app", "simulator/control/client"}
	case from == "internal/loadtest":
		allowed = []string{"daraja", "simulator/control/client"}
	case from == "examples", from == "examples/go":
		allowed = []string{"darajatest", "simulator/app"}
	case from == "simulator/control/console": // pages, no code
		allowed = nil
	case from == "internal/loadtest/mutant":
		allowed = []string{"internal/loadtest"}
	case from == "internal/loadtest/mutant/run":
		allowed = []string{"internal/loadtest", "internal/loadtest/mutant"}
	case from == "internal/inbox":
		allowed = []string{"daraja"}
	case from == "cmd/darajabox": // of the domains it takes the names of statuses, settings and records
		allowed = []string{"daraja", "simulator", "simulator/journal", "simulator/scenario", "simulator/product/all", "simulator/app", "simulator/control/client", "gateway/app", "gateway/adminapi", "internal/inbox", "scenarios"}
	case from == "scenarios": // it names the nearest ready one as the language names the nearest word
		allowed = []string{"simulator/scenario"}
	case from == "gateway/storetest":
		allowed = []string{"daraja", "gateway"}
	case from == "internal/pgtest": // a server for tests knows of no gateway
		allowed = nil
	}
	if !slices.Contains(allowed, to) {
		return "it may import of this module: " + strings.Join(allowed, ", ")
	}
	return ""
}

// crosses says whether an import joins the two services.
func crosses(from, to string) string {
	if within(from, "simulator") && within(to, "gateway") || within(from, "gateway") && within(to, "simulator") {
		return "simulator and gateway never import each other"
	}
	return ""
}

func forbiddenStandard(from, imported string) string {
	io := []string{"net/http", "net", "database/sql", "os", "os/exec", "log"}
	domain := slices.Contains(domains, from) || slices.Contains(pure, from) || within(from, products) && from != productList && from != products+"/producttest"
	if domain && slices.Contains(io, imported) && (from != "daraja" || imported != "net/http") {
		return "a domain does no I/O"
	}
	if imported == "os" && !slices.Contains([]string{productList, products + "/producttest", "cmd/darajabox", "harness", "gateway/sqlite", "internal/pgtest", "gateway/app", "simulator/app", "simulator/intercept", "darajatest", "internal/loadtest", "internal/loadtest/mutant", "scripts/progress", "internal/loadtest/mutant/run"}, from) {
		return "only cmd reads the environment"
	}
	return ""
}

func forbiddenLibrary(from, imported string) string {
	switch {
	case from == "internal/schema" && within(imported, "github.com/pressly/goose"):
		return ""
	case from == "daraja", slices.Contains(internals, from), slices.Contains(pure, from):
		return from + " imports no library"
	case slices.Contains(domains, from):
		for _, library := range domainLibraries[from] {
			if within(imported, library) {
				return ""
			}
		}
		return "a domain imports daraja and the standard library"
	case within(imported, "github.com/gorilla/mux") && !slices.Contains(withRouter, from):
		return "mux is for " + strings.Join(withRouter, ", ")
	case (within(imported, "github.com/cucumber/godog") || within(imported, "github.com/testcontainers/testcontainers-go")) && from != "harness":
		return "godog and testcontainers are for harness"
	case within(imported, "github.com/brianvoe/gofakeit") && from != "simulator/people":
		return "gofakeit is for seed data, in simulator/people"
	case within(imported, "github.com/prometheus") && from != "gateway/metrics":
		return "counting is for gateway/metrics"
	case within(imported, "go.opentelemetry.io") && from != "gateway/tracing":
		return "traces are for gateway/tracing"
	}
	return ""
}

// Time and randomness are fields: a domain that reads them in place can't be
// repeated. The same goes for the adapters, where only the wiring may.
func TestTimeAndRandomnessAreFields(t *testing.T) {
	inPlace := map[string][]string{
		"time": {"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker"},
		"rand": {"Int", "IntN", "Int64", "Float64", "N", "Read", "Text", "Perm", "Shuffle", "Reader"},
	}
	free := append([]string{"simulator/clock"}, wiring...)
	for _, r := range listPackages(t) {
		if !within(r.name(), "daraja") && !within(r.name(), "simulator") && !within(r.name(), "gateway") ||
			slices.Contains(free, r.name()) || r.name() == "gateway/storetest" {
			continue
		}
		for _, file := range r.GoFiles {
			for _, use := range selectors(t, filepath.Join(r.Dir, file)) {
				if slices.Contains(inPlace[use.pkg], use.name) {
					t.Errorf("%s/%s:%d: %s.%s is read in place", r.name(), file, use.line, use.pkg, use.name)
				}
			}
		}
	}
}

type selector struct {
	pkg, name string
	line      int
}

func selectors(t *testing.T, file string) []selector {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, 0)
	if err != nil {
		t.Fatalf("parsing: %v", err)
	}
	var found []selector
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Obj == nil {
				found = append(found, selector{x.Name, s.Sel.Name, fset.Position(s.Pos()).Line})
			}
		}
		return true
	})
	return found
}

// The diagram in ARCHITECTURE.md is the table, arrow for arrow.
func TestDiagramIsTheTable(t *testing.T) {
	doc, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, arrow := range arrows() {
		if !bytes.Contains(doc, []byte("    "+arrow+"\n")) {
			t.Errorf("ARCHITECTURE.md lacks: %s", arrow)
		}
	}
	if got, want := bytes.Count(doc, []byte(" --> ")), len(arrows())+1; got != want { // one more into the first state
		t.Errorf("ARCHITECTURE.md draws %d arrows, the table has %d", got, want)
	}
}

// arrows are the transitions that change the state, those between the same two
// states in one arrow.
func arrows() []string {
	var out []string
	for _, from := range gateway.States() {
		for _, to := range gateway.States() {
			var events []string
			for _, e := range gateway.Events() {
				if next, ok := gateway.Next(from, e); ok && next.To == to && from != to {
					events = append(events, string(e))
				}
			}
			if len(events) > 0 {
				out = append(out, fmt.Sprintf("%s --> %s: %s", from, to, strings.Join(events, ", ")))
			}
		}
	}
	return out
}

// The steps of a push in ARCHITECTURE.md are functions of the packages that it names.
func TestStepsOfAPushAreFunctions(t *testing.T) {
	doc, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := regexp.MustCompile(`(?m)^\| \d+ \| `+"`([^`]+)`"+` (?:\(([a-z/]+)\) )?\|`).FindAllSubmatch(doc, -1)
	if len(steps) != 10 {
		t.Errorf("%d steps", len(steps))
	}
	for _, step := range steps {
		name, folder := string(step[1]), path.Join("simulator", string(step[2]))
		declaration := "\nfunc " + name + "("
		if receiver, method, ok := strings.Cut(name, "."); ok {
			declaration = " *" + receiver + ") " + method + "("
		}
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(files, func(file string) bool {
			source, err := os.ReadFile(file)
			return err == nil && !strings.HasSuffix(file, "_test.go") && bytes.Contains(source, []byte(declaration))
		}) {
			t.Errorf("%s has no function %s", folder, name)
		}
	}
}
