package all

import (
	"bytes"
	_ "embed" // the text round the tables
	"strings"
	"text/template"

	"github.com/darajabox/darajabox/simulator"
)

//go:embed coverage.md.tmpl
var coverageText string

// Coverage is the documentation of what is simulated, in Markdown. cases has the number of
// cases by API.
func Coverage(c *simulator.Catalogue, cases map[string]int) []byte {
	title := func(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
	page := template.Must(template.New("coverage").Funcs(template.FuncMap{"title": title, "cell": cell}).Parse(coverageText))
	var b bytes.Buffer
	if err := page.Execute(&b, map[string]any{"Pages": Covers(c, cases), "Products": c.Products()}); err != nil {
		panic("simulator: writing the coverage: " + err.Error()) // its text and its data are in the program
	}
	return b.Bytes()
}
