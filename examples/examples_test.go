// Package examples holds a small program for each language that takes M-PESA, and its
// test against a simulator. This test runs them all.
package examples

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/app"
)

// example is a program of one language and how its test is run.
type example struct {
	language string
	command  []string // from this folder
	says     string   // of a run that tested something
}

func all() []example {
	return []example{
		{"python", []string{"python3", "-m", "unittest", "discover", "python"}, "Ran 5 tests"},
		{"node", []string{"node", "--test", "node/"}, "pass 5"},
		{"php", []string{"php", "-d", "zend.assertions=1", "php/test.php"}, "ok - the callback has a wrong amount"},
		{"java", []string{"java", "-ea", "java/Pay.java"}, "ok - the callback has a wrong amount"},
	}
}

// An example whose language is not on the machine is skipped, unless
// E2E_LANGUAGES, such as "python node", says that it must run.
func TestExamples(t *testing.T) {
	sim, err := app.New(app.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Stop(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	for _, x := range all() {
		t.Run(x.language, func(t *testing.T) {
			out, err := run(t, x, sim.ControlURL())
			if err != nil || !bytes.Contains(out, []byte(x.says)) {
				t.Errorf("%s: %v, want %q in:\n%s", strings.Join(x.command, " "), err, x.says, out)
			}
		})
	}
}

// Without a simulator, each example says so in a line and how to start one.
func TestExamplesWithoutASimulator(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, x := range all() {
		t.Run(x.language, func(t *testing.T) {
			out, err := run(t, x, closed.URL)
			if err == nil || !strings.Contains(string(out), "no simulator answers at "+closed.URL+"; start one with: darajabox simulator") {
				t.Errorf("%v:\n%s", err, out)
			}
		})
	}
}

// run runs the test of x against the simulator whose control port is at control.
func run(t *testing.T, x example, control string) ([]byte, error) {
	t.Helper()
	binary := x.command[0]
	if _, err := exec.LookPath(binary); err != nil {
		if slices.Contains(strings.Fields(os.Getenv("E2E_LANGUAGES")), x.language) {
			t.Fatalf("%s must run: %v", x.language, err)
		}
		t.Skipf("there is no %s on this machine", binary)
	}
	readAll(t, x.language)
	cmd := exec.CommandContext(t.Context(), binary, x.command[1:]...)
	cmd.Env = append(os.Environ(), "DARAJABOX_CONTROL="+control, "PYTHONDONTWRITEBYTECODE=1")
	return cmd.CombinedOutput() //nolint:wrapcheck // the test shows it
}

// readAll reads the files of an example, so that go test's cache knows that the result
// depends on them.
func readAll(t *testing.T, folder string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, err := os.ReadFile(filepath.Join(folder, f.Name())); err != nil && !f.IsDir() {
			t.Fatal(err)
		}
	}
}
