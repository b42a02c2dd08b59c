package scenario_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/scenario"
)

var update = flag.Bool("update", false, "write scenarios/scenario.schema.json and docs/scenarios.md")

func TestSchemaFileIsTheGeneratedOne(t *testing.T) {
	path := filepath.Join("..", "..", "scenarios", "scenario.schema.json")
	if *update {
		if err := os.WriteFile(path, scenario.Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, scenario.Schema()) {
		t.Error("scenario.schema.json is not what the parser's tables say; run go test ./simulator/scenario -update")
	}
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(scenario.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	const url = "https://darajabox.invalid/scenario.schema.json"
	c := jsonschema.NewCompiler()
	if err := c.AddResource(url, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(url)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asEditor reads YAML the way an editor does before it applies a schema.
func asEditor(src []byte) (any, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")), &document); err != nil {
		return nil, err
	}
	likeJSON(&document)
	var v any
	if err := document.Decode(&v); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
}

// likeJSON makes texts of keys, and of dates, which YAML 1.2 does not have.
func likeJSON(n *yaml.Node) {
	for i, child := range n.Content {
		if child.Tag == "!!timestamp" || n.Kind == yaml.MappingNode && i%2 == 0 {
			child.Tag = "!!str"
		}
		likeJSON(child)
	}
}

func TestReadyScenariosAreGood(t *testing.T) {
	schema := compileSchema(t)
	for _, name := range scenarios.Names() {
		t.Run(name, func(t *testing.T) {
			src, err := scenarios.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			schemaLine := "# yaml-language-server: $schema=scenario.schema.json\n"
			if slices.Contains(scenarios.Presets(), name) {
				schemaLine = strings.Replace(schemaLine, "=", "=../", 1)
			}
			if !bytes.HasPrefix(src, []byte(schemaLine+"# Seen: ")) {
				t.Error("the first lines do not name the schema and where the case was seen")
			}
			if bytes.Contains(src, []byte("shared/")) {
				t.Error("it names a file outside of the project")
			}
			s, err := scenario.For(all.Catalogue()).Parse(name+".yaml", src, scenarios.Load)
			if err != nil {
				t.Fatal(err)
			}
			if s.Name != name || s.Description == "" {
				t.Errorf("called %q, described as %q", s.Name, s.Description)
			}
			v, err := asEditor(src)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); err != nil {
				t.Errorf("the schema refuses it: %v", err)
			}
		})
	}
}

func TestSchemaAgreesOnMistakes(t *testing.T) {
	schema := compileSchema(t)
	for _, b := range badFiles() {
		if b.schema == noYAML {
			continue
		}
		v, err := asEditor(b.source())
		if err != nil {
			t.Errorf("%s: not YAML: %v", b.name, err)
			continue
		}
		if refused := schema.Validate(v) != nil; refused != (b.schema == bySchema) {
			t.Errorf("%s: refused by the schema: %v", b.name, refused)
		}
	}
}

func TestSchemaTakesWhatParseTakes(t *testing.T) {
	schema := compileSchema(t)
	for _, src := range goodFiles() {
		if _, err := scenario.Parse("good.yaml", []byte(src)); err != nil {
			t.Errorf("%v\n%s", err, src)
		}
		v, err := asEditor([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("the schema refuses %s: %v", src, err)
		}
	}
}

// goodFiles use every key and every form of a value.
func goodFiles() []string {
	files := []string{
		"world: {}\n",
		"name: 12\nrules: [{when: {}, then: {result: 0}}]\n",
		"world: {settings: {pending_query: 500, callback_amount: 1, wrong_method: 405.001, checkout_id_millis: 1, callback_copies: 3, think_time: 1m30s, strict_callbacks: on, dialect: malipo}}\n",
		"world: {customers: [{phone: 254708374149, balance: 20.5, pin: 1234}, {phone: \"07 10-000 001\", balance: \"3.25\", pin: \"0123\", name: J}, {phone: 110000001}]}\n",
		"rules: [{times: 2, then: {sequence: [4005, \"0\", SFC_IC0003, {result: 1032, desc: Request Cancelled by user., after: 0}]}}]\n",
		"rules: [{then: {callback: {delay: 24h, copies: 50, gap: 1.5s, drop: false, reuse_receipt_of: previous}, after: 0s}}]\n",
		"rules: [{then: {result: 0, callback: {drop: true}}}]\n",
		"rules: [{when: {api: stkpush, reference: 7, shortcode: 174379}, then: {result: 100000100}}]\n",
	}
	files = append(files, goodRules()...)
	for _, amount := range []string{"150", "150.50", `"150"`, `"< 100"`, `"<=100"`, `"> 5"`, `">= 1000"`, `"100..200"`, `" 1.50 .. 2 "`} {
		files = append(files, "rules: [{when: {amount: "+amount+"}, then: {result: 0}}]\n")
	}
	for _, phone := range []string{"254708374149", "708374149", "0708374149", `"+254 708 374149"`, `"2547001*"`, `"*149"`, `"0110*"`, "2547001*"} {
		files = append(files, "rules: [{when: {phone: "+phone+"}, then: {result: 0}}]\n")
	}
	return files
}

func TestSchemaExplainsEveryKey(t *testing.T) {
	for _, want := range []string{"2020-12", "think_time", "pending_query", "Request cancelled by user The customer pressed cancel.", "examples", `"stkpush"`} {
		if !strings.Contains(string(scenario.Schema()), want) {
			t.Errorf("the schema does not say %q", want)
		}
	}
}

// goodRules use every key that rules have beyond the first ones.
func goodRules() []string {
	return []string{
		"world: {seed: -7, clock: {frozen: true, at: 2026-11-24T12:00:00+03:00}, organisations: [{shortcode: 600100, name: Duka, till: 600101, passkey: abc, balance: 10}]}\n",
		"world: {organisations: [{shortcode: 600100, initiators: [{name: a, password: b}, {name: c, password: 1, roles: [ORG B2C API Initiator]}]}, " +
			"{shortcode: 600101, initiators: [{name: a, password: b, roles: Org Reversals Initiator}]}]}\n",
		"world: {clock: {speed: 0.5}, customers: [{phone: 0708374149, off: true}]}\n",
		"rules: [{name: a, chance: 20%, from: 30s, until: 2026-11-24T12:00:00Z, state: [start, down], goto: down, then: {result: 0}}]\n",
		"rules: [{chance: 0, goto: down}, {chance: 0.5, state: down, goto: start, then: {after: 0}}]\n",
		"rules: [{chance: \"7.5 %\", from: \"0s\", then: {after: 2s..8s}}]\n",
		"rules: [{then: {after: {normal: {mean: 3s, deviation: 1s, min: 0s, max: 9s}}, reply: {latency: {exponential: {mean: 300ms}}, slow_body: 1s..2s}}}]\n",
		"rules: [{then: {callback: {delay: {exponential: {mean: 3s, min: 1s}}, gap: 1s..2s, copies: 3, reorder: 20, slow_body: 3s, amount: 1.50, phone: 0711000111, unknown_id: true}}}]\n",
		"rules: [{then: {raw_result: {code: 1101, desc: \"\"}, query_result: {code: E3008}}}, {when: {api: stkquery}, then: {query_result: {code: 2029}}}]\n",
		"rules: [{then: {reply: {raw_error: {code: 401.003.01, status: 401, message: x}}}}, {then: {reply: {raw: {status: 404, headers: {A: 1}, body: \"\"}, accepted: true}, raw_result: {code: 0}}}]\n",
		"rules: [{then: {callback: {raw: {body: \"${Body}\", headers: {Content-Type: text/plain}}}}}]\n",
		"rules: [{then: {callback: {before_ack: true}}}, {then: {callback: {malformed: true}}}, {then: {callback: {reset: true, slow_body: 2s}}}]\n",
		"rules: [{when: {api: [stkpush, stkquery, oauth]}, then: {reply: {page: spike_arrest}}}, {when: {api: oauth}, then: {reply: {page: empty_400}}}]\n",
		"rules: [{then: {reply: {error: 405.001}}}, {then: {reply: {error: {code: 500.001.1001, message: Merchant does not exist}}}}]\n",
		"rules: [{then: {reply: {page: waf_503, accepted: true, damage: truncated}, result: 0}}, {then: {reply: {damage: reset, accepted: false}}}]\n",
		"rules: [{when: {api: stkquery}, then: {reply: {revoke_token: true}}}]\n",
		"rules: [{when: {header: {User-Agent: \"*curl*\", X-N: 7}, attempt: 1, rate: \"> 5/s\", where: amount > 5, not: {attempt: \"> 2\", phone: [\"*1\", 0711000111], rate: \">= 1/m\"}}, then: {result: 0}}]\n",
		"rules: [{when: {reference: [a, \"b*\"], shortcode: [174379, \"600000\"], where: \"phone startsWith '254'\"}, then: {sequence: [{reply: {latency: 1s}}, 0]}}]\n",
	}
}
