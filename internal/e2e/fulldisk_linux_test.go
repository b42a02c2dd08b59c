package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fill lets a process write no more to any file, as on a full disk; free lets it
// again.
func (p *process) fill(t *testing.T) {
	t.Helper()
	p.limitFiles(t, "0")
}

func (p *process) free(t *testing.T) {
	t.Helper()
	p.limitFiles(t, "unlimited")
}

func (p *process) limitFiles(t *testing.T, most string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "prlimit", "--pid", strconv.Itoa(p.cmd.Process.Pid), "--fsize="+most+":unlimited").CombinedOutput()
	if err != nil {
		t.Fatalf("prlimit (Debian: util-linux): %v\n%s", err, out)
	}
}

// heldCallback is a callback that M-PESA has sent and the gateway has not seen.
type heldCallback struct {
	path string
	body []byte
}

// Nothing that cannot be written is acknowledged, neither to M-PESA nor to a partner,
// and nothing is pushed for it. When there is space again everything works, with no
// start, and what was acknowledged is there after a kill.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	k := newKillings(t, build(t), []string{"--data", dir})
	held := make(chan heldCallback, 10)
	mpesa := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		held <- heldCallback{r.URL.Path, body}
	}))
	defer mpesa.Close()
	k.flags = append(k.flags, "--callback-url", mpesa.URL)
	gw := k.start(t, "--speed", "100")
	body := func(reference string) string {
		return fmt.Sprintf(`{"phone":"2547110%05d","amount":10,"reference":%q,"callback_url":"%s/%s"}`, len(reference), reference, k.partner.URL, reference)
	}
	ids := make(map[string]int64)
	sold := func(reference string) {
		t.Helper()
		status, id, err := postOrder(t.Context(), gw.url, body(reference), reference)
		if err != nil || status != http.StatusOK {
			t.Fatalf("order %s was answered %d, %v", reference, status, err)
		}
		ids[reference] = id
	}
	called := func(c heldCallback) {
		t.Helper()
		if status, answer, err := k.callBack(gw, c.path, c.body); status != http.StatusOK || err != nil {
			t.Errorf("a callback was answered %d %s, %v", status, answer, err)
		}
	}
	sold("before-1")
	called(<-held)
	sold("before-2")
	kept := <-held

	gw.fill(t)
	for range 5 {
		if status, answer, err := k.callBack(gw, kept.path, kept.body); status/100 != 5 || err != nil || strings.Contains(answer, "Accepted") {
			t.Errorf("with a full disk a callback was answered %d %s, %v", status, answer, err)
		}
		if status, id, err := postOrder(t.Context(), gw.url, body("full"), "full"); status/100 != 5 || id != 0 || err != nil {
			t.Errorf("with a full disk an order was answered %d %d, %v", status, id, err)
		}
	}
	waitForProbes(t, gw, http.StatusServiceUnavailable)
	if pushes, _ := k.mpesa("full"); pushes != 0 {
		t.Errorf("%d pushes of an order that is on no record", pushes)
	}

	gw.free(t)
	waitForProbes(t, gw, http.StatusOK)
	called(kept)
	sold("full")
	called(<-held)
	sold("after")
	called(<-held)
	gw.kill()
	gw = k.start(t, "--speed", "100")
	for reference, id := range ids {
		if status := k.settled(t, gw, id); status != "successful" {
			t.Errorf("%s is %s", reference, status)
		}
		k.check(t, crash{end: "successful"}, reference, "/"+reference, id, "successful")
	}
	if n := k.audit(t, dir); n != len(ids) {
		t.Errorf("%d callbacks were acknowledged, want %d", n, len(ids))
	}
}

// waitForProbes waits until a gateway says by all its probes that it can take orders, or
// that it cannot. Each probe writes once in two seconds at most.
func waitForProbes(t *testing.T, gw *process, want int) {
	t.Helper()
	for _, url := range []string{gw.url + "/health", gw.ops + "/readyz"} {
		var got int
		for end := time.Now().Add(timeout); got != want && time.Now().Before(end); <-time.After(20 * time.Millisecond) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			got = res.StatusCode
			_ = res.Body.Close()
		}
		if got != want {
			t.Errorf("%s answers %d, want %d", url, got, want)
		}
	}
}
