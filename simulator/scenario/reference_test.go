package scenario_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/scenarios"
	products "github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/scenario"
)

func reference(t *testing.T) string {
	t.Helper()
	all, err := scenarios.Describe(scenario.For(products.Catalogue()))
	if err != nil {
		t.Fatal(err)
	}
	var ready []scenario.Ready
	for _, r := range all {
		ready = append(ready, scenario.Ready{Name: r.Name, Description: r.Description, Preset: r.Preset, Source: r.Source})
	}
	return string(scenario.Reference(ready))
}

func TestReferenceFileIsTheGeneratedOne(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "scenarios.md")
	want := []byte(reference(t))
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, want) {
		t.Error("docs/scenarios.md is not what the parser's tables say; run go test ./simulator/scenario -run ReferenceFile -update")
	}
}

// tables are the rows of each table in a Markdown text, by the heading above it, or by
// the mapping that "In `normal`:" names.
func tables(t *testing.T, text string) map[string][][]string {
	t.Helper()
	found := make(map[string][][]string)
	heading, open := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
			heading = strings.ReplaceAll(title[1:], "`", "")
		}
		if in, ok := strings.CutPrefix(line, "In `"); ok {
			heading = strings.TrimSuffix(in, "`:")
		}
		if !strings.HasPrefix(line, "|") {
			open = ""
			continue
		}
		cells := regexp.MustCompile(`(?:[^|\\]|\\.)+`).FindAllString(line, -1)
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(c), `\|`, "|")
		}
		if open == "" {
			open = heading
			if found[open] != nil {
				open += ", second table"
			}
			found[open] = [][]string{}
			continue
		}
		if cells[0] != "---" {
			found[open] = append(found[open], cells)
		}
	}
	return found
}

func plain(cell string) string { return strings.Trim(cell, "`") }

// keyTable is where a table of keys stands.
type keyTable struct {
	def    string // in the schema; "" is none
	file   string // % is the key
	beside []string
}

func keyTables() map[string]keyTable {
	return map[string]keyTable{
		"The file":      {"", "{%}", []string{"world: {seed: 1}"}},
		"world":         {"world", "world: {%}", nil},
		"settings":      {"settings", "world: {settings: {%}}", nil},
		"customers":     {"customer", "world: {customers: [{%}]}", []string{`phone: "254711000111"`}},
		"organisations": {"organisation", "world: {organisations: [{%}]}", []string{"shortcode: 600999"}},
		"initiators": {
			"initiator", "world: {organisations: [{shortcode: 600999, initiators: [{%}]}]}", []string{"name: payouts", "password: secret"},
		},
		"clock":               {"clock", "world: {clock: {%}}", nil},
		"rules":               {"rule", "rules: [{%}, {state: outage, goto: outage}]", []string{"then: {result: 0}"}},
		"when":                {"when", "rules: [{when: {%}, then: {after: 1s}}]", nil},
		"then":                {"then", "rules: [{then: {%}}]", nil},
		"Times to wait":       {"", "rules: [{then: {after: {%}}}]", nil},
		"normal":              {"normal", "rules: [{then: {after: {normal: {%}}}}]", []string{"mean: 3s", "deviation: 1s"}},
		"exponential":         {"exponential", "rules: [{then: {after: {exponential: {%}}}}]", []string{"mean: 3s"}},
		"reply":               {"reply", "rules: [{then: {reply: {%}}}]", nil},
		"reply, second table": {"error", "rules: [{then: {reply: {error: {%}}}}]", []string{"code: 500.001.1001"}},
		"callback":            {"callback", "rules: [{then: {callback: {%}}}]", nil},

		"Any other result":   {"raw_result", "rules: [{then: {raw_result: {%}}}]", []string{"code: 1101"}},
		"raw_error":          {"raw_error", "rules: [{then: {reply: {raw_error: {%}}}}]", []string{"code: 1101"}},
		"raw":                {"raw_reply", "rules: [{then: {reply: {raw: {%}}}}]", nil},
		"Any other callback": {"raw_callback", "rules: [{then: {callback: {raw: {%}}}}]", nil},
	}
}

