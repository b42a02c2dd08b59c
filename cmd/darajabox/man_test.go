package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every command that help shows has a page, with each of its flags.
func TestManual(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man")
	if o := darajabox(t, "man", dir); o.code != exitOK {
		t.Fatalf("exit %d, stderr %q", o.code, o.stderr)
	}
	e := env{ctx: t.Context(), stdout: t.Output(), stderr: t.Output()}
	commands := visible(newParser(&e, &cli{}).Model.Node)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(commands) || len(files) < 50 {
		t.Errorf("%d pages for %d commands", len(files), len(commands))
	}
	for _, c := range commands {
		b, err := os.ReadFile(filepath.Join(dir, manName(c)+".1"))
		if err != nil {
			t.Error(err)
			continue
		}
		page := string(b)
		if !strings.HasPrefix(page, ".TH ") {
			t.Errorf("%s does not begin with .TH", manName(c))
		}
		for _, f := range c.Flags {
			if has := strings.Contains(page, escapeRoff("--"+f.Name)); has == f.Hidden {
				t.Errorf("%s: --%s: in the page %v, hidden %v", manName(c), f.Name, has, f.Hidden)
			}
		}
	}
}

// groff has nothing to complain about, and what it prints reads as the help does.
func TestManualReads(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff here")
	}
	dir := t.TempDir()
	if o := darajabox(t, "man", dir); o.code != exitOK {
		t.Fatalf("exit %d, stderr %q", o.code, o.stderr)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), groff, append([]string{"-man", "-ww", "-z", "-Tutf8"}, files...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%.2000s", err, out)
	}
	out, err = exec.CommandContext(t.Context(), groff, "-man", "-Tascii", "-P-c", "-P-b", "-P-u", filepath.Join(dir, "darajabox-queue-add.1")).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`darajabox queue add --phone 0708374149 --then '{result: 0, after: 5s, callback: {copies: 2, gap: 1s}}'`,
		"--result=CODE", "DARAJABOX_CONTROL", "EXIT STATUS", "darajabox-queue(1)",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the page lacks %q:\n%s", want, out)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, test := range []struct {
		args  []string
		code  int
		wants string // on standard output, or on standard error when code is not 0
	}{
		{[]string{"help"}, 0, "Usage: darajabox <command>"},
		{[]string{"help", "world"}, 0, "Usage: darajabox world <command>"},
		{[]string{"help", "world", "load"}, 0, "Usage: darajabox world load"},
		{[]string{"help", "help"}, 0, "Usage: darajabox help"},
		{[]string{"help", "wurld"}, 2, "Try 'darajabox --help'."},
		{[]string{"--version"}, 0, "darajabox " + version},
		{[]string{"-V"}, 0, "darajabox " + version},
		{[]string{"version"}, 0, "darajabox " + version},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			o := darajabox(t, test.args...)
			got := o.stdout
			if test.code != 0 {
				got = o.stderr
			}
			if o.code != test.code || !strings.Contains(got, test.wants) {
				t.Errorf("exit %d, want %d; %q is not in %q", o.code, test.code, test.wants, got)
			}
		})
	}
}
