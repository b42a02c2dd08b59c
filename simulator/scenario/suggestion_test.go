package scenario_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/scenario"
)

// A file in which a suggestion is written at the position of its message is accepted.
func TestSuggestionsAreAccepted(t *testing.T) {
	tried := 0
	for _, b := range slices.Concat(badFiles(), unspelt()) {
		t.Run(b.name, func(t *testing.T) {
			src := b.source()
			for range 5 { // a file may have one mistake behind another
				mistakes := scenario.Check("bad.yaml", src, nil)
				if len(mistakes) == 0 {
					return
				}
				m := mistakes[0]
				mended, ok := mend(src, m)
				if !ok {
					if strings.Contains(b.name, "when: ") || strings.HasPrefix(b.name, "rule: ") {
						t.Errorf("%s\nsuggests nothing that could be written there", m)
					}
					return // nothing that can be written there is suggested
				}
				tried++
				for _, left := range scenario.Check("bad.yaml", mended, nil) {
					if left.Line == m.Line && left.Column == m.Column && !strings.HasPrefix(left.Message, "the scenario has no rules") {
						t.Fatalf("%s\nis not mended by its suggestion:\n%s\n%s", m, mended, left)
					}
				}
				src = mended
			}
		})
	}
	if tried < 60 {
		t.Errorf("only %d suggestions were tried", tried)
	}
}

// unspelt are conditions and outcomes that are written as a sentence: the key, but no
// colon, or no space after it.
func unspelt() []bad {
	var all []bad
	for key, value := range map[string]string{
		"api": "stkquery", "phone": "2547001*", "amount": "> 5", "reference": "INV-*", "shortcode": "174379", "attempt": "<= 3", "rate": "> 5/s",
		"where": "amount > 5 && time.hour >= 18",
	} {
		then := "result: 0"
		if key == "api" {
			then = "reply: {page: waf_403}"
		}
		for _, between := range []string{" ", ":", " : ", " is "} {
			all = append(all, bad{name: "when: " + key + between + value, yaml: "rules:\n  - when: '" + key + between + value + "'\n    then: {" + then + "}\n"})
		}
		all = append(all, bad{name: "plain when: " + key + " " + value, yaml: "rules:\n  - when: " + key + " " + value + "\n    then: {" + then + "}\n"})
	}
	for key, value := range map[string]string{"result": "1032", "after": "3s", "sequence": "4005", "reply": "waf_403"} {
		for _, between := range []string{" ", ":"} {
			all = append(all, bad{name: "then: " + key + between + value, yaml: "rules:\n  - then: " + key + between + value + "\n"})
			all = append(all, bad{name: "then: {" + key + between + value + "}", yaml: "rules:\n  - then: {'" + key + between + value + "'}\n"})
		}
	}
	for key, value := range map[string]string{"times": "2", "chance": "20%", "from": "30s", "until": "2m", "goto": "outage"} {
		all = append(all, bad{name: "rule: " + key + " " + value, yaml: "rules:\n  - {" + key + " " + value + ", then: {result: 0}}\n"})
	}
	return all
}

// mend writes what a mistake suggests in its place, when that can be done without
// thinking.
func mend(src []byte, m *scenario.Error) ([]byte, bool) {
	near := strings.TrimSuffix(m.Nearest, ", without quotes")
	if near == "" || strings.Contains(near, " under ") || strings.Contains(near, "…") {
		return nil, false
	}
	text := strings.TrimPrefix(string(src), "\ufeff")
	lines := strings.SplitAfter(text, "\n")
	line := []rune(lines[m.Line-1])
	before, rest := string(line[:m.Column-1]), string(line[m.Column-1:])
	if key := regexp.MustCompile(`^(desc|message|state): `).FindString(rest); !strings.HasPrefix(m.Message, "unknown key ") {
		before, rest = before+key, rest[len(key):]
	}
	var old string
	switch {
	case strings.HasPrefix(m.Message, "where "):
		old = regexp.MustCompile(`^[\w.]+`).FindString(rest)
	case strings.HasPrefix(m.Message, "unknown key "):
		old = regexp.MustCompile(`^("[^"]*"|'[^']*'|[^,:}\n]*(:[^ ,}\n][^,:}\n]*)*)`).FindString(rest)
	case strings.HasSuffix(near, `:"`): // a dash without its space, colon and all
		old = regexp.MustCompile(`^[^ ]*`).FindString(rest)
		near = strings.Trim(near, `"`)
	default:
		old = token(rest, strings.Count(before, "{") > strings.Count(before, "}") || strings.Count(before, "[") > strings.Count(before, "]"))
		if regexp.MustCompile(`^[a-z_]+: `).MatchString(near) { // the key, too
			key := regexp.MustCompile(`[a-z_]+: $`).FindString(before)
			before = strings.TrimSuffix(before, key)
		}
	}
	lines[m.Line-1] = before + near + strings.TrimPrefix(rest, old)
	return []byte(strings.Join(lines, "")), true
}

// token is the value that a text begins with.
func token(s string, inBraces bool) string {
	switch {
	case strings.HasPrefix(s, `"`):
		return regexp.MustCompile(`^"(\\.|[^"\\])*"`).FindString(s)
	case strings.HasPrefix(s, `'`):
		return regexp.MustCompile(`^'(''|[^'])*'`).FindString(s)
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "["):
		depth := 0
		for i, r := range s {
			if depth += bytes.Count([]byte("{["), []byte(string(r))) - bytes.Count([]byte("}]"), []byte(string(r))); depth == 0 {
				return s[:i+1]
			}
		}
	case inBraces:
		return regexp.MustCompile(`^[^,}\]\n]*`).FindString(s)
	}
	return regexp.MustCompile(`^[^\n]*`).FindString(s)
}
