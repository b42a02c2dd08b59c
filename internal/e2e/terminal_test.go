package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// terminalWait is how long a test waits for a line.
const terminalWait = 30 * time.Second

// terminal is a shell in which a command runs, and another in which a person pastes
// what it prints.
type terminal struct {
	t   *testing.T
	cmd *exec.Cmd

	mu      sync.Mutex
	text    string
	changed chan struct{} // closed and replaced by each line
	ended   chan struct{}
}

// open starts the program with both outputs on the terminal, or only standard output.
func open(t *testing.T, dir string, stderr io.Writer, args ...string) *terminal {
	t.Helper()
	for _, tool := range []string{"sh", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s", tool)
		}
	}
	term := &terminal{t: t, cmd: exec.Command(build(t), args...), changed: make(chan struct{}), ended: make(chan struct{})}
	term.cmd.Dir, term.cmd.Env = dir, append(plainEnv(), "TMPDIR="+t.TempDir())
	out, err := term.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	term.cmd.Stderr = term.cmd.Stdout
	if stderr != nil {
		term.cmd.Stderr = stderr
	}
	if err := term.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go term.read(out)
	t.Cleanup(func() {
		_ = term.cmd.Process.Kill()
		<-term.ended
	})
	return term
}

// plainEnv is the environment without what sets flags.
func plainEnv() []string {
	var out []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DARAJABOX_") {
			out = append(out, v)
		}
	}
	return out
}