// with is a whole file that has an example in its place.
func (k keyTable) with(example string) string {
	if strings.HasPrefix(example, "queue_timeout:") {
		k.file = strings.Replace(k.file, "{then:", "{when: {api: balance}, then:", 1) // a push has none
	}
	keys := []string{example}
	for _, b := range k.beside {
		if name, _, _ := strings.Cut(b, " "); !strings.HasPrefix(example, name) {
			keys = append(keys, b)
		}
	}
	return strings.Replace(k.file, "%", strings.Join(keys, ", "), 1) + "\n"
}

func TestReferenceExamplesAreRight(t *testing.T) {
	schema, found, tried := compileSchema(t), tables(t, reference(t)), 0
	for title, in := range keyTables() {
		if len(found[title]) == 0 {
			t.Errorf("there is no table %s", title)
		}
		for _, row := range found[title] {
			key, example := plain(row[0]), plain(row[len(row)-1])
			if title == "settings" {
				example = key + ": " + plain(row[1]) // its default
			}
			if !strings.HasPrefix(example, key+": ") && !strings.Contains(example, ", "+key+": ") {
				t.Errorf("%s: the example of %s is %s", title, key, example)
			}
			src := in.with(example)
			if _, err := scenario.For(products.Catalogue()).Parse("example.yaml", []byte(src), scenarios.Load); err != nil {
				t.Errorf("%s, %s: %v\n%s", title, key, err, src)
			}
			if v, err := asEditor([]byte(src)); err != nil || schema.Validate(v) != nil {
				t.Errorf("%s, %s: the schema refuses it: %v %v\n%s", title, key, err, schema.Validate(v), src)
			}
			tried++
		}
	}
	if tried < 75 {
		t.Errorf("only %d examples were tried", tried)
	}
}

