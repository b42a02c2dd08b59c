package darajabox_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unclearPhrases are words that a reader has to guess at, with what to write instead. They
// are refused in docs, messages and comments.
func unclearPhrases() map[string]string {
	return map[string]string{
		`nobody|nobody's`:                     "name who: no customer, no client; or use the passive",
		`somebody|somebody's|someone`:         "name who: a customer, a client, a person",
		`whoever|whomever`:                    "name who",
		`everybody|everyone|anybody|anyone`:   "name who: each client, every caller",
		`what (became|becomes?) of`:           "the result of, what happens to",
		`(is|are|was|were|be) told`:           "gets, receives, is notified",
		`weather`:                             "background faults; a preset",
		`(is|in|put in) charge`:               "active, loaded",
		`nature|its natural way`:              "by default",
		`comes? to nothing|came about`:        "fails, has no effect; happens",
		`good (day|hour) of`:                  "say what",
		`is had|be had`:                       "exists",
		`how manieth`:                         "which number",
		`twins?`:                              "a variable of the same name",
		`the (door|rooms|hall|eyes) of`:       "listener, package, telemetry",
		`goes? (on|its way) (as|like) before`: "continues",
		`goes its way`:                        "continues",
	}
}

// oldWords are former names, by the folder in which they are refused, with the standard
// terms. A word that ends in a dash is refused as part of a name too: nature- in natureOf.
// Those of a folder are refused in its programs, those of "." in tests too.
func oldWords() map[string]map[string]string {
	return map[string]map[string]string{
		".": {
			"nature- natural- dice- luck-":          "default outcome; random draw",
			"mayhem- court- trial-":                 "chaos, checker, load test",
			"traveller- whoever- nobody- somebody-": "stepper; name who",
			"born- remake- manieth- weather-":       "seed, reset, number, preset",
			"told- tell-":                           "notify, print, last receipt",
			"conclude- disarm-":                     "settle, schedule, cancel",
			"twist- goesOn- nap spoken- meant-":     "applyBodyFaults, current, context, synonyms",
			"bells- troubles- moments- glued":       "clock events, warnings, window",
		},
		"simulator": {
			"course took carry organise":    "outcome, apply, execute, upsert",
			"lane- turns ground stage":      "stream, counters, dependencies, scenario manager",
			"putOn takeOff hub- rank-":      "apply, unload, broadcaster, tie-breaker",
			"era wake employ came shuffled": "generation, startWorker, enqueue, reorder buffer",
			"place ":                        "world runtime, position, field reference",
		},
		"simulator/callback": {"kept": "retained"},
		"simulator/journal":  {"mention folded room": "full text, case fold, buffer"},
		"simulator/scenario": {"home inside guard forms remembers": "owner key, position, value type, window"},
		"simulator/control":  {"steady elsewhere": "deadline writer, not found"},
		"harness":            {"travel- gate crowd- patience": "stepper, blocking proxy, bulk, timeout"},
		"cmd":                {"peer- remote- instruct- days leave": "client, call, duration flag, exit"},
		"internal/loadtest": {
			"hear- heard- road- crowd- shop- business-": "record, proxy, clients, order client, webhook sink",
			"what who took patience":                    "kind, actor, timing, timeout",
		},
	}
}

// allowed are the reasons why a word is right in a file, by the path of the file and the
// word, or * for all words.
func allowed() map[string]string {
	const account = "an account of Unix"
	return map[string]string{
		"internal/pgtest/cluster_unix.go nobody":        account,
		"tools/release/image/dockerfile_test.go nobody": account,
		"simulator/control/console/files_test.go *":     "a list of such words",
		"cmd/darajabox/gatewayrecords.go Remote":        "a key of the administration API",
		"cmd/darajabox/phone.go Leave":                  "darajabox phone leave",
	}
}

