package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLines(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := &printer{out: &out, total: 3, now: func() time.Time { return now }, running: map[string]time.Time{}, kept: map[string]*packageOutput{}}
	p.begin()
	feed := func(lines ...string) {
		for _, line := range lines {
			p.line([]byte(line + "\n"))
		}
	}
	feed(
		`{"Action":"start","Package":"x/darajabox/a"}`,
		`{"Action":"start","Package":"x/darajabox/b"}`,
		`{"Action":"run","Package":"x/darajabox/a","Test":"TestGood"}`,
		`{"Action":"output","Package":"x/darajabox/a","Test":"TestGood","Output":"chatter\n"}`,
		`{"Action":"pass","Package":"x/darajabox/a","Test":"TestGood"}`,
		`{"Action":"output","Package":"x/darajabox/a","Output":"PASS\n"}`,
		`{"Action":"output","Package":"x/darajabox/a","Output":"ok  \tx/darajabox/a\t1.5s\n"}`,
		`{"Action":"pass","Package":"x/darajabox/a","Elapsed":1.5}`,
	)
	now = now.Add(quiet + time.Second)
	p.stillRunning()
	feed(
		`{"Action":"output","Package":"x/darajabox/b","Test":"TestBad","Output":"=== RUN   TestBad\n"}`,
		`{"Action":"output","Package":"x/darajabox/b","Test":"TestBad","Output":"    b_test.go:7: no\n"}`,
		`{"Action":"output","Package":"x/darajabox/b","Test":"TestBad","Output":"--- FAIL: TestBad (0.00s)\n"}`,
		`{"Action":"fail","Package":"x/darajabox/b","Test":"TestBad"}`,
		`{"Action":"output","Package":"x/darajabox/b","Output":"FAIL\n"}`,
		`{"Action":"output","Package":"x/darajabox/b","Output":"FAIL\tx/darajabox/b\t31s\n"}`,
		`{"Action":"fail","Package":"x/darajabox/b","Elapsed":31}`,
		`{"Action":"build-output","ImportPath":"x/c","Output":"c.go:1:1: broken\n"}`,
		`{"Action":"start","Package":"x/darajabox/c"}`,
		`{"Action":"output","Package":"x/darajabox/c","Output":"?   \tx/darajabox/c\t[no test files]\n"}`,
		`{"Action":"skip","Package":"x/darajabox/c"}`,
	)
	p.end()
	const want = `testing 3 packages; each has a line when it ends
ok  	x/darajabox/a	1.5s	[1 of 3, 2 left]
...  	running: b (31s); 2 of 3 left
    b_test.go:7: no
--- FAIL: TestBad (0.00s)
FAIL	x/darajabox/b	31s	[2 of 3, 1 left]
c.go:1:1: broken
?   	x/darajabox/c	[no test files]	[3 of 3, 0 left]
FAIL	1 package of 3 failed in 31s:
	x/darajabox/b
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}

// The exit code is go test's, whatever it prints.
func TestExitCode(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Clean(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.org/x\n\ngo 1.26\n")
	for _, test := range []struct {
		name, source string
		code         int
		want         string
	}{
		{"pass", "package x\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) {}\n", 0, "1 of 1 package ended in"},
		{"fail", "package x\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) { t.Error(\"no such luck\") }\n", 1, "x_test.go:5: no such luck"},
		{"panic", "package x\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) { panic(\"gone\") }\n", 1, "panic: gone"},
		{"build", "package x\n\nfunc broken( {\n", 1, "x_test.go:3:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			write("x_test.go", test.source)
			var out bytes.Buffer
			code, err := run(context.WithoutCancel(t.Context()), []string{"go", "test", "-vet=off", "./..."}, &out)
			if err != nil || code != test.code || !strings.Contains(out.String(), test.want) {
				t.Errorf("code %d, %v:\n%s", code, err, &out)
			}
		})
	}
}
