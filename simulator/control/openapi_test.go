package control_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control"
)

// spec is openapi.yaml, with all schemas closed: a key that it does not have is wrong.
type spec struct {
	doc      map[string]any
	compiler *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
	seen    map[string]bool // "GET /clock 200"
}

// read is the description as it is served, parsed once.
var read = sync.OnceValues(func() (any, error) {
	h := control.New(control.Config{Products: products()})
	var doc any
	if err := yaml.Unmarshal(serve(h, http.MethodGet, "/openapi.yaml").Body.Bytes(), &doc); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err == nil {
		closeObjects(tree)
	}
	return tree, err
})

// readSpec makes a reader of its own of it.
func readSpec(t *testing.T) *spec {
	t.Helper()
	tree, err := read()
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("openapi.json", tree); err != nil {
		t.Fatal(err)
	}
	return &spec{doc: tree.(map[string]any), compiler: c, schemas: map[string]*jsonschema.Schema{}, seen: map[string]bool{}}
}

func closeObjects(node any) {
	switch n := node.(type) {
	case map[string]any:
		_, open := n["additionalProperties"]
		if _, ok := n["properties"]; ok && n["type"] == "object" && !open {
			n["additionalProperties"] = false
		}
		for _, child := range n {
			closeObjects(child)
		}
	case []any:
		for _, child := range n {
			closeObjects(child)
		}
	}
}

// at follows a JSON pointer, and the $ref at its end.
func (s *spec) at(pointer string) (map[string]any, string) {
	var node any = s.doc
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		m, ok := node.(map[string]any)
		if !ok {
			return nil, pointer
		}
		node = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	m, _ := node.(map[string]any)
	if ref, ok := m["$ref"].(string); ok {
		return s.at(strings.TrimPrefix(ref, "#"))
	}
	return m, pointer
}

func escape(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }

// schema compiles the schema at a pointer.
func (s *spec) schema(t *testing.T, pointer string) *jsonschema.Schema {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.schemas[pointer]; known != nil {
		return known
	}
	compiled, err := s.compiler.Compile("openapi.json#" + pointer)
	if err != nil {
		t.Fatalf("%s: %v", pointer, err)
	}
	s.schemas[pointer] = compiled
	return compiled
}

// operation finds the pointer and name of what a request asks for.
func (s *spec) operation(method, path string) (pointer, name string) {
	paths, _ := s.at("/paths")
	best, bare := "", path
	if m := regexp.MustCompile(`^/worlds/[^/]+(/.+)$`).FindStringSubmatch(path); m != nil {
		bare = m[1]
	}
	for _, template := range slices.Sorted(maps.Keys(paths)) {
		item := paths[template].(map[string]any)
		at := path
		if item["servers"] != nil {
			at = bare
		}
		shape := regexp.MustCompile(`\\\{[^}]+\\\}`).ReplaceAllString(regexp.QuoteMeta(template), `[^/]+`)
		// A template without variables is nearer than one with them.
		if item[strings.ToLower(method)] != nil && regexp.MustCompile("^"+shape+"$").MatchString(at) && (best == "" || strings.Count(template, "{") < strings.Count(best, "{")) {
			best = template
		}
	}
	if best == "" {
		return "", ""
	}
	return "/paths/" + escape(best) + "/" + strings.ToLower(method), method + " " + best
}

// check holds an answer, and a request that was taken, against the description.
func (s *spec) check(t *testing.T, req *http.Request, sent string, res *http.Response) {
	t.Helper()
	pointer, name := s.operation(req.Method, req.URL.Path)
	if pointer == "" {
		if !slices.Contains([]int{http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed}, res.StatusCode) {
			t.Errorf("%s %s is not in openapi.yaml and got %d", req.Method, req.URL.Path, res.StatusCode)
		}
		return
	}
	answer, where := s.at(fmt.Sprintf("%s/responses/%d", pointer, res.StatusCode))
	if answer == nil {
		t.Errorf("%s: %d is not in openapi.yaml", name, res.StatusCode)
		return
	}
	s.mu.Lock()
	s.seen[fmt.Sprintf("%s %d", name, res.StatusCode)] = true
	s.mu.Unlock()
	body, _ := io.ReadAll(res.Body)
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	content, _ := answer["content"].(map[string]any)
	switch {
	case content == nil && len(body) > 0:
		t.Errorf("%s %d has a body, which is not in openapi.yaml: %s", name, res.StatusCode, body)
	case content == nil:
	case content[kind] == nil:
		t.Errorf("%s %d is %q, which is not in openapi.yaml", name, res.StatusCode, kind)
	case strings.HasSuffix(kind, "json"):
		s.validate(t, where+"/content/"+escape(kind)+"/schema", body, name)
	}
	if op, at := s.at(pointer + "/requestBody"); op != nil && res.StatusCode < 300 && strings.HasPrefix(sent, "{") {
		s.validate(t, at+"/content/application~1json/schema", []byte(sent), "the request of "+name)
	}
}