// The code outside of gateway names things by the terms of docs/glossary.md and of the field.
func TestNamesAreStandardTerms(t *testing.T) {
	eachText(t, func(path, text string) {
		if filepath.Ext(path) != ".go" {
			return
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range declared(file) {
			for folder, words := range oldWords() {
				if folder != "." && (!within(path, folder) || strings.HasSuffix(path, "_test.go")) {
					continue
				}
				for list, instead := range words {
					if word := oldWordIn(name.Name, strings.Fields(list)); word != "" {
						report(t, set.Position(name.Pos()).String(), path, name.Name, instead)
					}
				}
			}
		}
	})
}

// report says that a file has a refused word, unless it is allowed there.
func report(t *testing.T, position, path, word, instead string) {
	t.Helper()
	if allowed()[path+" "+word] == "" && allowed()[path+" *"] == "" {
		t.Errorf("%s has %q; standard: %s", position, word, instead)
	}
}

// oldWordIn is the refused word that a name is, or has as one of its parts.
func oldWordIn(name string, words []string) string {
	parts := camelCase.FindAllString(name, -1)
	for _, word := range words {
		whole, isPart := strings.CutSuffix(word, "-")
		if name == whole || name == upper(whole) || isPart && slices.ContainsFunc(parts, func(p string) bool { return strings.EqualFold(p, whole) }) {
			return word
		}
	}
	return ""
}

func upper(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

var camelCase = regexp.MustCompile(`[A-Z]*[a-z0-9]+|[A-Z]+`)

// declared are the names that a file declares, but for those of another package that it uses.
func declared(file *ast.File) []*ast.Ident {
	var names []*ast.Ident
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			names = append(names, n.Name)
		case *ast.TypeSpec:
			names = append(names, n.Name)
		case *ast.ValueSpec:
			names = append(names, n.Names...)
		case *ast.Field:
			names = append(names, n.Names...)
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					names = append(names, id)
				}
			}
		case *ast.RangeStmt:
			for _, left := range []ast.Expr{n.Key, n.Value} {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					names = append(names, id)
				}
			}
		}
		return true
	})
	return names
}

// Docs, messages, comments and descriptions say who does what.
func TestPhrasesAreClear(t *testing.T) {
	phrases := slices.Sorted(maps.Keys(unclearPhrases()))
	anyPhrase := regexp.MustCompile(`\b((` + strings.Join(phrases, ")|(") + `))\b`)
	comment := regexp.MustCompile(`\n\s*(//|#|\*)\s?`)
	step := regexp.MustCompile("(?m)^ *(Given|When|Then|And|But|\\|) .*$|`\\^.*\\$`") // of a feature, and in harness
	texts := 0
	eachText(t, func(path, text string) {
		texts++
		text = strings.NewReplacer("NoBody", "", "noBody", "").Replace(step.ReplaceAllString(text, ""))
		text = strings.ToLower(comment.ReplaceAllString(text, " "))
		for _, at := range anyPhrase.FindAllStringIndex(text, -1) {
			phrase := text[at[0]:at[1]]
			i := slices.IndexFunc(phrases, func(p string) bool { return regexp.MustCompile(`^(` + p + `)$`).MatchString(phrase) })
			around := text[max(0, at[0]-40):min(len(text), at[1]+20)]
			report(t, fmt.Sprintf("%s: %q", path, around), path, phrase, unclearPhrases()[phrases[i]])
		}
	})
	if texts < 300 {
		t.Errorf("only %d texts", texts)
	}
}

// eachText reads the files with code, docs and descriptions, but those of gateway, whose
// names are replaced later, old entries of the changelog, and this file.
func eachText(t *testing.T, f func(path, text string)) {
	t.Helper()
	kinds := []string{".go", ".md", ".feature", ".yaml", ".py", ".mjs", ".php", ".java", ".sh", ".txt"}
	skipped := []string{".git", "build", "gateway", "CHANGELOG.md", "words_test.go"}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		path = filepath.ToSlash(path)
		switch {
		case err != nil:
			return err
		case slices.Contains(skipped, path) && d.IsDir():
			return fs.SkipDir
		case slices.Contains(skipped, path), d.IsDir(), !slices.Contains(kinds, filepath.Ext(path)):
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			f(path, string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
