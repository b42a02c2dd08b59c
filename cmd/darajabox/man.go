package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
)

// manCmd writes the manual; packages carry it.
type manCmd struct {
	Dir string `arg:"" type:"path" help:"Folder for the pages; made when missing."`
}

// Run writes a page for each command: darajabox.1, darajabox-world-load.1 and so on.
func (c *manCmd) Run(e *env, app *kong.Kong) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil { //nolint:gosec // a manual is for everyone
		return fmt.Errorf("writing the manual: %w", err)
	}
	pages := 0
	for _, node := range visible(app.Model.Node) {
		file := filepath.Join(c.Dir, manName(node)+".1")
		if err := os.WriteFile(file, []byte(manPage(node)), 0o644); err != nil { //nolint:gosec // a manual is for everyone
			return fmt.Errorf("writing the manual: %w", err)
		}
		pages++
	}
	fmt.Fprintf(e.stdout, "%d pages in %s\n", pages, c.Dir)
	return nil
}

// visible are node and the commands below it that help shows, in order.
func visible(node *kong.Node) []*kong.Node {
	all := []*kong.Node{node}
	for _, c := range node.Children {
		if !c.Hidden {
			all = append(all, visible(c)...)
		}
	}
	return all
}

// manName is the name of a command's page: darajabox-world-load.
func manName(node *kong.Node) string { return strings.ReplaceAll(commandName(node), " ", "-") }

// commandName is a command as one types it: darajabox world load.
func commandName(node *kong.Node) string {
	if node.Parent == nil {
		return node.Name
	}
	return commandName(node.Parent) + " " + node.Name
}

// commandWords are the words of a command behind the program's name: world, load.
func commandWords(node *kong.Node) []string {
	if node.Parent == nil {
		return nil
	}
	return append(commandWords(node.Parent), node.Name)
}

// manPage is a command's page in roff's man macros. It has no date, so that the same
// source gives the same bytes.
func manPage(node *kong.Node) string {
	var p roff
	summary, rest, _ := strings.Cut(node.Help, "\n")
	p.macro(".TH", strings.ToUpper(manName(node)), "1", "", "darajabox "+version, "darajabox")
	p.macro(".SH", "NAME")
	p.text(manName(node) + ` - ` + strings.TrimSuffix(summary, "."))
	p.macro(".SH", "SYNOPSIS")
	p.bold(synopsis(node))
	p.macro(".SH", "DESCRIPTION")
	p.text(summary)
	p.body(rest)
	p.body(node.Detail)
	p.commands(node)
	p.arguments(node)
	p.options(node)
	p.macro(".SH", "EXIT STATUS")
	for _, x := range exitCodes() {
		p.macro(".TP")
		p.bold(fmt.Sprint(x.code))
		p.text(x.meaning)
	}
	p.seeAlso(node)
	return p.String()
}

// synopsis is how a command is typed.
func synopsis(node *kong.Node) string {
	s := commandName(node)
	if len(node.Children) > 0 {
		s += " COMMAND"
	}
	return s + arguments(node) + " [OPTIONS]"
}

// arguments are those of a command as its help writes them, each behind a space.
func arguments(node *kong.Node) string {
	var s strings.Builder
	for _, a := range node.Positional {
		s.WriteString(" " + a.Summary())
	}
	return s.String()
}

// roff is a page that is being written. Every text is escaped, so that no word of a
// help becomes a macro.
type roff struct{ strings.Builder }

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

// macro writes a request, its arguments quoted.
func (p *roff) macro(name string, args ...string) {
	p.WriteString(name)
	for _, a := range args {
		p.WriteString(` "` + strings.ReplaceAll(escapeRoff(a), `"`, `\(dq`) + `"`)
	}
	p.WriteByte('\n')
}

// text writes lines that are no requests, whatever they begin with.
func (p *roff) text(s string) {
	for line := range strings.Lines(s) {
		p.WriteString(`\&` + escapeRoff(strings.TrimSpace(line)) + "\n")
	}
}

func (p *roff) bold(s string) { p.WriteString(`\fB` + escapeRoff(s) + `\fR` + "\n") }

// body writes paragraphs, and as examples what is indented.
func (p *roff) body(s string) {
	for _, paragraph := range strings.Split(strings.Trim(s, "\n"), "\n\n") {
		if strings.TrimSpace(paragraph) == "" {
			continue
		}
		if !strings.HasPrefix(paragraph, "    ") {
			p.macro(".PP")
			p.text(paragraph)
			continue
		}
		p.WriteString(".PP\n.RS 4\n.nf\n")
		for line := range strings.Lines(paragraph) {
			p.WriteString(`\&` + escapeRoff(strings.TrimRight(strings.TrimPrefix(line, "    "), "\n")) + "\n")
		}
		p.WriteString(".fi\n.RE\n")
	}
}

func (p *roff) commands(node *kong.Node) {
	if len(node.Children) == 0 {
		return
	}
	p.macro(".SH", "COMMANDS")
	for _, c := range node.Children {
		if !c.Hidden {
			p.macro(".TP")
			p.bold(c.Name)
			p.text(c.Help)
		}
	}
}

func (p *roff) arguments(node *kong.Node) {
	if len(node.Positional) == 0 {
		return
	}
	p.macro(".SH", "ARGUMENTS")
	for _, a := range node.Positional {
		p.macro(".TP")
		p.bold(a.Summary())
		p.text(a.Help)
	}
}

func (p *roff) options(node *kong.Node) {
	p.macro(".SH", "OPTIONS")
	var flags []*kong.Flag
	for _, group := range node.AllFlags(true) {
		flags = append(flags, group...)
	}
	for _, f := range flags {
		p.macro(".TP")
		name := f.Summary()
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
		}
		p.bold(name)
		p.text(f.Help)
		if f.HasDefault && f.Default != "" && !f.IsBool() {
			p.text("Default: " + f.Default + ".")
		}
		if len(f.Envs) > 0 {
			p.text("Environment: " + strings.Join(f.Envs, ", ") + ".")
		}
	}
}

// seeAlso names the command above and those below.
func (p *roff) seeAlso(node *kong.Node) {
	var pages []string
	if node.Parent != nil {
		pages = append(pages, manName(node.Parent)+"(1)")
	}
	for _, c := range node.Children {
		if !c.Hidden {
			pages = append(pages, manName(c)+"(1)")
		}
	}
	if slices.Sort(pages); len(pages) > 0 {
		p.macro(".SH", "SEE ALSO")
		p.text(strings.Join(pages, ", "))
	}
}
