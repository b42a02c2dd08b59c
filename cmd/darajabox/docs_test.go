package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the repository, from the folder in which these tests run.
const root = "../.."

// docPage is a Markdown file of the repository.
type docPage struct {
	path   string // from the root, with slashes
	prose  string // without the fenced blocks
	blocks []docBlock
}

// docBlock is a fenced block of code.
type docBlock struct {
	page     string
	line     int // of its first line of code
	heading  string
	language string
	code     string
}

// pages are all Markdown files of the repository.
func pages(t *testing.T) []docPage {
	t.Helper()
	var all []docPage
	eachFile(t, func(path, text string) {
		if filepath.Ext(path) == ".md" {
			all = append(all, parsePage(path, text))
		}
	})
	if len(all) < 9 {
		t.Fatalf("only %d pages", len(all))
	}
	return all
}

// pageOf is the page of that path.
func pageOf(t *testing.T, path string) docPage {
	t.Helper()
	for _, p := range pages(t) {
		if p.path == path {
			return p
		}
	}
	t.Fatalf("there is no page %s", path)
	return docPage{}
}

// section is the blocks below a heading.
func (p docPage) section(t *testing.T, heading string) []docBlock {
	t.Helper()
	var found []docBlock
	for _, b := range p.blocks {
		if b.heading == heading {
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s has no code below %q", p.path, heading)
	}
	return found
}

// code is the blocks of one language.
func code(blocks []docBlock, language string) []string {
	var found []string
	for _, b := range blocks {
		if b.language == language {
			found = append(found, b.code)
		}
	}
	return found
}

// eachFile visits the text files of the repository.
func eachFile(t *testing.T, visit func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if skip := path != root && (name == "build" || name == "dist" || name == "testdata" || strings.HasPrefix(name, ".")); skip {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		rel, err := filepath.Rel(root, path)
		visit(filepath.ToSlash(rel), string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func parsePage(path, text string) docPage {
	p := docPage{path: path}
	var open *docBlock
	heading := ""
	n := 0
	for line := range strings.Lines(text) {
		n++
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == nil:
			open = &docBlock{page: path, line: n + 1, heading: heading, language: fence}
			continue
		case isFence:
			p.blocks = append(p.blocks, *open)
			open = nil
			continue
		case open != nil:
			open.code += line
			continue
		}
		if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
			heading = strings.TrimSpace(title)
		}
		p.prose += line
	}
	return p
}

// spans are the pieces of inline code of a page.
func (p docPage) spans() []string {
	var found []string
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(p.prose, -1) {
		found = append(found, m[1])
	}
	return found
}

// Each block is of a language that a test below understands. Those without a
// language are what a program prints.
func TestBlocksOfDocsHaveATest(t *testing.T) {
	tests := map[string]string{
		"sh": "TestCommandsOfDocs", "go": "TestGoOfDocs", "json": "TestJSONOfDocs", "yaml": "TestYAMLOfDocs",
		"python": "TestVerifyAWebhook", "js": "TestVerifyAWebhook", "php": "TestVerifyAWebhook",
		"": "what a program prints", "mermaid": "the tests of ARCHITECTURE.md's diagrams",
	}
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if tests[b.language] == "" {
				t.Errorf("%s:%d: no test knows blocks of %s", b.page, b.line, b.language)
			}
		}
	}
}