// The reference knows each key that the schema knows, with the words of its doc.
func TestReferenceHasEveryKey(t *testing.T) {
	var schema struct {
		mapping
		Defs map[string]mapping `json:"$defs"`
	}
	if err := json.Unmarshal(scenario.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	all := tables(t, reference(t))
	covered := []string{"step", "not", "wait"} // then, when, and the table of times to wait
	for title, in := range keyTables() {
		m := schema.Defs[in.def]
		switch title {
		case "The file":
			m = schema.mapping
		case "Times to wait":
			m = schema.Defs["wait"]
		}
		covered = append(covered, in.def)
		var keys []string
		for _, row := range all[title] {
			keys = append(keys, plain(row[0]))
			if want := m.Properties[plain(row[0])].Description; !slices.ContainsFunc(row, func(cell string) bool { return strings.NewReplacer(`\*`, "*", "`", "").Replace(cell) == want }) {
				t.Errorf("%s: %q, and the schema has %q", title, row, want)
			}
		}
		slices.Sort(keys)
		if want := slices.Sorted(maps.Keys(m.Properties)); !slices.Equal(keys, want) {
			t.Errorf("%s has %v, want %v", title, keys, want)
		}
	}
	for def := range schema.Defs {
		if !slices.Contains(covered, def) {
			t.Errorf("%s of the schema has no table", def)
		}
	}
}

// Each text of keys.yaml is about a key that there is.
func TestTextsOfKeysAreUsed(t *testing.T) {
	file, err := os.ReadFile("keys.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]struct {
		About string
		Keys  map[string]struct{ Does, Example string }
	}
	if err := yaml.Load(file, &texts, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	var schema struct {
		mapping
		Defs map[string]mapping `json:"$defs"`
	}
	if err := json.Unmarshal(scenario.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	schema.Defs["file"] = schema.mapping
	for table, text := range texts {
		for key := range text.Keys {
			same := (table == "not" && key == "not") || (table == "step" && key == "sequence") // they share the texts of when and then
			if _, known := schema.Defs[table].Properties[key]; !known && !same {
				t.Errorf("there is no key %s in %s", key, table)
			}
		}
		if text.About == "" || schema.Defs[table].Properties == nil {
			t.Errorf("%s has no text, or is no table", table)
		}
	}
}

// mapping is what the test reads of a mapping in the schema.
type mapping struct {
	Properties map[string]struct{ Description string }
	AnyOf      []mapping
}

func TestReferenceVariablesAreRight(t *testing.T) {
	rows := tables(t, reference(t))["where"]
	for _, row := range rows {
		src := "rules: [{when: {where: \"" + plain(row[3]) + "\"}, then: {result: 0}}]\n"
		if _, err := scenario.Parse("where.yaml", []byte(src)); err != nil || !strings.Contains(plain(row[3]), plain(row[0])) || row[2] == "" {
			t.Errorf("%s: %v", row, err)
		}
	}
	if len(rows) < 15 {
		t.Errorf("only %d variables", len(rows))
	}
}

// recipes are the whole files in the text, by the heading that they stand under.
func recipes(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, part := range regexp.MustCompile(`(?m)^##+ `).Split(reference(t), -1) {
		title, rest, _ := strings.Cut(part, "\n")
		for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(rest, -1) {
			found[title] += m[1]
		}
	}
	return found
}

func TestReferenceRecipesAreGood(t *testing.T) {
	schema := compileSchema(t)
	all := recipes(t)
	if len(all) != 13 {
		t.Errorf("%d files, want the first one, 3 of what is raw and 9 recipes", len(all))
	}
	for title, src := range all {
		if _, err := scenario.For(products.Catalogue()).Parse("recipe.yaml", []byte(src), scenarios.Load); err != nil {
			t.Errorf("%s: %v", title, err)
		}
		v, err := asEditor([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: the schema refuses it: %v", title, err)
		}
	}
}

func TestReferenceLinksLeadSomewhere(t *testing.T) {
	text := reference(t)
	var anchors []string
	for _, m := range regexp.MustCompile(`(?m)^##+ (.*)$`).FindAllStringSubmatch(text, -1) {
		anchors = append(anchors, strings.NewReplacer(" ", "-", "`", "", ",", "").Replace(strings.ToLower(m[1])))
	}
	links := regexp.MustCompile(`\]\(([^)]*)\)`).FindAllStringSubmatch(text, -1)
	for _, m := range links {
		file, anchor, _ := strings.Cut(m[1], "#")
		switch {
		case strings.HasPrefix(file, "https://"):
		case file == "":
			if !slices.Contains(anchors, anchor) {
				t.Errorf("nothing is called #%s", anchor)
			}
		default:
			if _, err := os.Stat(filepath.Join("..", "..", "docs", file)); err != nil {
				t.Error(err)
			}
		}
	}
	if len(links) < 60 {
		t.Errorf("only %d links", len(links))
	}
	if strings.Contains(text, "{{") {
		t.Error("a place in the text has nothing to stand there")
	}
}

func TestReferenceListsEverything(t *testing.T) {
	all := tables(t, reference(t))
	var codes, names []string
	for _, row := range all["Result codes"] {
		codes = append(codes, plain(row[0]))
	}
	for _, r := range daraja.Results() {
		if slices.Contains(codes, string(r.Code)) == (r.Code == daraja.ResultProcessing) {
			t.Errorf("result %s is missing, or is no outcome", r.Code)
		}
	}
	errors := all["Errors"]
	for _, e := range daraja.Errors() {
		if !slices.ContainsFunc(errors, func(row []string) bool { return plain(row[0]) == e.Code && strings.Contains(row[2], e.Message) }) {
			t.Errorf("error %s %q is missing", e.Code, e.Message)
		}
	}
	for _, row := range slices.Concat(all["Ready scenarios"], all["include and presets"]) {
		name, _, _ := strings.Cut(strings.TrimPrefix(row[0], "["), "]")
		names = append(names, name)
		if len(row) != 3 || len(row[1]) < 20 || len(row[2]) < 20 {
			t.Errorf("%q tells too little", row)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, scenarios.Names()) {
		t.Errorf("ready are %v", names)
	}
	if got := len(all["settings"]); got != len(products.Catalogue().Settings()) {
		t.Errorf("%d settings", got)
	}
}