func (m *terminal) read(out io.Reader) {
	defer close(m.ended)
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		m.mu.Lock()
		m.text += line
		close(m.changed)
		m.changed = make(chan struct{})
		m.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (m *terminal) shows() (text string, changed <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text, m.changed
}

// wait waits for what the pattern matches, ^ and $ at lines, and returns it, or its
// first group.
func (m *terminal) wait(pattern string) string {
	m.t.Helper()
	re, over := regexp.MustCompile("(?m)"+pattern), time.After(terminalWait)
	for {
		text, changed := m.shows()
		if found := re.FindStringSubmatch(text); found != nil {
			return found[len(found)-1]
		}
		select {
		case <-changed:
		case <-m.ended:
			m.t.Fatalf("it ended without %q:\n%s", pattern, text)
		case <-over:
			m.t.Fatalf("there is no %q in\n%s", pattern, text)
		}
	}
}

// paste runs a command in sh, as a person who copies it from the screen.
func (m *terminal) paste(command string) string {
	m.t.Helper()
	sh := exec.Command("sh", "-c", command)
	sh.Env = plainEnv()
	var stderr strings.Builder
	sh.Stderr = &stderr
	out, err := sh.Output()
	if err != nil {
		text, _ := m.shows()
		m.t.Fatalf("%s\nended with %v: %s%s\nthe terminal shows\n%s", command, err, out, stderr.String(), text)
	}
	return string(out)
}

// interrupt is Ctrl-C. It returns all that was shown.
func (m *terminal) interrupt() string {
	m.t.Helper()
	if err := m.cmd.Process.Signal(os.Interrupt); err != nil {
		m.t.Fatal(err)
	}
	<-m.ended
	text, _ := m.shows()
	if err := m.cmd.Wait(); err != nil {
		m.t.Errorf("it ended with %v:\n%s", err, text)
	}
	return text
}

// bannersEnd is in the last line of a banner.
const bannersEnd = `Ctrl-C stops\.$`

// up runs everything on free ports, and waits for the banner.
func up(t *testing.T, dir string, stderr io.Writer, args ...string) *terminal {
	t.Helper()
	return open(t, dir, stderr, append([]string{
		"up", "--simulator-addr=127.0.0.1:0", "--control-addr=127.0.0.1:0", "--gateway-addr=127.0.0.1:0", "--admin-addr=127.0.0.1:0", "--inbox-addr=127.0.0.1:0",
	}, args...)...)
}

// A newcomer pastes the curl and sees the payment's way to its end; the other command
// of the banner works meanwhile.
func TestUpShowsAPayment(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	m := up(t, "", nil, "--set", "think_time=100ms")
	m.wait(bannersEnd)
	m.paste(m.wait(`^  curl .*$`))
	m.wait(`^\d\d:\d\d:\d\d EAT  token     issued$`)
	m.wait(`^\d\d:\d\d:\d\d EAT  push      INV-1         KES 150\.00      2547XXXXX149  accepted$`)
	m.wait(`^\d\d:\d\d:\d\d EAT  callback  INV-1         KES 150\.00      2547XXXXX149  paid, receipt \w+; http://127\.0\.0\.1:\d+/\S+ answered 200$`)
	m.wait(`^\d\d:\d\d:\d\d EAT  webhook   INV-1         KES 150\.00      2547XXXXX149  successful, transaction \d{15}, receipt \w+, signature ok; answered 200$`)
	if out := m.paste(m.wait(`^  admin +\S+ +(.*)$`)); !strings.Contains(out, "local") {
		t.Errorf("the partners are\n%s", out)
	}
	text := m.interrupt()
	if n := strings.Count(text, " EAT  webhook "); n != 1 {
		t.Errorf("the webhook is shown %d times:\n%s", n, text)
	}
	if callback, webhook := strings.Index(text, " EAT  callback "), strings.Index(text, " EAT  webhook "); callback > webhook {
		t.Errorf("the webhook stands before its callback:\n%s", text)
	}
	if !strings.HasSuffix(text, "\n\nstopping\n") {
		t.Errorf("it ends with %q", text[max(0, len(text)-200):])
	}
	if _, lines, _ := strings.Cut(text, "Ctrl-C stops."); strings.Contains(lines, "254708374149") {
		t.Errorf("a phone number is in\n%s", lines)
	}
}

// With one more flag the same payment goes to a till.
func TestUpCollectsForATill(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	m := up(t, "", nil, "--set", "think_time=100ms", "--till", "174380")
	m.wait(`^  gateway .*; collects for till 174380$`)
	m.wait(bannersEnd)
	m.paste(m.wait(`^  curl .*$`))
	m.wait(`^\d\d:\d\d:\d\d EAT  callback  INV-1         KES 150\.00      2547XXXXX149  paid, receipt \w+; http://127\.0\.0\.1:\d+/\S+ answered 200$`)
	m.wait(`^\d\d:\d\d:\d\d EAT  webhook   INV-1         KES 150\.00      2547XXXXX149  successful, transaction \d{15}, receipt \w+, signature ok; answered 200$`)
	m.interrupt()
}

// A browser on another machine, which comes by a name of this one, gets links that work
// there, from the console and from the page of Daraja's port.
func TestUpLinksToTheNameThatABrowserCameBy(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	all := "=0.0.0.0:0"
	for _, tt := range []struct {
		name, public string
		daraja       func(port string) string
	}{
		{"without a public URL", "", func(port string) string { return "http://box.example:" + port }},
		{"with a public URL", "--public-url=https://daraja.example/x", func(string) string { return "https://daraja.example/x" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"--simulator-addr" + all, "--control-addr" + all, "--gateway-addr" + all, "--admin-addr" + all, "--inbox-addr" + all, "--control-host=box.example"}
			if tt.public != "" {
				args = append(args, tt.public)
			}
			m := up(t, "", nil, args...)
			m.wait(bannersEnd)
			port := func(name string) string { return m.wait(`^  ` + name + ` +http://127\.0\.0\.1:(\d+)`) }
			daraja, control, gateway, inbox := "", port("control"), port("gateway"), port("inbox")
			if tt.public == "" { // the banner names the public URL in its place
				daraja = port("simulator")
			}
			get := func(port, path, accept string) string {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+port+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Host = "box.example:" + port
				req.Header.Set("Accept", accept)
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				if err != nil || res.StatusCode != http.StatusOK {
					t.Fatalf("%s of %s: HTTP %d %s %v", path, port, res.StatusCode, body, err)
				}
				return string(body)
			}
			if daraja == "" {
				m.wait(`^  simulator +https://daraja\.example/x `)
			} else if page := get(daraja, "/", "text/html"); !strings.Contains(page, `<a href="http://box.example:`+control+`/">Console</a>`) {
				t.Errorf("the page of Daraja's port is\n%s", page)
			}
			var list struct{ Addresses []struct{ Name, URL string } }
			if err := json.Unmarshal([]byte(get(control, "/addresses", "")), &list); err != nil {
				t.Fatal(err)
			}
			for _, a := range list.Addresses {
				want, known := map[string]string{
					"Daraja API": tt.daraja(daraja), "Gateway": "http://box.example:" + gateway, "Inbox": "http://box.example:" + inbox,
				}[a.Name]
				if known && a.URL != want || !known && !strings.HasPrefix(a.URL, "http://box.example:") {
					t.Errorf("%s is at %s, want %s", a.Name, a.URL, want)
				}
			}
			if len(list.Addresses) != 6 {
				t.Errorf("the addresses are %+v", list.Addresses)
			}
			m.interrupt()
		})
	}
}