func (s *spec) validate(t *testing.T, pointer string, body []byte, what string) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Errorf("%s: %v in %.300s", what, err, body)
		return
	}
	if err := s.schema(t, pointer).Validate(value); err != nil {
		t.Errorf("%s is not as openapi.yaml says: %v\n%.2000s", what, err, body)
	}
}

// The description has what the router has, and nothing else.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	s := readSpec(t)
	var described []string
	paths, _ := s.at("/paths")
	for path, item := range paths {
		of := ""
		if item.(map[string]any)["servers"] != nil {
			of = " of a world"
		}
		for _, method := range []string{"get", "post", "put", "delete", "patch", "head", "options"} {
			if item.(map[string]any)[method] != nil {
				described = append(described, strings.ToUpper(method)+" "+path+of)
			}
		}
	}
	slices.Sort(described)
	routes := []string{"GET /docs"}
	for _, r := range control.Routes() {
		routes = append(routes, regexp.MustCompile(`\{(\w+):[^}]*\}`).ReplaceAllString(r, "{$1}"))
	}
	slices.Sort(routes)
	if got, want := strings.Join(described, "\n"), strings.Join(routes, "\n"); got != want {
		t.Errorf("openapi.yaml has\n%s\n\nthe router has\n%s", got, want)
	}
}

// Every operation says what it is, and can be refused; its examples are right.
func TestOpenAPIIsComplete(t *testing.T) {
	s := readSpec(t)
	ids := map[string]bool{}
	paths, _ := s.at("/paths")
	for path := range paths {
		for _, method := range []string{"get", "post", "put", "delete"} {
			at := "/paths/" + escape(path) + "/" + method
			op, _ := s.at(at)
			if op == nil {
				continue
			}
			id, _ := op["operationId"].(string)
			if id == "" || ids[id] || op["summary"] == nil || op["tags"] == nil {
				t.Errorf("%s %s: operationId %q, summary %v, tags %v", method, path, id, op["summary"], op["tags"])
			}
			ids[id] = true
			for _, variable := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
				if !s.hasParameter(path, method, variable[1]) {
					t.Errorf("%s %s does not describe {%s}", method, path, variable[1])
				}
			}
			for status := range op["responses"].(map[string]any) {
				answer, where := s.at(at + "/responses/" + status)
				if answer["description"] == nil {
					t.Errorf("%s %s: %s has no description", method, path, status)
				}
				s.examples(t, where)
			}
			if body, where := s.at(at + "/requestBody"); body != nil {
				s.examples(t, where)
			}
		}
	}
}

func (s *spec) hasParameter(path, method, name string) bool {
	for _, at := range []string{"/paths/" + escape(path), "/paths/" + escape(path) + "/" + method} {
		node, _ := s.at(at)
		list, _ := node["parameters"].([]any)
		for _, p := range list {
			p := p.(map[string]any)
			if ref, ok := p["$ref"].(string); ok {
				p, _ = s.at(strings.TrimPrefix(ref, "#"))
			}
			if p["name"] == name && p["in"] == "path" && p["required"] == true {
				return true
			}
		}
	}
	return false
}

// examples validates those of a body.
func (s *spec) examples(t *testing.T, at string) {
	t.Helper()
	content, where := s.at(at + "/content")
	for kind := range content {
		media, pointer := s.at(where + "/" + escape(kind))
		var all []any
		if e, ok := media["example"]; ok {
			all = append(all, e)
		}
		if named, ok := media["examples"].(map[string]any); ok {
			for _, e := range named {
				all = append(all, e.(map[string]any)["value"])
			}
		}
		for _, e := range all {
			body, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			s.validate(t, pointer+"/schema", body, "an example at "+pointer)
		}
	}
}

