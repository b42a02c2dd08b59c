// Package e2e tests the built program from outside: its processes are killed, paused
// and cut off from the disk, and people paste what it prints.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/internal/pgtest"
)

// localKey is the API key of the partner of a gateway that has been given none.
const localKey = "dbx_test_local"

// timeout is how long a test waits: on PostgreSQL twice until an abandoned job is found,
// and on a busy machine.
const timeout = 90 * time.Second

// binary is the program, built for the first test that asks.
var binary struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	if binary.dir != "" {
		_ = os.RemoveAll(binary.dir)
	}
	os.Exit(code)
}

// build returns the path of the program.
func build(t testing.TB) string {
	t.Helper()
	binary.once.Do(func() {
		if binary.dir, binary.err = os.MkdirTemp("", "darajabox"); binary.err != nil { //nolint:usetesting // it outlives the test that builds it
			return
		}
		out, err := exec.Command("go", "build", "-o", binary.dir, "../../cmd/darajabox").CombinedOutput()
		if err != nil {
			binary.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if binary.err != nil {
		t.Fatalf("building: %v", binary.err)
	}
	return filepath.Join(binary.dir, "darajabox")
}