// A webhook to an app of the user's own is shown too, with what the app answered.
func TestUpShowsWebhooksToAnApp(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	var calls atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(app.Close)
	m := up(t, "", nil, "--set", "think_time=100ms", "--speed=20")
	m.wait(bannersEnd)
	m.paste(strings.Replace(m.wait(`^  curl .*$`), m.wait(`^  inbox +(\S+)`)+"/webhook", app.URL+"/paid", 1))
	m.wait(` webhook   INV-1         KES 150\.00      2547XXXXX149  successful, transaction \d{15}, receipt \w+; ` + app.URL + `/paid answered 500$`)
	m.wait(` webhook   INV-1         KES 150\.00      2547XXXXX149  successful, transaction \d{15}, receipt \w+; ` + app.URL + `/paid answered 200 \(attempt 2\)$`)
	if text := m.interrupt(); strings.Contains(text, "level=WARN") {
		t.Errorf("an attempt is printed twice:\n%s", text)
	}
}

// A webhook to a path that the inbox does not take is shown at each attempt.
func TestUpShowsWebhooksToAWrongPath(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	m := up(t, "", nil, "--set", "think_time=100ms", "--speed=20")
	m.wait(bannersEnd)
	in := m.wait(`^  inbox +(\S+)`)
	m.paste(strings.Replace(m.wait(`^  curl .*$`), in+"/webhook", in+"/nope", 1))
	m.wait(` webhook   INV-1         KES 150\.00      2547XXXXX149  successful, transaction \d{15}, receipt \w+; ` + in + `/nope answered 404$`)
	m.wait(` ` + in + `/nope answered 404 \(attempt 2\)$`)
	m.interrupt()
}

// On a frozen clock the banner's commands bring a payment to its end, on another day.
func TestUpOnAFrozenClock(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	m := up(t, "", nil, "--frozen", "--at=2027-01-04T12:00")
	m.wait(bannersEnd)
	m.paste(m.wait(`^  curl .*$`))
	m.paste(m.wait(`^  (.* clock advance .*)$`))
	m.wait(`^Mon 4 Jan 2027, EAT$`)
	m.wait(`^12:00:00 EAT  push `)
	m.wait(`^12:00:0[25] EAT  webhook   INV-1 .* successful, `)
	m.interrupt()
}

const moneyless = `
name: shop
description: Jane has no money.
world: {settings: {think_time: 100ms}, clock: {speed: 2}}
rules:
  - {name: no money, when: {phone: "254708374149"}, then: {result: 1}}
`

// The banner does not promise what the scenario does not do.
func TestUpWithAScenario(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "shop.yaml"), []byte(moneyless), 0o600); err != nil {
		t.Fatal(err)
	}
	m := up(t, dir, nil, "--scenario=shop.yaml", "--preset=kind")
	m.wait(bannersEnd)
	text, _ := m.shows()
	for _, want := range []string{
		"Scenario shop (shop.yaml, read again when it changes) is active:\n  Jane has no money.\nPreset kind is active:\n",
		"First the scenario's rules decide. Where none applies, the phone number decides: ", "any other pays after 100ms if the wallet\nholds enough.", "runs 2 times as fast as real time",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	m.paste(m.wait(`^  curl .*$`))
	m.wait(` callback  INV-1 .* not enough money; .* \(by rule 1 "no money" of shop\)$`)
	m.wait(` webhook   INV-1 .* failed: not enough money, transaction \d{15}, signature ok; answered 200$`)
	m.interrupt()
}

