package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// readyTable lists the presets, or the other ready scenarios.
func readyTable(ready []Ready, presets bool) string {
	rows := [][]string{{"name", "what happens", "seen"}}
	dir := "../scenarios/"
	if presets {
		dir += "presets/"
	}
	for _, r := range ready {
		if r.Preset == presets {
			first, _, _ := strings.Cut(r.Description, ". ")
			rows = append(rows, []string{fmt.Sprintf("[%s](%s%s.yaml)", r.Name, dir, r.Name), prose(sentence(first)), prose(sentence(seen(r.Source)))})
		}
	}
	return table(rows)
}

// seen is what the comment of a ready scenario says about where the case was seen.
func seen(source []byte) string {
	_, text, _ := strings.Cut(string(source), "\n# Seen: ")
	var parts []string
	for line := range strings.Lines("# " + text) {
		said, comment := strings.CutPrefix(line, "#")
		if !comment {
			break
		}
		parts = append(parts, strings.TrimSpace(said))
	}
	return strings.Join(parts, " ")
}

func resultTable() string {
	rows := [][]string{{"code", "texts", "meaning"}}
	for _, r := range outcomes() {
		var texts []string
		for _, text := range r.Wordings() {
			said := prose(text)
			if text == r.Malipo {
				said += " (" + code(string(daraja.DialectMalipo)) + ")"
			}
			texts = append(texts, said)
		}
		rows = append(rows, []string{code(string(r.Code)), strings.Join(texts, "<br>"), prose(r.Meaning)})
	}
	return table(rows)
}

func errorTable() string {
	rows := [][]string{{"code", "HTTP status", "messages"}}
	for _, c := range errorCodes() {
		var texts []string
		for _, e := range messagesOf(c) {
			texts = append(texts, prose(e.Message))
		}
		rows = append(rows, []string{code(c), strconv.Itoa(messagesOf(c)[0].Status), strings.Join(texts, "<br>")})
	}
	return table(rows)
}

// table is a table of Markdown, the first row its head.
func table(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// prose is a text as Markdown shows it, with what would be markup made plain.
func prose(s string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "\n", " ").Replace(s)
}

// documented is the text about a key, with the names in it as code. Only those with
// an underscore are sure to be names.
func documented(s string) string {
	return regexp.MustCompile(`[a-z]+(_[a-z0-9]+)+`).ReplaceAllStringFunc(prose(s), code)
}

// code is a text in the letters of a file. A table needs its | marked there too.
func code(s string) string { return "`" + strings.ReplaceAll(s, "|", `\|`) + "`" }

func codes(all []string, between string) string {
	var out []string
	for _, s := range all {
		out = append(out, code(s))
	}
	return strings.Join(out, between)
}

func link(text, anchor string) string { return "[" + text + "](#" + anchor + ")" }

// sentence begins s with a capital, unless its first word is a name, and ends it with
// a stop.
func sentence(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if s != "" && !strings.ContainsAny(word, "0123456789/_") {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if strings.HasSuffix(s, "…") {
		return s
	}
	return strings.TrimSuffix(s, ".") + "."
}
