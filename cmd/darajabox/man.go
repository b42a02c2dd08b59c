package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"github.com/alecthomas/kong"
)

// manCmd writes the manual; packages carry it.
type manCmd struct {
	Dir string `arg:"" type:"path" help:"Folder for the pages; made when missing."`
}

// Run writes a page for each command: darajabox.1, darajabox-world-load.1 and so on.
func (c *manCmd) Run(e *env, app *kong.Kong) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil { //nolint:gosec // a manual is readable by all users
		return fmt.Errorf("writing the manual: %w", err)
	}
	template := newManPage()
	nodes := visible(app.Model.Node)
	for _, node := range nodes {
		var page bytes.Buffer
		if err := template.Execute(&page, node); err != nil {
			return err
		}
		file := filepath.Join(c.Dir, manName(node)+".1")
		if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil { //nolint:gosec // a manual is readable by all users
			return fmt.Errorf("writing the manual: %w", err)
		}
	}
	fmt.Fprintf(e.stdout, "%d pages in %s\n", len(nodes), c.Dir)
	return nil
}

// visible are node and the commands below it that help shows, in order.
func visible(node *kong.Node) []*kong.Node {
	all := []*kong.Node{node}
	for _, c := range visibleChildren(node) {
		all = append(all, visible(c)...)
	}
	return all
}

func visibleChildren(node *kong.Node) []*kong.Node {
	return slices.DeleteFunc(slices.Clone(node.Children), func(c *kong.Node) bool { return c.Hidden })
}

// childNames are the names of the commands directly below node that help shows.
func childNames(node *kong.Node) []string {
	var names []string
	for _, c := range visibleChildren(node) {
		names = append(names, c.Name)
	}
	return names
}

// manName is the name of a command's page: darajabox-world-load.
func manName(node *kong.Node) string { return strings.ReplaceAll(commandName(node), " ", "-") }

// commandName is a command as it is typed: darajabox world load.
func commandName(node *kong.Node) string {
	return strings.Join(append([]string{"darajabox"}, commandWords(node)...), " ")
}

// commandWords are the words of a command behind the program's name: world, load.
func commandWords(node *kong.Node) []string {
	if node.Parent == nil {
		return nil
	}
	return append(commandWords(node.Parent), node.Name)
}

// manTemplate is a command's page in roff's man macros. It has no date, so that the same
// source gives the same bytes.
//
//go:embed man.tmpl
var manTemplate string

// newManPage escapes every text, so that no word of a help becomes a macro.
func newManPage() *template.Template {
	return template.Must(template.New("manual").Funcs(template.FuncMap{
		"version": func() string { return version }, "upper": strings.ToUpper, "join": strings.Join, "exitCodes": exitCodes,
		"name": manName, "children": visibleChildren, "related": relatedPages, "paragraphs": paragraphs,
		"summary": func(node *kong.Node) string { return strings.TrimSuffix(paragraphs(node)[0], ".") },
		"synopsis": func(node *kong.Node) string {
			if len(node.Children) > 0 {
				return commandName(node) + " COMMAND [OPTIONS]"
			}
			return commandName(node) + argumentsText(node) + " [OPTIONS]"
		},
		"isExample": func(paragraph string) bool { return strings.HasPrefix(paragraph, "    ") },
		"unindent":  func(example string) string { return strings.ReplaceAll(example[4:], "\n    ", "\n") },
		"option": func(f *kong.Flag) string {
			if f.Short != 0 {
				return "-" + string(f.Short) + ", " + f.Summary()
			}
			return f.Summary()
		},
		"quoted": func(s string) string { return `"` + strings.ReplaceAll(escapeRoff(s), `"`, `\(dq`) + `"` },
		"bold":   func(s string) string { return `\fB` + escapeRoff(s) + `\fR` },
		"text":   func(s string) string { return `\&` + strings.ReplaceAll(escapeRoff(s), "\n", "\n\\&") }, // no line is a request
	}).Parse(manTemplate))
}

// paragraphs are those of a command's help; the first is its summary.
func paragraphs(node *kong.Node) []string {
	all := strings.Split(node.Help+"\n\n"+node.Detail, "\n\n")
	return slices.DeleteFunc(all, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// relatedPages are the pages of the command above and of those below.
func relatedPages(node *kong.Node) string {
	var pages []string
	for _, other := range append(visibleChildren(node), node.Parent) {
		if other != nil {
			pages = append(pages, manName(other)+"(1)")
		}
	}
	slices.Sort(pages)
	return strings.Join(pages, ", ")
}

// argumentsText has the arguments of a command as its help writes them, each behind a space.
func argumentsText(node *kong.Node) string {
	all := ""
	for _, a := range node.Positional {
		all += " " + a.Summary()
	}
	return all
}

// escapeRoff writes what roff reads as an escape, and what is not ASCII, as escapes.
func escapeRoff(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case strings.ContainsRune("'`^~", r), r > unicode.MaxASCII:
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
