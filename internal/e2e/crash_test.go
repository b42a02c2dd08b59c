package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	simapp "github.com/darajabox/darajabox/simulator/app"
)

// Each round the gateway is killed with -9 after it has acknowledged the callback
// and before its webhook is answered. The next start must send it.
func TestWebhooksSurviveKill(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	crashes := 20
	if testing.Short() {
		crashes = 5
	}
	binary := build(t)
	c := newCrashCourse(t, crashes)
	data := t.TempDir()
	for round := range crashes {
		gw := c.begin(round, binary, data)
		id := order(t, gw.url, fmt.Sprintf("%s/%d", c.partner.URL, round))
		close(c.ordered)
		wait(t, c.killed, "the callback of round %d", round)
		c.expect(round, id)
	}
	c.begin(crashes, binary, data)
	wait(t, c.done, "the last webhooks")
	if got := c.count(); got != crashes {
		t.Errorf("%d webhooks, want %d", got, crashes)
	}
}

// crashCourse is all that stands around the gateway: the simulator, a proxy on the
// way of its callbacks that kills, and the partner.
type crashCourse struct {
	t        *testing.T
	crashes  int // how often the gateway is killed
	sim      *simapp.App
	callback *httptest.Server
	partner  *httptest.Server
	done     chan struct{} // all webhooks came

	mu      sync.Mutex
	round   int
	gateway *process
	ordered chan struct{} // this round's order was answered
	killed  chan struct{} // this round's gateway is dead
	ids     map[int]int64
	hooks   map[string]int64 // the transaction of each round's webhook
}

func newCrashCourse(t *testing.T, crashes int) *crashCourse {
	t.Helper()
	c := &crashCourse{t: t, crashes: crashes, done: make(chan struct{}), ids: make(map[int]int64), hooks: make(map[string]int64)}
	sim, err := simapp.New(simapp.Config{
		Addr: "127.0.0.1:0", ControlAddr: "127.0.0.1:0", Seed: 1, Speed: 1, Settings: map[string]string{"think_time": "1ms"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.sim = sim
	c.callback = httptest.NewServer(http.HandlerFunc(c.forwardAndKill))
	c.partner = httptest.NewServer(http.HandlerFunc(c.takeWebhook))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := sim.Stop(ctx); err != nil {
			t.Error(err)
		}
		c.callback.Close()
		c.partner.Close()
	})
	return c
}

// begin starts the gateway of a round. From its first moment it may send what the
// rounds before left.
func (c *crashCourse) begin(round int, binary, data string) *process {
	c.mu.Lock()
	c.round, c.ordered, c.killed = round, make(chan struct{}), make(chan struct{})
	c.mu.Unlock()
	gw := startGateway(c.t, binary, data, c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gateway = gw
	return gw
}

// forwardAndKill passes a callback on and kills the gateway when it is acknowledged.
func (c *crashCourse) forwardAndKill(_ http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	gw, ordered, killed := c.gateway, c.ordered, c.killed
	c.mu.Unlock()
	<-ordered
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, gw.url+r.URL.Path, r.Body)
	if err != nil {
		c.t.Error(err)
		return
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.t.Errorf("the callback was not acknowledged: %v, %v", resp, err)
		return
	}
	_ = resp.Body.Close()
	gw.kill()
	close(killed)
}

// takeWebhook answers webhooks of earlier rounds and leaves this round's hanging
// until its sender is dead.
func (c *crashCourse) takeWebhook(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	c.mu.Lock()
	round, gw := c.round, c.gateway
	c.mu.Unlock()
	if r.URL.Path == fmt.Sprintf("/%d", round) {
		<-gw.dead
		return
	}
	var report struct {
		ID     int64  `json:"transaction_id"`
		Status string `json:"status"`
	}
	if err != nil || json.Unmarshal(body, &report) != nil || report.Status != "successful" {
		c.t.Errorf("the webhook is %s, %v", body, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hooks[r.URL.Path] = report.ID
	if len(c.hooks) == c.crashes && round == c.crashes {
		select {
		case <-c.done:
		default:
			close(c.done)
		}
	}
}

func (c *crashCourse) expect(round int, id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids[round] = id
}

// count is how many rounds' webhooks came and named their transaction.
func (c *crashCourse) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for round, id := range c.ids {
		if id != 0 && c.hooks[fmt.Sprintf("/%d", round)] == id {
			n++
		}
	}
	return n
}

// process is a gateway of its own.
type process struct {
	url  string
	ops  string // where /readyz is
	cmd  *exec.Cmd
	dead chan struct{} // closed when it has ended, by whatever
}

func startGateway(t *testing.T, binary, data string, c *crashCourse) *process {
	t.Helper()
	return startProcess(t, binary, "--data", data, "--daraja-url", c.sim.URL(), "--callback-url", c.callback.URL)
}

// startProcess runs a gateway until it is killed, at the latest when the test ends.
func startProcess(t *testing.T, binary string, flags ...string) *process {
	t.Helper()
	return startProcessWith(t, binary, t.Output(), flags...)
}

// startProcessWith is startProcess with another place for what goes to standard error.
func startProcessWith(t *testing.T, binary string, stderr io.Writer, flags ...string) *process {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"gateway", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0", "--allow-private-callbacks",
		"--phone-limit-minute", "0", "--phone-limit-hour", "0"}, flags...)...)
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, dead: make(chan struct{})}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	admin, adminErr := lines.ReadString('\n')
	go func() {
		defer close(p.dead)
		_ = cmd.Wait()
	}()
	t.Cleanup(p.kill)
	if fields := strings.Fields(admin); err != nil || adminErr != nil || len(fields) < 2 {
		t.Fatalf("the gateway did not start: %v, %v", err, adminErr)
	} else {
		p.ops = fields[1]
	}
	p.url = strings.TrimSpace(strings.TrimPrefix(line, "gateway"))
	return p
}

// kill sends SIGKILL and waits until the process is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.dead
}

func order(t *testing.T, gateway, callbackURL string) int64 {
	t.Helper()
	body := fmt.Sprintf(`{"phone":"254708374149","amount":1,"callback_url":%q}`, callbackURL)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, gateway+"/api/v1/mpesa/stk_push", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-API-KEY", localKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var accepted struct {
		ID int64 `json:"transaction_id"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&accepted); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the order was answered %s: %v", resp.Status, err)
	}
	return accepted.ID
}

func wait(t *testing.T, c <-chan struct{}, what string, args ...any) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(30 * time.Second):
		t.Fatalf("waited too long for "+what, args...)
	}
}
