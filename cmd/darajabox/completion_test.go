package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A shell hands over the line up to the cursor; the words that continue it come back.
func TestCompletions(t *testing.T) {
	for _, test := range []struct {
		line string
		has  []string // among others
		not  []string
	}{
		{"darajabox ", []string{"up", "world", "completion", "help", "version"}, []string{"man"}},
		{"darajabox wor", []string{"world"}, []string{"up"}},
		{"darajabox world l", []string{"list", "load"}, []string{"create"}},
		{"darajabox world load --", []string{"--world", "--control", "--output", "--help"}, []string{"--frozen"}},
		{"darajabox world load canc", []string{"cancelled"}, nil},
		{"darajabox up --preset ", []string{"hostile", "kind", "sandbox"}, []string{"cancelled"}},
		{"darajabox up --scenario canc", []string{"cancelled"}, nil},
		{"darajabox journal show --output ", []string{"text", "json"}, nil},
		{"darajabox completion ", []string{"bash", "fish", "zsh"}, nil},
		{"darajabox help wo", []string{"world"}, []string{"up"}},
		{"darajabox help world l", []string{"list", "load"}, []string{"create"}},
		{"darajabox scenario validate cancelled tim", []string{"timeout-then-paid"}, nil},
		{"darajabox gateway par", []string{"partner"}, nil},
		{"darajabox gateway run --lost", nil, []string{"--lost-after"}}, // hidden
	} {
		t.Run(test.line, func(t *testing.T) {
			t.Setenv("COMP_LINE", test.line)
			o := darajabox(t)
			if o.code != exitOK || o.stderr != "" {
				t.Fatalf("exit %d, stderr %q", o.code, o.stderr)
			}
			words := strings.Fields(o.stdout)
			for _, want := range test.has {
				if !slices.Contains(words, want) {
					t.Errorf("%q is missing in %q", want, words)
				}
			}
			for _, word := range test.not {
				if slices.Contains(words, word) {
					t.Errorf("%q does not continue the line, but is in %q", word, words)
				}
			}
		})
	}
}

// The scripts work in the shells that are installed here: each asks the darajabox on
// the PATH, which in this test prints the line that it is asked about.
func TestCompletionScripts(t *testing.T) {
	bin := t.TempDir()
	stub := "#!/bin/sh\necho 'asked-about:'\"$COMP_LINE\" | tr ' ' _\n"
	if err := os.WriteFile(filepath.Join(bin, "darajabox"), []byte(stub), 0o700); err != nil {
		t.Fatal(err)
	}
	for shell, test := range map[string]struct{ run, want string }{
		"bash": {`source "$1" && complete -p darajabox`, "complete -o default -C 'darajabox' darajabox"},
		"fish": {`source $argv[1]; function commandline; echo "darajabox world l"; end; __darajabox_complete`, "asked-about:darajabox_world_l"},
		"zsh": {`compdef() { print -r -- "defined $*" }; source "$1"
			compadd() { print -r -- "$2" }; words=(darajabox world l); CURRENT=3; _darajabox`, "defined _darajabox darajabox\nasked-about:darajabox_world_l"},
	} {
		t.Run(shell, func(t *testing.T) {
			o := darajabox(t, "completion", shell)
			if o.code != exitOK {
				t.Fatalf("exit %d, stderr %q", o.code, o.stderr)
			}
			program, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("no %s here", shell)
			}
			script := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(script, []byte(o.stdout), 0o600); err != nil {
				t.Fatal(err)
			}
			got := shellOutput(t, program, test.run, script, bin)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// shellOutput is what a shell prints that runs code with script as its argument.
func shellOutput(t *testing.T, program, code, script, bin string) string {
	t.Helper()
	args := []string{"-c", code, "test", script}
	if strings.HasSuffix(program, "fish") {
		args = []string{"-c", code, script}
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = []string{fmt.Sprintf("PATH=%s:%s", bin, os.Getenv("PATH")), "HOME=" + bin}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return strings.TrimSpace(string(out))
}
