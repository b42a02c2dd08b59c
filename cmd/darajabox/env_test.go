package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	simapp "github.com/darajabox/darajabox/simulator/app"
)

// proxied is a simulator with a proxy, whose authority is in dir.
func proxied(t *testing.T) (addr, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "my ca")
	sim, err := simapp.New(simapp.Config{ProxyAddr: "0", CADir: dir})
	if err != nil {
		t.Fatal(err)
	}
	(&town{t: t}).start(sim)
	return sim.ProxyAddr(), dir
}

// clearEnvironment leaves out what this process may have of env's variables.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{"NO_PROXY", "no_proxy", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "PHP_INI_SCAN_DIR"} {
		t.Setenv(name, "")
	}
}

func TestEnvPrintsExports(t *testing.T) {
	clearEnvironment(t)
	addr, dir := proxied(t)
	o := darajabox(t, "env", "--proxy-addr", addr)
	got := strings.NewReplacer(dir, "/home/jane/my ca", addr, "127.0.0.1:7072", strings.TrimPrefix(addr, "127.0.0.1:"), "7072").Replace(o.stdout)
	if o.code != exitOK || o.stderr != "" {
		t.Fatalf("exit %d, %s", o.code, o.stderr)
	}
	golden(t, "env", got)
	for _, file := range []string{"bundle.pem", "ca.pem", "truststore.p12", "node.cjs", "php/darajabox.ini"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}
}

func TestEnvAsJSON(t *testing.T) {
	clearEnvironment(t)
	addr, dir := proxied(t)
	var got map[string]string
	o := darajabox(t, "env", "--proxy-addr", addr, "--output", "json")
	if err := json.Unmarshal([]byte(o.stdout), &got); err != nil {
		t.Fatalf("%v: %s%s", err, o.stdout, o.stderr)
	}
	if got["HTTPS_PROXY"] != "http://"+addr || got["SSL_CERT_FILE"] != filepath.Join(dir, "bundle.pem") || len(got) != 13 {
		t.Errorf("%v", got)
	}
}

// What a person has set stays in force, and env inside of env adds nothing.
func TestEnvKeepsWhatIsSet(t *testing.T) {
	addr, _ := proxied(t)
	for name, value := range map[string]string{"NO_PROXY": "intranet.example localhost", "NODE_OPTIONS": "--max-old-space-size=512", "JAVA_TOOL_OPTIONS": "-Xmx1g", "PHP_INI_SCAN_DIR": "/etc/php"} {
		t.Setenv(name, value)
	}
	variables := func() (all map[string]string) {
		if err := json.Unmarshal([]byte(darajabox(t, "env", "--proxy-addr", addr, "-o", "json").stdout), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	once := variables()
	if got, want := once["no_proxy"], "intranet.example,localhost,127.0.0.1,::1"; got != want {
		t.Errorf("no_proxy is %s, want %s", got, want)
	}
	for name, begins := range map[string]string{"NODE_OPTIONS": "--max-old-space-size=512 --require ", "JAVA_TOOL_OPTIONS": `-Xmx1g "-Dhttps.proxyHost=`, "PHP_INI_SCAN_DIR": "/etc/php" + string(os.PathListSeparator)} {
		if !strings.HasPrefix(once[name], begins) {
			t.Errorf("%s is %s, want %s…", name, once[name], begins)
		}
	}
	for name, value := range once {
		t.Setenv(name, value)
	}
	for name, value := range variables() {
		if value != once[name] {
			t.Errorf("inside of env %s is %s, and was %s", name, value, once[name])
		}
	}
}

func TestEnvRunsACommand(t *testing.T) {
	clearEnvironment(t)
	addr, _ := proxied(t)
	for _, dashes := range [][]string{{"--"}, nil} {
		var out, errs bytes.Buffer
		var args, environ []string
		become := func(_ string, a, vars []string) error { args, environ = a, vars; return nil }
		line := append(append([]string{"env", "--proxy-addr", addr}, dashes...), "go", "version", "--proxy-addr", "x")
		if code := run(env{ctx: t.Context(), stdout: &out, stderr: &errs, become: become}, line); code != exitOK || out.String()+errs.String() != "" {
			t.Fatalf("exit %d, %s%s", code, &out, &errs)
		}
		if want := []string{"go", "version", "--proxy-addr", "x"}; !slices.Equal(args, want) {
			t.Errorf("the command is %q, want %q", args, want)
		}
		if !slices.Contains(environ, "HTTPS_PROXY=http://"+addr) {
			t.Error("the proxy is missing")
		}
	}
	if got := lastOfEach([]string{"A=1", "B=2", "A=3"}); !slices.Equal(got, []string{"B=2", "A=3"}) {
		t.Errorf("got %q", got)
	}
}

func TestEnvWithoutAProxy(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	addr, dir := proxied(t)
	broken := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(broken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--proxy-addr", strings.TrimPrefix(closed.URL, "http://")}, exitUnreachable, "no proxy of a simulator answers at " + strings.TrimPrefix(closed.URL, "http://") + "; start one with `darajabox up`, or set --proxy-addr\n"},
		{[]string{"--proxy-addr", strings.TrimPrefix(other.URL, "http://")}, exitUnreachable, "is not the proxy of a simulator; set --proxy-addr\n"},
		{[]string{"--proxy-addr", "localhost"}, exitUsage, `--proxy-addr "localhost" is not HOST:PORT such as 127.0.0.1:7072`},
		{[]string{"--proxy-addr", addr, "--ca-dir", broken}, exitFailed, "if it runs in a container, copy its folder " + dir + " here and name the copy with --ca-dir\n"},
		{[]string{"--proxy-addr", addr, "--", "no-such-command"}, exitUsage, `"no-such-command" cannot be run: `},
	} {
		o := darajabox(t, append([]string{"env"}, test.args...)...)
		if o.code != test.code || !strings.Contains(o.stderr, test.want) || o.stdout != "" {
			t.Errorf("%q: exit %d, %s%s\nwant %d, …%s", test.args, o.code, o.stdout, o.stderr, test.code, test.want)
		}
	}
}