// The push that the simulator prints works in sh, the callback is shown, and so is
// what is refused and what happens in another world.
func TestSimulatorShowsAPushAndItsCallback(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(app.Close)
	m := open(t, "", nil, "simulator", "--addr=127.0.0.1:0", "--control-addr=127.0.0.1:0", "--set=think_time=100ms")
	m.wait(bannersEnd)
	commands := strings.ReplaceAll(m.wait(`(?s)Get a token and send a push:\n\n(.*?)\n\n`), "http://127.0.0.1:3000/callback", app.URL+"/callback")
	var ack struct{ ResponseCode string }
	if out := m.paste(commands); json.Unmarshal([]byte(out), &ack) != nil || ack.ResponseCode != "0" {
		t.Errorf("the push was answered %s", out)
	}
	m.wait(` push      INV-1         KES 150\.00      2547XXXXX149  accepted$`)
	m.wait(` callback  INV-1         KES 150\.00      2547XXXXX149  paid, receipt \w+; ` + app.URL + `/callback answered 200$`)
	m.paste(strings.Replace(commands, `"Password":"MTc0`, `"Password":"MTc1`, 1))
	m.wait(` push      INV-1         KES 150\.00      2547XXXXX149  refused 500\.001\.1001: Password `)

	world := m.paste("'" + m.cmd.Path + "' world create --id other --control " + m.wait(`^  control +(\S+)`))
	key := regexp.MustCompile(`(?m)^consumer key +(\S+)$`).FindStringSubmatch(world)
	secret := regexp.MustCompile(`(?m)^consumer secret +(\S+)$`).FindStringSubmatch(world)
	m.paste(strings.Replace(commands, "sandbox:sandbox", key[1]+":"+secret[1], 1))
	m.wait(` token     world other: issued$`)
	m.wait(` push      INV-1         KES 150\.00      2547XXXXX149  world other: accepted$`)
	m.wait(` callback  INV-1         KES 150\.00      2547XXXXX149  world other: paid, `)

	m.paste("curl -sS " + m.wait(`^  base URL +(\S+)`) + "/nowhere")
	if text := m.interrupt(); !strings.HasSuffix(text, "request   refused with HTTP status 404: Daraja has no \"/nowhere\", or it is not simulated\n") {
		t.Errorf("the last request is not shown:\n%s", text)
	}
}

// With --output json standard output has objects and nothing else.
func TestUpForPrograms(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	banner, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer banner.Close()
	m := up(t, "", banner, "--output=json", "--set=think_time=100ms", "--gateway-addr=127.0.0.1:0")
	m.paste(waitForCurl(t, banner.Name()))
	m.wait(`"kind":"webhook","reference":"INV-1".*"transaction_id":"\d{15}"`)
	for line := range strings.Lines(m.interrupt()) {
		var e struct{ At, Kind, Result string }
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Kind == "" || e.Result == "" || e.At == "" {
			t.Errorf("printed %q: %v", line, err)
		}
	}
}

// waitForCurl waits until a file has the curl of a banner.
func waitForCurl(t *testing.T, file string) string {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for over := time.After(terminalWait); ; {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(`(?m)^  curl .*$`).Find(text); found != nil {
			return string(found)
		}
		select {
		case <-ticker.C:
		case <-over:
			t.Fatalf("there is no curl in %s", text)
		}
	}
}

// With --quiet there is the banner and nothing below it.
func TestUpQuietly(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	m := up(t, "", nil, "--quiet", "--set=think_time=100ms")
	m.wait(bannersEnd)
	m.paste(m.wait(`^  curl .*$`))
	if got := m.paste("curl -sS " + m.wait(`^  inbox +(\S+)`) + "/received?wait=20s"); !strings.Contains(got, "successful") {
		t.Errorf("the inbox has %s", got)
	}
	if text := m.interrupt(); !strings.HasSuffix(text, "Ctrl-C stops.\n\n\nstopping\n") {
		t.Errorf("printed\n%s", text)
	}
}

// A page in a browser cannot pay by the gateway of up, whose key is public.
func TestUpRefusesPages(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	m := up(t, "", nil)
	m.wait(bannersEnd)
	if out := m.paste(m.wait(`^  curl .*$`) + " -H 'Origin: https://evil.example'"); !strings.Contains(out, "page in a browser") {
		t.Errorf("the gateway answers %s", out)
	}
	m.interrupt()
}

// With kept data and a clock that begins again, a prompt comes twice. It is said before,
// and when it happens.
func TestUpWithKeptDataOnAFrozenClock(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	dir := t.TempDir()
	for run := range 2 {
		m := up(t, "", nil, "--frozen", "--at=2027-01-04T12:00", "--data="+dir)
		m.wait(bannersEnd)
		m.paste(m.wait(`^  curl .*$`))
		m.paste(m.wait(`^  (.* clock advance .*)$`))
		if run == 0 {
			m.wait(`^12:00:0[25] EAT  webhook   INV-1 .* successful, `)
		} else {
			m.wait(`^darajabox: warning: the data folder has payments of an earlier run, .* Give another --seed`)
			m.wait(`^12:00:0[025] EAT  review    INV-1         KES 150\.00      2547XXXXX149  needs a review, no webhook is sent, transaction \d{15}: M-PESA's answer to push 1 names the prompt of transaction \d{15}$`)
		}
		if text := m.interrupt(); strings.Contains(text, "warning") != (run == 1) {
			t.Errorf("run %d shows\n%s", run, text)
		}
	}
}

