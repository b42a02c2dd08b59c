package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A link in the repository leads to a file, and to a heading when it names one.
func TestLinksOfDocs(t *testing.T) {
	all := pages(t)
	seen := 0
	for _, p := range all {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(p.prose, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			seen++
			file := p.path
			if target != "" {
				file = path.Join(path.Dir(p.path), target)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(file))); err != nil {
				t.Errorf("%s links to %s: %v", p.path, m[1], err)
				continue
			}
			i := slices.IndexFunc(all, func(q docPage) bool { return q.path == file })
			if anchor != "" && (i < 0 || !slices.Contains(all[i].anchors(), anchor)) {
				t.Errorf("%s links to %s: there is no such heading", p.path, m[1])
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d links", seen)
	}
}

// anchors are the headings of a page as links name them.
func (p docPage) anchors() []string {
	var found []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(p.prose, -1) {
		text := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		found = append(found, strings.ReplaceAll(text, " ", "-"))
	}
	return found
}
