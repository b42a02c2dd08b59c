//go:build !windows

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// clientProgram is a program that has Safaricom's host built in, and takes another one as
// its argument.
type clientProgram struct {
	language string
	name     string
	command  []string // in testdata/clients
	needs    []string // a command that says whether the library is there; nil for none
	noBase   bool     // it takes no argument
}

func clientPrograms(t *testing.T) []clientProgram {
	t.Helper()
	return []clientProgram{
		{language: "python", name: "requests", command: []string{"python3", "with_requests.py"}, needs: []string{"python3", "-c", "import requests"}},
		{language: "python", name: "urllib", command: []string{"python3", "urllib.py"}},
		{language: "node", name: "axios", command: []string{"node", "axios.cjs"}, needs: []string{"node", "-e", "require('axios')"}},
		{language: "node", name: "https and fetch", command: []string{"node", "https.cjs"}},
		{language: "php", name: "curl", command: []string{"php", "curl.php"}, needs: []string{"php", "-r", "exit(function_exists('curl_init') ? 0 : 1);"}},
		{language: "php", name: "Guzzle", command: []string{"php", "guzzle.php"}, needs: []string{"php", "-r", "require 'GuzzleHttp/autoload.php';"}},
		{language: "ruby", name: "Net::HTTP", command: []string{"ruby", "nethttp.rb"}},
		{language: "java", name: "HttpURLConnection and HttpClient", command: []string{"java", "Client.java"}},
		{language: "go", name: "mpesa-golang-sdk", command: []string{buildGoClient(t)}, noBase: true},
	}
}

func buildGoClient(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gosdk")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", file, "./testdata/clients/gosdk").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// isThere reports whether a program can run. E2E_LANGUAGES, such as "python ruby", names
// those that must.
func (p clientProgram) isThere(t *testing.T) bool {
	t.Helper()
	why := ""
	if _, err := exec.LookPath(p.command[0]); err != nil {
		why = err.Error()
	} else if p.needs != nil {
		check := exec.CommandContext(t.Context(), p.needs[0], p.needs[1:]...)
		check.Env = environment()
		if out, err := check.CombinedOutput(); err != nil {
			why = strings.TrimSpace(string(out)) + " " + err.Error()
		}
	}
	if why != "" && slices.Contains(strings.Fields(os.Getenv("E2E_LANGUAGES")), p.language) {
		t.Fatalf("%s of %s must run: %s", p.name, p.language, why)
	}
	return why == ""
}

// environment is that of this process without the settings of darajabox, and with the folder
// of Debian's Node packages.
func environment() []string {
	kept := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "DARAJABOX_") || strings.HasPrefix(v, "NODE_PATH=") })
	return append(kept, "NODE_PATH=/usr/share/nodejs:/usr/share/javascript", "PYTHONDONTWRITEBYTECODE=1")
}

// reachable is a simulator of its own, which no program can miss: it is offline, so that a
// request to the real host fails.
type reachable struct {
	BaseURL   string `json:"base_url"`
	ProxyAddr string `json:"proxy_addr"`
	TLSAddr   string `json:"tls_addr"`
}

func startReachable(t *testing.T) (r reachable) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), build(t), "simulator", "--addr=0", "--control-addr=0", "--proxy-addr=0", "--tls-addr=0", "--offline",
		"--ca-dir="+filepath.Join(t.TempDir(), "ca"), "--set=think_time=1ms", "--log-format=json", "--quiet")
	cmd.Env = environment()
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() })
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if err := json.Unmarshal(lines.Bytes(), &r); err == nil && r.BaseURL != "" {
			return r
		}
	}
	t.Fatalf("the simulator says nothing: %v", lines.Err())
	return r
}

// Programs that cannot be changed reach the simulator with nothing but variables in their
// environment, and by its base URL without any.
func TestClientsThatHaveTheHostBuiltIn(t *testing.T) {
	r := startReachable(t)
	const accepted = "Success. Request accepted for processing"
	for _, p := range clientPrograms(t) {
		t.Run(p.language+" "+p.name, func(t *testing.T) {
			if !p.isThere(t) {
				t.Skip("it is not on this machine")
			}
			ways := map[string][]string{"by the proxy": append([]string{build(t), "env", "--proxy-addr", r.ProxyAddr, "--"}, p.command...)}
			if !p.noBase {
				ways["by the base URL"] = append(slices.Clone(p.command), r.BaseURL)
			}
			for way, command := range ways {
				cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
				cmd.Dir, cmd.Env = "testdata/clients", environment()
				if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte(accepted)) {
					t.Errorf("%s: %v\n%s", way, err, out)
				}
			}
		})
	}
}

// env hands over to the command: its exit code and its signals are the command's.
func TestEnvIsTheCommand(t *testing.T) {
	r := startReachable(t)
	cmd := exec.CommandContext(t.Context(), build(t), "env", "--proxy-addr", r.ProxyAddr, "--", "sh", "-c", `test "$HTTPS_PROXY" = "http://`+r.ProxyAddr+`" && echo "$1" && kill -TERM $$`, "sh", "--a word")
	cmd.Env = environment()
	out, err := cmd.Output()
	if string(out) != "--a word\n" || err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("%v %s", err, out)
	}
	cmd = exec.CommandContext(t.Context(), build(t), "env", "--proxy-addr", r.ProxyAddr, "--", "sh", "-c", "exit 7")
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("%v", err)
	}
}

// The printed commands do the same in a shell.
func TestEnvIsForAShell(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl on this machine")
	}
	r := startReachable(t)
	script := `eval "$("$0" env --proxy-addr "$1")" && curl -fsS -u sandbox:sandbox 'https://api.safaricom.co.ke/oauth/v1/generate?grant_type=client_credentials' &&
		curl -fsS --resolve "sandbox.safaricom.co.ke:${2##*:}:127.0.0.1" --noproxy '*' -u sandbox:sandbox "https://sandbox.safaricom.co.ke:${2##*:}/oauth/v1/generate?grant_type=client_credentials"`
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script, build(t), r.ProxyAddr, r.TLSAddr)
	cmd.Env = environment()
	if out, err := cmd.CombinedOutput(); err != nil || bytes.Count(out, []byte("access_token")) != 2 {
		t.Errorf("%v\n%s", err, out)
	}
}
