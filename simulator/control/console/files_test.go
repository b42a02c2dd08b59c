package console_test

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/control/console"
)

// each calls f with every file of the pages.
func each(t *testing.T, f func(name, text string)) {
	t.Helper()
	n := 0
	err := fs.WalkDir(console.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(console.Files(), name)
		n++
		f(name, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 20 {
		t.Fatalf("only %d files", n)
	}
}

// Nothing of what a script, a page or a style names is missing or left over.
func TestEveryFileIsUsed(t *testing.T) {
	named := map[string]bool{"index.html": true}
	each(t, func(name, text string) {
		var found [][]string
		switch path.Ext(name) {
		case ".html":
			found = regexp.MustCompile(`(?:src|href)="([^"#]+\.(?:js|css|svg))"`).FindAllStringSubmatch(text, -1)
		case ".js":
			found = regexp.MustCompile(`from '([^']+)'`).FindAllStringSubmatch(text, -1)
		}
		for _, m := range found {
			file := path.Join(path.Dir(name), m[1])
			if _, err := fs.Stat(console.Files(), file); err != nil {
				t.Errorf("%s names %s, which is not there", name, m[1])
			}
			named[file] = true
		}
	})
	each(t, func(name, _ string) {
		if !named[name] {
			t.Errorf("nothing names %s", name)
		}
	})
}

// The pages hold under Content-Security-Policy: default-src 'self', ask nothing of
// the network, and never make markup of data.
func TestNothingInlineNorFromElsewhere(t *testing.T) {
	forbidden := map[string]string{
		".html": `(?i)<script(?:[^>]*>\s*[^<\s]|>)|<style|\sstyle=|\son\w+=|javascript:|(?:src|href|action)="(?:https?:)?//`,
		".js":   `innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\('style|\.srcdoc|DOMParser|https?://[^1]`,
		".css":  `@import|url\(|https?:`,
		".svg":  `(?i)<script|\son\w+=|href=`,
	}
	each(t, func(name, text string) {
		pattern, ok := forbidden[path.Ext(name)]
		if !ok {
			t.Fatalf("%s is of a kind that this test does not know", name)
		}
		if found := regexp.MustCompile(pattern).FindString(text); found != "" {
			t.Errorf("%s has %q", name, found)
		}
	})
}

// The scripts look up elements by their ids.
func TestEveryIDIsInThePage(t *testing.T) {
	page, err := fs.ReadFile(console.Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		if ids[m[1]] {
			t.Errorf("the id %s is there twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`id="tab-([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		if ids[m[1]] {
			t.Errorf("the id %s is the address of a panel, too: the browser would scroll to it and drop the focus", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?:for|aria-controls|aria-labelledby|aria-describedby|list)="([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		for id := range strings.FieldsSeq(m[1]) {
			if !ids[id] {
				t.Errorf("the page refers to the id %s, which is not there", id)
			}
		}
	}
	each(t, func(name, text string) {
		if path.Ext(name) != ".js" {
			return
		}
		for _, m := range regexp.MustCompile(`\$\('([^']+)'\)`).FindAllStringSubmatch(text, -1) {
			if !ids[m[1]] && !strings.Contains(text, "id: '"+m[1]+"'") {
				t.Errorf("%s looks for the id %s, which is not there", name, m[1])
			}
		}
	})
}

// The page is in plain words: none of those that a newcomer had to learn, and one
// format for money.
func TestPlainWords(t *testing.T) {
	words := regexp.MustCompile(`(?i)\b(in charge|by nature|nature|weather|nobody|somebody|whoever|rings|Ksh|exhausted|taken away|goes its)\b`)
	each(t, func(name, text string) {
		if ext := path.Ext(name); ext != ".html" && ext != ".js" {
			return
		}
		for i, line := range strings.Split(text, "\n") {
			if strings.Contains(line, "Ksh\\.") { // what a person may type
				continue
			}
			if word := words.FindString(line); word != "" {
				t.Errorf("%s:%d says %q", name, i+1, word)
			}
		}
	})
}
