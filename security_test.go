package darajabox_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// SECURITY.md promises a test for each defence: those that it names are there, in
// the package that it names.
func TestSecurityNamesRealTests(t *testing.T) {
	doc, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for line := range strings.Lines(string(doc)) {
		folder := ""
		for _, word := range regexp.MustCompile("`[a-z0-9./_]+`|Test[A-Z][A-Za-z0-9]+").FindAllString(line, -1) {
			switch {
			case strings.HasSuffix(word, ".feature`"):
				named++
				if _, err := os.Stat(strings.Trim(word, "`")); err != nil {
					t.Errorf("SECURITY.md names %s: %v", word, err)
				}
			case word[0] == '`':
				folder = strings.Trim(word, "`")
			default:
				named++
				if !hasTest(t, folder, word) {
					t.Errorf("SECURITY.md names %s of %s, which is not there", word, folder)
				}
			}
		}
	}
	if named < 40 {
		t.Errorf("SECURITY.md names %d tests only", named)
	}
}

// hasTest looks for a test in the files of a package.
func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		source, err := os.ReadFile(folder + "/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}

// A cell of the table shows each test on a line of its own.
func TestSecurityShowsOneTestALine(t *testing.T) {
	doc, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`Test[A-Z][A-Za-z0-9]+`)
	for line := range strings.Lines(string(doc)) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		for part := range strings.SplitSeq(line, "<br>") {
			if found := name.FindAllString(part, -1); len(found) > 1 {
				t.Errorf("put <br> between %s and %s", found[0], found[1])
			}
		}
	}
}
