package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/darajatest"
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/simulator"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

// town is what `darajabox up` starts, on free ports, and the reader's own app.
type town struct {
	t         *testing.T
	simulator string
	gateway   string
	data      string            // the gateway's folder
	admin     string            // its administration
	received  chan []byte       // bodies that came to the app
	addresses *strings.Replacer // from those of the docs to those of the town
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, received: make(chan []byte, 100), data: filepath.Join(t.TempDir(), "data")}
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.received <- body
	}))
	t.Cleanup(app.Close)
	sim, err := simapp.New(simapp.Config{Addr: "127.0.0.1:0", ControlAddr: "127.0.0.1:0", Settings: map[string]string{"think_time": "10ms"}})
	if err != nil {
		t.Fatal(err)
	}
	w.start(sim)
	gw, err := gwapp.New(gwapp.Config{
		Addr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0", Data: w.data, DarajaURL: sim.URL(), ConsumerKey: "sandbox", ConsumerSecret: "sandbox",
		Shortcode: daraja.SandboxShortcode, Passkey: daraja.SandboxPasskey, AllowPrivate: true,
		Partners: []gwapp.PartnerConfig{{Name: "local", Key: localKey}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.start(gw)
	w.simulator, w.gateway, w.admin = sim.URL(), gw.URL(), gw.AdminURL()
	w.addresses = strings.NewReplacer("http://127.0.0.1:7070", w.simulator, "http://127.0.0.1:7071", sim.ControlURL(),
		"http://127.0.0.1:8080", w.gateway, "http://127.0.0.1:8090", app.URL, "http://127.0.0.1:3000", app.URL)
	return w
}

func (w *town) start(s service) {
	w.t.Helper()
	if err := s.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			w.t.Error(err)
		}
	})
}

// bash pastes commands into a shell and returns what they print.
func (w *town) bash(commands string) string {
	w.t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		w.t.Skip("there is no bash on this machine")
	}
	cmd := exec.CommandContext(w.t.Context(), "bash", "-euo", "pipefail", "-c", w.addresses.Replace(commands))
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		w.t.Fatalf("%v\n%s\n%s%s", err, commands, &out, &said)
	}
	return out.String()
}

// next is what the app gets next.
func (w *town) next() string {
	w.t.Helper()
	select {
	case body := <-w.received:
		return string(body)
	case <-time.After(time.Minute):
		w.t.Fatal("nothing comes to the app")
		return ""
	}
}

// README's settings, password, token and push make a payment, and what it shows of the
// answer and the callback is what comes.
func TestPointYourAppAtIt(t *testing.T) {
	blocks := pageOf(t, "README.md").section(t, "Point your app at it")
	shown := code(blocks, "json")
	if len(shown) != 4 {
		t.Fatalf("README shows %d messages, want the push, its answer and two callbacks", len(shown))
	}
	w := newTown(t)
	script := strings.Join(code(blocks, "sh"), "\n")
	sameShape(t, "the answer to a push", shown[1], w.bash(script))
	sameShape(t, "the callback of a payment", shown[2], w.next())

	// The push that README shows, byte for byte but for the phone: its password is right.
	beforePush, _, _ := strings.Cut(script, "curl -sS \"$DARAJA_BASE_URL/mpesa")
	token := w.bash(beforePush + "\necho $token")
	push := w.addresses.Replace(strings.ReplaceAll(shown[0], "254708374149", "254700001032"))
	sameShape(t, "the answer to README's push", shown[1], w.post(w.simulator+"/mpesa/stkpush/v1/processrequest", "Authorization", "Bearer "+strings.TrimSpace(token), push))
	failed := w.next()
	sameShape(t, "the callback of a failure", shown[3], failed)
	for _, part := range []string{`"ResultCode":1032`, `"ResultDesc":"Request cancelled by user"`} {
		if !strings.Contains(failed, part) || !strings.Contains(compact(t, shown[3]), part) {
			t.Errorf("no %s in %s or in README", part, failed)
		}
	}
}