// The banner has the address that the simulator hands out.
func TestBannerHasThePublicURL(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	m := open(t, "", nil, "simulator", "--addr=127.0.0.1:0", "--control-addr=127.0.0.1:0", "--public-url=http://localhost:17070/")
	m.wait(bannersEnd)
	m.wait(`^  base URL +http://localhost:17070$`)
	m.wait(`http://localhost:17070/mpesa/stkpush`)
	m.interrupt()
	m = up(t, "", nil, "--public-url=http://localhost:17070")
	m.wait(bannersEnd)
	m.wait(`^  simulator +http://localhost:17070 `)
	m.interrupt()
}

// With --log-format json all of standard error is JSON, an object on each line.
func TestJSONLogHasNoBanner(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	m := up(t, "", nil, "--log-format=json", "--output=json", "--quiet", "--set=think_time=100ms")
	gateway := m.wait(`"gateway_url":"([^"]+)"`)
	m.wait(`"level":"INFO","msg":"darajabox \S+ is running","base_url":"http://127\.0\.0\.1:\d+","control_url":`)
	m.paste("curl -sS " + gateway + "/health")
	for line := range strings.Lines(m.interrupt()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("this is no JSON: %s", line)
		}
	}
}

// The inbox takes --output and --quiet as up does.
func TestInboxOutput(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	const body = `{"status":"successful","transaction_id":7}`
	m := open(t, "", nil, "inbox", "--addr=127.0.0.1:0", "--output=json")
	url := m.wait(`^inbox  (\S+)$`)
	m.paste("curl -sS -d '" + body + "' " + url + "/webhook")
	m.wait(`^\{"at":"[^"]+","kind":"webhook",.*"transaction_id":"7"`)
	m.interrupt()
	m = open(t, "", nil, "inbox", "--addr=127.0.0.1:0", "--quiet")
	url = m.wait(`^inbox  (\S+)$`)
	m.paste("curl -sS -d '" + body + "' " + url + "/webhook")
	if text := m.interrupt(); strings.Contains(text, "webhook ") {
		t.Errorf("it shows\n%s", text)
	}
}

// A service goes on when the reader of its output has gone, as with "up | head", and
// still ends by Ctrl-C, also when its reader reads nothing more.
func TestServiceOutlivesItsReader(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gone", "stuck"} {
		t.Run(name, func(t *testing.T) {
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			temporary := t.TempDir()
			cmd := exec.Command(build(t), "up", "--simulator-addr=127.0.0.1:0", "--control-addr=127.0.0.1:0", "--gateway-addr=127.0.0.1:0", "--admin-addr=127.0.0.1:0", "--inbox-addr=127.0.0.1:0")
			cmd.Env, cmd.Stdout = append(plainEnv(), "TMPDIR="+temporary), write
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_ = write.Close()
			t.Cleanup(func() { _ = cmd.Process.Kill(); _ = read.Close() })
			api := ""
			for lines := bufio.NewScanner(read); lines.Scan(); {
				if found := regexp.MustCompile(`simulator +(http://\S+)`).FindStringSubmatch(lines.Text()); found != nil {
					api = found[1]
				}
				if strings.Contains(lines.Text(), "Ctrl-C stops.") {
					break
				}
			}
			if name == "gone" {
				_ = read.Close()
			}
			for range 600 { // more than a pipe holds
				res, err := http.Get(api + "/" + strings.Repeat("x", 200))
				if err != nil {
					t.Fatalf("it does not answer any more: %v", err)
				}
				_ = res.Body.Close()
			}
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("it ended with %v", err)
				}
			case <-time.After(terminalWait):
				t.Fatal("Ctrl-C does not end it")
			}
			if left, _ := filepath.Glob(filepath.Join(temporary, "*")); len(left) > 0 {
				t.Errorf("%v are left", left)
			}
		})
	}
}
