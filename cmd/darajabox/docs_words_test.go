package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/scenarios"
)

// unclear are words that a reader has to guess at, with what to write instead.
func unclear() map[string]string {
	return map[string]string{
		`nobody|nobody's`:                     "name who: no customer, no client; or use the passive",
		`somebody|somebody's|someone`:         "name who: a customer, a client, a person",
		`whoever|whomever`:                    "name who",
		`everybody|everyone|anybody|anyone`:   "name who: each client, every caller",
		`what (became|becomes?) of`:           "the result of, what happens to",
		`(is|are|was|were) told`:              "gets, receives, is notified",
		`weather`:                             "background faults; a preset",
		`(is|in|put in) charge`:               "active, loaded",
		`by nature|nature|its natural way`:    "by default",
		`comes? to nothing|came about`:        "fails, has no effect; happens",
		`good (day|hour) of`:                  "say what",
		`is had|be had`:                       "exists",
		`how manieth`:                         "which number",
		`twins?`:                              "a variable of the same name",
		`the (door|rooms|hall|eyes) of`:       "listener, package, telemetry",
		`goes? (on|its way) (as|like) before`: "continues",
	}
}

// Pages for users are in plain words, and so are the descriptions of the scenarios,
// which `darajabox scenario list` prints, and the titles of the features. ARCHITECTURE.md is for those who change the
// code, and old entries of the changelog stay as they are.
func TestPlainWordsInDocs(t *testing.T) {
	texts := make(map[string]string)
	for _, p := range pages(t) {
		if p.path == "ARCHITECTURE.md" {
			continue
		}
		texts[p.path] = p.prose
		for _, b := range p.blocks {
			texts[p.path] += b.code
		}
	}
	all, err := scenarios.Describe()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		texts["scenario "+s.Name] = s.Description
	}
	examples := regexp.MustCompile(`^examples/\w+/.*\.(py|mjs|php|java|go)$`)
	eachFile(t, func(path, text string) {
		if examples.MatchString(path) {
			texts[path] = strings.ReplaceAll(text, "BodyPublishers.noBody", "")
		}
		if strings.HasSuffix(path, ".feature") { // titles and descriptions; steps are the harness's
			texts[path] = regexp.MustCompile(`(?m)^ *(Given|When|Then|And|But|\|) .*$`).ReplaceAllString(text, "")
		}
	})
	if len(texts) < 60 {
		t.Errorf("only %d texts", len(texts))
	}
	for word, instead := range unclear() {
		pattern := regexp.MustCompile(`(?i)\b(` + word + `)\b`)
		for name, text := range texts {
			for _, m := range pattern.FindAllString(text, -1) {
				t.Errorf("%s says %q; write %s", name, m, instead)
			}
		}
	}
}

// The glossary explains the words that README uses without saying what they are.
func TestGlossaryHasTheWords(t *testing.T) {
	glossary := strings.ToLower(pageOf(t, "docs/glossary.md").prose)
	for _, word := range strings.Fields("msisdn shortcode paybill till receipt prompt callback webhook partner settlement world scenario preset passkey journal seed inbox review") {
		if !strings.Contains(glossary, "| **"+word) {
			t.Errorf("the glossary lacks %s", word)
		}
	}
}
