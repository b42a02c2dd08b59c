package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.yaml.in/yaml/v4"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// Go in docs is a part of a file that is compiled and tested.
func TestGoOfDocs(t *testing.T) {
	var compiled strings.Builder
	eachFile(t, func(path, text string) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "examples/go/") {
			compiled.WriteString(unindented(text))
		}
	})
	seen := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language != "go" {
				continue
			}
			if seen++; !strings.Contains(compiled.String(), unindented(b.code)) {
				t.Errorf("%s:%d: this is in no Go file, such as examples/go/readme_test.go", b.page, b.line)
			}
		}
	}
	if seen == 0 {
		t.Error("no Go")
	}
}

func unindented(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(text, "")
}

func TestJSONOfDocs(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language == "json" && !json.Valid([]byte(b.code)) {
				t.Errorf("%s:%d: this is no JSON", b.page, b.line)
			}
		}
		for _, span := range p.spans() {
			if strings.HasPrefix(span, `{"`) && !strings.Contains(span, "…") && !json.Valid([]byte(span)) {
				t.Errorf("%s: `%s` is no JSON", p.path, span)
			}
		}
	}
}

// YAML in docs is a scenario that the validator accepts, or a file of another program.
func TestYAMLOfDocs(t *testing.T) {
	seen := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language != "yaml" {
				continue
			}
			var keys map[string]any
			if err := yaml.Unmarshal([]byte(b.code), &keys); err != nil {
				t.Errorf("%s:%d: %v", b.page, b.line, err)
			}
			if keys["rules"] == nil && keys["world"] == nil {
				continue
			}
			seen++
			for _, err := range scenario.For(all.Catalogue()).Check("docs.yaml", []byte(b.code), scenarios.Load) {
				t.Errorf("%s:%d: %v", b.page, b.line, err)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d scenarios", seen)
	}
}

// README's example of a mistake is what the validator says of it.
func TestMistakeInREADME(t *testing.T) {
	blocks := pageOf(t, "README.md").section(t, "Your first scenario")
	wrong := strings.Replace(code(blocks, "yaml")[0], "amount:", "amont:", 1)
	found := scenario.For(all.Catalogue()).Check("shop.yaml", []byte(wrong), scenarios.Load)
	if len(found) != 1 || !slices.Contains(code(blocks, ""), found[0].Error()+"\n") {
		t.Errorf("README shows something else than %v", found)
	}
}

// Rows about a phone number say what its result code means.
func TestPhonesOfDocs(t *testing.T) {
	seen := 0
	for _, p := range pages(t) {
		for _, m := range regexp.MustCompile(`(?m)^\| 2547000(\d{5}) \| (.*) \|$`).FindAllStringSubmatch(p.prose, -1) {
			seen++
			number, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(daraja.Results(), func(r daraja.Result) bool { return string(r.Code) == strconv.Itoa(number) })
			if i < 0 {
				t.Errorf("%s: there is no result %d", p.path, number)
			} else if want := daraja.Results()[i].Short; !strings.HasPrefix(m[2], want) {
				t.Errorf("%s: result %d is %q, not %q", p.path, number, want, m[2])
			}
		}
	}
	if seen < 12 {
		t.Errorf("only %d numbers", seen)
	}
}

// Settings that docs show are settings, with values that they take.
func TestSettingsOfDocs(t *testing.T) {
	seen := 0
	for _, p := range pages(t) {
		for _, m := range regexp.MustCompile("--set ([a-z_]+)=([^` ]+)").FindAllStringSubmatch(p.prose, -1) {
			seen++
			if err := all.Catalogue().CheckSettings(map[string]string{m[1]: m[2]}); err != nil {
				t.Errorf("%s: %v", p.path, err)
			}
		}
	}
	if seen < 2 {
		t.Errorf("only %d settings", seen)
	}
}

// The snippets that verify a webhook accept a good one and refuse others.
func TestVerifyAWebhook(t *testing.T) {
	blocks := pageOf(t, "docs/gateway.md").section(t, "Verify a webhook")
	const secret, id, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_1", `{"transaction_id":102,"status":"successful"}`
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	webhook := func(at time.Time, body string) map[string]string {
		signature, err := signer.Sign(id, at, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{"SECRET": secret, "ID": id, "TIMESTAMP": strconv.FormatInt(at.Unix(), 10), "SIGNATURES": "v1,b3RoZXI= " + signature, "BODY": body}
	}
	changed := webhook(time.Now(), body)
	changed["BODY"] = strings.Replace(body, "102", "103", 1)
	for language, run := range verifiers() {
		t.Run(language, func(t *testing.T) {
			if _, err := exec.LookPath(run.program); err != nil {
				if slices.Contains(strings.Fields(os.Getenv("E2E_LANGUAGES")), run.program) {
					t.Fatal(err)
				}
				t.Skipf("there is no %s on this machine", run.program)
			}
			file := filepath.Join(t.TempDir(), "verify"+run.extension)
			if err := os.WriteFile(file, []byte(fmt.Sprintf(run.around, code(blocks, language)[0])), 0o600); err != nil {
				t.Fatal(err)
			}
			for name, c := range map[string]struct {
				webhook map[string]string
				want    string
			}{
				"good": {webhook(time.Now(), body), "good"}, "changed": {changed, "bad"}, "old": {webhook(time.Now().Add(-time.Hour), body), "bad"},
			} {
				cmd := exec.CommandContext(t.Context(), run.program, file)
				for k, v := range c.webhook {
					cmd.Env = append(cmd.Env, k+"="+v)
				}
				if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != c.want {
					t.Errorf("%s webhook: %s %v", name, out, err)
				}
			}
		})
	}
}

// verifier is how a snippet becomes a program.
type verifier struct{ program, extension, around string }

func verifiers() map[string]verifier {
	return map[string]verifier{
		"python": {"python3", ".py", `import base64, hashlib, hmac, os, time
secret, raw_body = os.environ["SECRET"], os.environ["BODY"].encode()
h = {"webhook-id": os.environ["ID"], "webhook-timestamp": os.environ["TIMESTAMP"], "webhook-signature": os.environ["SIGNATURES"]}
%s
print("good" if ok else "bad")
`},
		"js": {"node", ".mjs", `import crypto from "node:crypto";
const { SECRET: secret, BODY: rawBody } = process.env;
const h = { "webhook-id": process.env.ID, "webhook-timestamp": process.env.TIMESTAMP, "webhook-signature": process.env.SIGNATURES };
%s
console.log(ok ? "good" : "bad");
`},
		"php": {"php", ".php", `<?php
[$secret, $rawBody, $id, $timestamp, $signatures] = array_map(getenv(...), ["SECRET", "BODY", "ID", "TIMESTAMP", "SIGNATURES"]);
%s
echo $ok ? "good" : "bad";
`},
	}
}