// A till with the numbers and the type that README gives.
func TestTillOfREADME(t *testing.T) {
	readme := pageOf(t, "README.md")
	said := regexp.MustCompile("store number (\\d+), `PartyB` the till number (\\d+), `TransactionType` is `(\\w+)`").FindStringSubmatch(readme.prose)
	if said == nil {
		t.Fatal("README does not say how a till is paid")
	}
	blocks := readme.section(t, "Point your app at it")
	w := newTown(t)
	script := strings.NewReplacer("DARAJA_SHORTCODE=174379", "DARAJA_SHORTCODE="+said[1], "CustomerPayBillOnline", said[3],
		`"PartyB": "'$DARAJA_SHORTCODE'"`, `"PartyB": "`+said[2]+`"`).Replace(strings.Join(code(blocks, "sh"), "\n"))
	sameShape(t, "the answer to a push from a till", code(blocks, "json")[1], w.bash(script))
	if paid := w.next(); !strings.Contains(paid, `"ResultCode":0`) {
		t.Error(paid)
	}
}

// README's registration and simulated payment of C2B: the app is asked, and then told.
func TestC2BOfREADME(t *testing.T) {
	readme, w := pageOf(t, "README.md"), newTown(t)
	settings, _, _ := strings.Cut(strings.Join(code(readme.section(t, "Point your app at it"), "sh"), "\n"), "curl -sS \"$DARAJA_BASE_URL/mpesa")
	script := strings.Join(code(readme.section(t, "A payment that no app asks for"), "sh"), "\n")
	w.bash(settings + "\ndarajabox() { true; }\n" + strings.ReplaceAll(script, "curl ", "curl -f "))
	for _, balance := range []string{`"OrgAccountBalance":""`, `"OrgAccountBalance":"150.00"`} { // validation, confirmation
		if got := w.next(); !strings.Contains(got, balance) || !strings.Contains(got, `"BillRefNumber":"INV-1"`) {
			t.Errorf("no %s in %s", balance, got)
		}
	}
}

// README's payout is made: the app gets its result.
func TestPayoutOfREADME(t *testing.T) {
	readme, w := pageOf(t, "README.md"), newTown(t)
	settings, _, _ := strings.Cut(strings.Join(code(readme.section(t, "Point your app at it"), "sh"), "\n"), "curl -sS \"$DARAJA_BASE_URL/mpesa")
	script := strings.Join(code(readme.section(t, "Pay out, reverse and ask"), "sh"), "\n")
	credential := strings.TrimSpace(darajabox(t, "certificate", "--encrypt", simulator.SandboxInitiatorPassword).stdout)
	if !strings.Contains(script, "--encrypt '"+simulator.SandboxInitiatorPassword+"'") {
		t.Error("README encrypts another password")
	}
	w.bash(settings + "\ndarajabox() { echo '" + credential + "'; }\n" + strings.ReplaceAll(script, "curl ", "curl -f "))
	if got := w.next(); !strings.Contains(got, `"ResultCode":0`) || !strings.Contains(got, `"TransactionAmount","Value":150`) {
		t.Error(got)
	}
}

// post sends JSON and returns the answer.
func (w *town) post(url, header, value, body string) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(header, value)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(answer)
}

// Each other curl of README works when it is pasted, and answers in JSON.
func TestREADMECurls(t *testing.T) {
	readme, w := pageOf(t, "README.md"), newTown(t)
	var curls []string
	for _, s := range readme.spans() {
		if strings.HasPrefix(s, "curl ") {
			curls = append(curls, s)
		}
	}
	for _, b := range readme.blocks {
		if slices.Contains([]string{"Point your app at it", "A payment that no app asks for", "Pay out, reverse and ask"}, b.heading) {
			continue
		}
		curls = append(curls, regexp.MustCompile(`(?m)^ *curl .*$`).FindAllString(b.code, -1)...)
	}
	if len(curls) < 4 {
		t.Errorf("only %d", len(curls))
	}
	for _, c := range curls {
		if answer := w.bash(strings.Replace(c, "curl ", "curl -fsS ", 1)); !json.Valid([]byte(answer)) {
			t.Errorf("%s: %s", c, answer)
		}
	}
}