// The same in JSON, for browsers.
func TestOpenAPIInJSON(t *testing.T) {
	r := start(t)
	var fromYAML any
	if err := yaml.Unmarshal(r.ask(http.MethodGet, "/openapi.yaml", "").Body.Bytes(), &fromYAML); err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(fromYAML)
	if err != nil {
		t.Fatal(err)
	}
	var got, wanted any
	if err := json.Unmarshal(r.ask(http.MethodGet, "/openapi.json", "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(want, &wanted); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(wanted) {
		t.Error("openapi.json is not openapi.yaml")
	}
}

// A walk through the whole API: every operation is asked in a way that is right, and
// every answer is held against its schema.
func TestWalk(t *testing.T) {
	r := start(t)
	r.world().push(t, "254711111111")
	r.world().file = control.FileState{Name: "shop.yaml", Writable: true}
	for _, s := range []struct {
		method, target, body string
	}{
		{"GET", "/health", ""}, {"GET", "/outcomes", ""}, {"GET", "/errors", ""}, {"GET", "/docs", ""},
		{"GET", "/openapi.yaml", ""}, {"GET", "/openapi.json", ""}, {"GET", "/certificate", ""},
		{"GET", "/scenarios", ""}, {"GET", "/scenarios/hostile", ""}, {"GET", "/scenarios/schema.json", ""},
		{"POST", "/scenarios/check", "rules:\n  - then: {reslt: 1}\n"},
		{"GET", "/worlds", ""}, {"POST", "/worlds", `{"id": "b", "seed": 7, "scenario": "cancelled", "clock": {"frozen": true}, "settings": {"think_time": "1s"}}`},
		{"GET", "/worlds/b", ""}, {"DELETE", "/worlds/b", ""},
		{"GET", "/settings", ""}, {"PUT", "/settings", `{"think_time": "3s"}`}, {"GET", "/addresses", ""}, {"GET", "/organisations", ""},
		{"PUT", "/organisations/600984", `{"name": "Duka", "nominated_number": "0708374149", "accounts_cents": {"utility": 5000, "charges_paid": -700}, "limits_cents": {"max_payment": 100}}`},
		{"PUT", "/organisations/600984/initiators/payouts", `{"password": "x", "roles": ["ORG B2C API Initiator"]}`}, {"GET", "/apps", ""},
		{"PUT", "/apps/key-default", `{"products": null}`},
		{"POST", "/snapshots", `{"name": "before"}`}, {"GET", "/snapshots", ""}, {"POST", "/snapshots/s-1/restore", ""}, {"DELETE", "/snapshots/s-1", ""},
		{"GET", "/clock", ""}, {"POST", "/clock/freeze", ""}, {"POST", "/clock/advance", `{"by": "90s"}`},
		{"GET", "/ledger", ""}, {"GET", "/payments", ""}, {"GET", "/payments/" + r.world().paymentOf("254711111111"), ""}, {"GET", "/phones", ""}, {"GET", "/phones/" + phone, ""}, {"POST", "/phones/" + phone + "/attend", `{"attend": true}`},
		{"PUT", "/phones/" + phone, `{"name": "Jane", "pin": "1234", "balance_cents": 50000, "on": true}`},
		{"POST", "/phones/" + phone + "/off", ""}, {"POST", "/phones/" + phone + "/attend", `{"attend": false}`},
		{"GET", "/products", ""}, {"POST", "/products/diary/write", `{"phone": "254712345678", "line": "x"}`},
		{"POST", "/queue", `{"phone": "0712345678", "then": {"result": 0, "after": "3s", "callback": {"copies": 2, "amount": 20.5}}}`}, {"GET", "/queue", ""}, {"DELETE", "/queue", ""},
		{"POST", "/payments", `{"phone": "0708374149", "amount": 150, "reference": "INV-1"}`}, {"POST", "/receiver", `{"Body": {}}`},
		{"GET", "/callbacks", ""}, {"POST", "/callbacks/hold", ""}, {"POST", "/callbacks/release", ""},
		{"POST", "/callbacks/" + r.world().callbackOf(t, "254711111111") + "/resend", ""},
		{"PUT", "/scenario", mine}, {"PUT", "/scenario/file?overwrite=1", mine}, {"GET", "/scenario", ""}, {"DELETE", "/scenario", ""},
		{"GET", "/journal?limit=2", ""}, {"GET", "/journal/1", ""}, {"GET", "/journal.jsonl", ""}, {"GET", "/journal.har", ""},
		{"POST", "/journal/verify", `{"match": {"kind": "callback", "phone": "2547*"}, "count": {"at_least": 1}}`},
		{"POST", "/journal/verify", `{"match": {"kind": "callback", "phone": "2540*"}}`},
		{"POST", "/journal/wait", `{"match": {}, "count": {"at_least": 1}, "timeout": "1s"}`},
		{"DELETE", "/journal", ""}, {"POST", "/clock/run", `{"speed": 60}`}, {"POST", "/reset", ""},
	} {
		if w := r.ask(s.method, s.target, s.body); w.Code >= 300 {
			t.Errorf("%s %s: HTTP %d %s", s.method, s.target, w.Code, w.Body)
		}
	}
	paths, _ := r.spec.at("/paths")
	for path, item := range paths {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			name := method + " " + path
			walked := slices.ContainsFunc(slices.Collect(maps.Keys(r.spec.seen)), func(seen string) bool { return strings.HasPrefix(seen, name+" 2") })
			if item.(map[string]any)[strings.ToLower(method)] != nil && !walked && path != "/events" { // the tests of streams go there
				t.Errorf("the walk leaves out %s", name)
			}
		}
	}
}

// paymentOf is the latest payment of a phone.
func (w *fakeWorld) paymentOf(number daraja.MSISDN) string {
	return w.domain.Payments(simulator.PaymentFilter{Phone: number, Limit: 1})[0].ID
}

// callbackOf lets the payment of a phone end and returns the id of its callback.
func (w *fakeWorld) callbackOf(t *testing.T, number string) string {
	t.Helper()
	if err := w.clock.Advance(t.Context(), 5e9); err != nil {
		t.Fatal(err)
	}
	for _, c := range w.callbacks.List() {
		if c.Phone == number {
			return c.ID
		}
	}
	t.Fatalf("no callback of %s", number)
	return ""
}