// What README shows of the gateway's answers and of the webhook is what comes.
func TestPartnerAPIOfREADME(t *testing.T) {
	readme, w := pageOf(t, "README.md"), newTown(t)
	order := func(body string) string {
		return w.post(w.gateway+"/api/v1/mpesa/stk_push", "X-API-KEY", localKey, w.addresses.Replace(body))
	}
	const good = `{"phone":"254708374149","amount":150,"reference":"INV-1","callback_url":"http://127.0.0.1:8090/webhook"}`
	for _, answer := range []string{order(good), order(`{"phone":"254708374149","amount":150}`)} {
		shown := regexp.MustCompile(`"transaction_id":\d+`).ReplaceAllString(strings.TrimSpace(answer), `"transaction_id":376677660375419`)
		if !slices.Contains(readme.spans(), shown) {
			t.Errorf("README does not show %s", shown)
		}
	}
	sameShape(t, "the webhook", code(readme.section(t, "The gateway's partner API"), "json")[0], w.next())
}

// compact is a JSON text without its spaces.
func compact(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// sameShape compares two JSON texts: keys, their order, and types, not values.
func sameShape(t *testing.T, what, shown, real string) {
	t.Helper()
	a, b := shape(t, shown), shape(t, real)
	if a != b {
		t.Errorf("%s: the docs show\n%s\nand it is\n%s\n%s", what, a, b, real)
	}
}

func shape(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value func()
	value = func() {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		switch x := token.(type) {
		case json.Delim:
			out.WriteString(x.String())
			for d.More() {
				if x == '{' {
					key, err := d.Token()
					if err != nil {
						t.Fatal(err)
					}
					out.WriteString(key.(string) + ":")
				}
				value()
				out.WriteString(" ")
			}
			end, err := d.Token()
			if err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			out.WriteString(end.(json.Delim).String())
		case string:
			out.WriteString("text")
		case json.Number:
			out.WriteString("number")
		case bool:
			out.WriteString("bool")
		default:
			out.WriteString("null")
		}
	}
	value()
	return out.String()
}

// Each command of README that speaks to a simulator does what it says there. Each has
// a world in which one payment was made and another waits for the customer.
func TestREADMECommands(t *testing.T) {
	readme := pageOf(t, "README.md")
	scenarioFile := code(readme.section(t, "Your first scenario"), "yaml")[0]
	ran := 0
	for _, args := range ourCommands(t, readme) {
		if runsOn(args) {
			continue
		}
		ran++
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Chdir(t.TempDir())
			if !slices.Contains(args, "new") {
				writeScenario(t, "shop.yaml", scenarioFile)
			}
			sim := darajatest.Start(t)
			app := sim.Receiver()
			push := func(reference string) string {
				ack, err := sim.Push(darajatest.Push{Phone: "254708374149", Amount: 150, Reference: reference, CallbackURL: app.URL})
				if err != nil {
					t.Fatal(err)
				}
				return ack.CheckoutRequestID
			}
			id := push("INV-1")
			sim.Phone("254708374149").Approve()
			sim.Clock.Advance(10 * time.Second)
			push("INV-2")
			t.Setenv("DARAJABOX_CONTROL", strings.TrimSuffix(sim.ControlURL, "/worlds/default"))
			for i, a := range args {
				if a == "ID" {
					args[i] = id
				}
			}
			if o := darajabox(t, args...); o.code != 0 {
				t.Errorf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
			}
		})
	}
	if ran < 15 {
		t.Errorf("only %d commands", ran)
	}
}

// ourCommands are the command lines of darajabox in a page, its running text included.
func ourCommands(t *testing.T, p docPage) [][]string {
	t.Helper()
	var found [][]string
	scripts := p.blocks
	for _, s := range p.spans() {
		scripts = append(scripts, docBlock{page: p.path, language: "sh", code: s})
	}
	for _, b := range scripts {
		if b.language != "sh" || !strings.Contains(b.code, "darajabox ") {
			continue
		}
		for _, args := range shellCommands(t, b) {
			if args[0] == "darajabox" {
				found = append(found, args[1:])
			}
		}
	}
	return found
}

// runsOn reports whether a command does not end by itself: a service, one that follows, or
// one that becomes another program. TestCommandsOfDocs parses these, and others start them.
func runsOn(args []string) bool {
	return slices.Contains([]string{"up", "simulator", "gateway", "inbox", "env"}, args[0]) || slices.Contains(args, "--follow")
}

// The commands of docs/gateway.md work on a gateway that runs, in their order.
func TestGatewayCommandsOfDocs(t *testing.T) {
	commands, ran := ourCommands(t, pageOf(t, "docs/gateway.md")), 0
	gw := newTown(t)
	t.Chdir(filepath.Dir(gw.data))
	t.Setenv("DARAJABOX_ADMIN_URL", gw.admin)
	for _, args := range commands {
		if len(args) < 3 || args[0] != "gateway" || strings.HasPrefix(args[1], "-") || slices.ContainsFunc(args, isElsewhere) {
			continue // a gateway that runs on, a command with parts left out, or PostgreSQL
		}
		if args[1] == "review" && args[2] != "list" {
			continue // they need a payment that needs a person; TestReviewCommands has some
		}
		ran++
		for i, a := range args {
			if a == "ID" {
				args[i] = newestKey(t)
			}
		}
		if o := darajabox(t, args...); o.code != 0 {
			t.Errorf("darajabox %s: exit %d\n%s%s", strings.Join(args, " "), o.code, o.stdout, o.stderr)
		}
	}
	if ran < 9 {
		t.Errorf("only %d commands", ran)
	}
}

func isElsewhere(arg string) bool {
	return strings.Contains(arg, "…") || arg == "HASH" || arg == "head" || arg == "--help"
}

// newestKey is the id of the last key that was made.
func newestKey(t *testing.T) string {
	t.Helper()
	o := darajabox(t, "gateway", "key", "list", "duka", "--data", "data", "-o", "json")
	ids := regexp.MustCompile(`"id": *"?([A-Za-z0-9_-]+)`).FindAllStringSubmatch(o.stdout, -1)
	if len(ids) == 0 {
		t.Fatalf("no key in %s%s", o.stdout, o.stderr)
	}
	return ids[len(ids)-1][1]
}

// README's first command is the one that scripts/smoke.sh runs and pastes from.
func TestFirstCommandOfREADME(t *testing.T) {
	smoke, err := os.ReadFile(filepath.Join(root, "scripts", "smoke.sh"))
	if err != nil {
		t.Fatal(err)
	}
	first := strings.TrimSpace(code(pageOf(t, "README.md").section(t, "First payment"), "sh")[0])
	if !strings.Contains(string(smoke), "command='"+first+"'") {
		t.Errorf("smoke.sh does not run %q", first)
	}
}

// The lines that README shows below the banner are those that `up` prints for a
// payment; ids, receipts, times and ports differ.
func TestLinesOfREADME(t *testing.T) {
	shown := code(pageOf(t, "README.md").section(t, "First payment"), "")
	if len(shown) != 2 {
		t.Fatalf("README shows %d pieces of output, want the banner and the lines", len(shown))
	}
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s on this machine", tool)
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := run(env{ctx: ctx, stdout: w, stderr: w}, strings.Fields("up --simulator-addr 127.0.0.1:0 --control-addr 127.0.0.1:0 --gateway-addr 127.0.0.1:0 --admin-addr 127.0.0.1:0 --inbox-addr 127.0.0.1:0"))
		_ = w.Close()
		ended <- code
	}()
	defer func() {
		stop()
		_, _ = io.Copy(io.Discard, r)
		if code := <-ended; code != 0 {
			t.Errorf("up ends with %d", code)
		}
	}()
	var printed []string
	for lines := bufio.NewScanner(r); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "  curl ") {
			if out, err := exec.CommandContext(ctx, "bash", "-c", line).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		if printed = append(printed, line); strings.Contains(line, "webhook   ") && strings.Contains(line, "EAT") {
			break
		}
	}
	got := strings.Join(printed, "\n") + "\n"
	if want := anyNumbers(shown[1]); !strings.HasSuffix(anyNumbers(got), want) {
		t.Errorf("README shows\n%s\nand up prints\n%s", shown[1], got)
	}
}

// anyNumbers hides what differs from run to run.
func anyNumbers(text string) string {
	text = regexp.MustCompile(`receipt [A-Z0-9]{10}`).ReplaceAllString(text, "receipt R")
	text = regexp.MustCompile(`transaction \d{15}`).ReplaceAllString(text, "transaction T")
	return regexp.MustCompile(`\d\d:\d\d:\d\d|127\.0\.0\.1:\d+`).ReplaceAllString(text, "N")
}
