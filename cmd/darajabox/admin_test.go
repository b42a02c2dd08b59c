package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/adminapi"
	gwapp "github.com/darajabox/darajabox/gateway/app"
)

// startAdministered runs a gateway whose administration is on, in this process.
func startAdministered(t *testing.T) *gwapp.App {
	t.Helper()
	return startAdministeredWith(t, func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusBadRequest) // every push is refused
		_, _ = io.WriteString(w, `{"requestId":"1","errorCode":"400.002.02","errorMessage":"Bad Request - Invalid Amount"}`)
	})
}

// startAdministeredWith is startAdministered with a Daraja that answers pushes so.
func startAdministeredWith(t *testing.T, push func(http.ResponseWriter)) *gwapp.App {
	t.Helper()
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == daraja.TokenPath {
			_, _ = io.WriteString(w, `{"access_token":"t","expires_in":"3599"}`)
			return
		}
		push(w)
	}))
	t.Cleanup(fake.Close)
	gw, err := gwapp.New(gwapp.Config{
		Addr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0", Data: t.TempDir(), DarajaURL: fake.URL, ConsumerKey: "k", ConsumerSecret: "s",
		Shortcode: daraja.SandboxShortcode, Passkey: daraja.SandboxPasskey,
		Partners: []gwapp.PartnerConfig{{Name: "local", Key: localKey}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := gw.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := gw.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return gw
}

// keeper administers a gateway from a shell on its machine.
type keeper struct {
	t  *testing.T
	gw *gwapp.App
}

// run types `darajabox gateway …` and expects an exit code, and texts in what it says.
func (k keeper) run(code int, command string, want ...string) string {
	k.t.Helper()
	args := append([]string{"gateway"}, strings.Fields(command)...)
	args = append(args, "--admin-url", k.gw.AdminURL(), "--data", filepath.Dir(k.gw.AdminTokenFile()))
	o := darajabox(k.t, args...)
	said := o.stdout + o.stderr
	if o.code != code {
		k.t.Fatalf("darajabox gateway %s: exit %d, want %d\n%s", command, o.code, code, said)
	}
	for _, w := range want {
		if !strings.Contains(said, w) {
			k.t.Errorf("darajabox gateway %s: no %q in\n%s", command, w, said)
		}
	}
	return o.stdout
}

// status asks for a transaction with a key.
func (k keeper) status(key string) int {
	k.t.Helper()
	return k.send(key, http.MethodGet, "/api/v1/transactions/"+k.payment(), "")
}

// payment is the id of the only payment, "1" when there is none.
func (k keeper) payment() string {
	k.t.Helper()
	if id := regexp.MustCompile(`(?m)^(\d+) `).FindStringSubmatch(k.run(0, "payment list")); id != nil {
		return id[1]
	}
	return "1"
}

func (k keeper) send(key, method, path, body string) int {
	k.t.Helper()
	r, err := http.NewRequestWithContext(k.t.Context(), method, k.gw.URL()+path, strings.NewReader(body))
	if err != nil {
		k.t.Fatal(err)
	}
	r.Header.Set("X-API-KEY", key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		k.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// found is what a pattern with one group finds in a text.
func found(t *testing.T, pattern, text string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in\n%s", pattern, text)
	}
	return m[1]
}

// A partner's whole life, from a shell.
func TestAdministration(t *testing.T) {
	k := keeper{t, startAdministered(t)}
	said := k.run(0, "partner create duka", "shown once", "duka", "dbx_test_", "whsec_")
	key, id := found(t, `API key +(dbx_test_\S+)`, said), found(t, `key id +(\S+)`, said)
	k.run(1, "partner create duka", "there is a partner duka already")
	k.run(1, "partner create Duka", "lower-case")
	k.run(0, "partner list", "local", "the configuration", "duka", "the database")
	if got := k.status(key); got != http.StatusNotFound { // known, and there is no such transaction
		t.Errorf("the new key: HTTP %d", got)
	}

	said = k.run(0, "key create duka --scope read --note accountant --expires 90d", "shown once", "read")
	reader := found(t, `API key +(dbx_test_\S+)`, said)
	if got := k.send(reader, http.MethodPost, "/api/v1/mpesa/stk_push", "{}"); got != http.StatusForbidden {
		t.Errorf("a key that may only read pushes: HTTP %d", got)
	}
	k.run(1, "key create duka --scope everything", "no scope")
	k.run(exitUsage, "key create duka --expires tomorrow", `--expires: "tomorrow" is not a time; write 36h or 90d, or never for no end`)
	k.run(exitUsage, "secret rotate duka --overlap soon", `--overlap: "soon" is not a time; write 0s, 48h or 2d`)
	k.run(1, "key create duka --scope reed", `"reed" is no scope; there are collect, read, deliveries`)
	k.run(1, "key create stall", `there is no partner "stall"`)

	said = k.run(0, "key rotate "+id+" --overlap 1h", "shown once", "Key "+id+" stays valid for another 1h")
	next := found(t, `API key +(dbx_test_\S+)`, said)
	for _, good := range []string{key, next} {
		if got := k.status(good); got != http.StatusNotFound {
			t.Errorf("in the overlap: HTTP %d", got)
		}
	}
	k.run(exitUsage, "key rotate "+id, "so the new key needs one: add --expires 90d, or --expires never")
	k.run(0, "key revoke "+id, "is revoked")
	if got := k.status(key); got != http.StatusUnauthorized {
		t.Errorf("after its revocation: HTTP %d", got)
	}
	listed := k.run(0, "key list duka", id, "revoked", "accountant", "never")
	for _, secret := range []string{key, reader, next} {
		if strings.Contains(listed, secret[len(secret)-20:]) {
			t.Error("a list shows a key")
		}
	}

	said = k.run(0, "secret rotate duka --overlap 2h", "shown once", "another 2h")
	secret := found(t, `webhook secret +(whsec_\S+)`, said)
	if listed := k.run(0, "secret list duka", "SECRET", "valid"); strings.Contains(listed, secret) {
		t.Error("a list shows a secret")
	}
}

// What people do with what went wrong.
func TestLookingThingsUp(t *testing.T) {
	k := keeper{t, startAdministered(t)}
	k.run(0, "payment list", "No payments.")
	order := `{"phone":"254708374149","amount":150,"reference":"INV-1","callback_url":"https://shop.example.com/hook"}`
	if got := k.send(localKey, http.MethodPost, "/api/v1/mpesa/stk_push", order); got != http.StatusBadGateway {
		t.Fatalf("the push: HTTP %d", got)
	}
	k.run(0, "payment list", "failed", "local", "150", "2547XXXXX149", "INV-1")
	k.run(0, "payment list --state review", "No payments in state review.")
	k.run(exitUsage, "payment list --state odd", `"odd" is no state of a payment; there are sending, pending, unknown, retrying`)
	id := k.payment()
	k.run(0, "payment list --limit 1", "--after "+id)
	k.run(0, "payment list --limit 1 --after "+id, "No payments after "+id+".")
	k.run(0, "payment show "+id, "254708374149", "refused", "No callback arrived.")
	k.run(1, "payment show 2", "there is no payment 2")
	k.run(0, "delivery list", "No webhooks.")
	k.run(exitUsage, "delivery list --state lost", `"lost" is no state of a delivery; there are due, `)
	k.run(1, "delivery show 1", "webhook 1 is not known")
	k.run(1, "payment show abc", `"abc" is not the number of a payment or webhook; write a whole number such as 376677660375419`)
	k.run(1, "delivery resend 1")
	var list struct {
		Payments []struct {
			ID    int64  `json:"transaction_id"`
			State string `json:"state"`
		} `json:"payments"`
	}
	if err := json.Unmarshal([]byte(k.run(0, "payment list -o json")), &list); err != nil || len(list.Payments) != 1 || list.Payments[0].State != "failed" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestErasingACustomer(t *testing.T) {
	k := keeper{t, startAdministered(t)}
	order := `{"phone":"254708374149","amount":150,"reference":"INV-1","callback_url":"https://shop.example.com/hook"}`
	if got := k.send(localKey, http.MethodPost, "/api/v1/mpesa/stk_push", order); got != http.StatusBadGateway {
		t.Fatalf("the push: HTTP %d", got)
	}
	k.run(exitUsage, "customer erase 12345", "is not a Kenyan mobile number")
	k.run(0, "customer erase 0708374149", "payments erased   1", "callbacks erased  0")
	if said := k.run(0, "payment show "+k.payment(), "failed", "refused"); strings.Contains(said, "708374149") {
		t.Errorf("the number is still shown:\n%s", said)
	}
	if got := k.status(localKey); got != http.StatusOK {
		t.Errorf("the transaction: HTTP %d", got)
	}
	var again adminapi.Erased
	if err := json.Unmarshal([]byte(k.run(0, "customer erase 254708374149 -o json")), &again); err != nil || again.Payments != 0 || len(again.KeptPayments.IDs) != 0 {
		t.Errorf("once more: %+v, %v", again, err)
	}
}

// People learn what is kept.
func TestPrintErased(t *testing.T) {
	var d adminapi.Erased
	d.KeptPayments.IDs, d.KeptPayments.Reason = []int64{7, 9}, "still open"
	d.Undelivered.Count, d.Undelivered.Reason = 6, "the partner was not told"
	d.KeptCallbacks.Count, d.KeptCallbacks.Reason = 3, "in the chain"
	d.Mentions, d.LeftInFiles = 4, "a reader holds it"
	var b strings.Builder
	printErased(&b, d)
	for _, want := range []string{"Kept: payments 7 9 (still open)",
		"Kept: callbacks, 3 (in the chain)", "mentions masked   4", "Not delivered: webhooks, 6 (the partner was not told)", "Left in the database's files: a reader holds it"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
}

// The command fails while it must be run again later. What can never be erased is named and
// does not fail it, so that a script that repeats the command comes to an end.
func TestErasureThatMustBeRepeatedFails(t *testing.T) {
	k := keeper{t, startAdministeredWith(t, func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, `{"MerchantRequestID":"1","CheckoutRequestID":"ws_CO_1","ResponseCode":"0"}`)
	})}
	order := `{"phone":"254708374149","amount":150,"reference":"INV-1","callback_url":"https://shop.example.com/hook"}`
	if got := k.send(localKey, http.MethodPost, "/api/v1/mpesa/stk_push", order); got != http.StatusOK {
		t.Fatalf("the push: HTTP %d", got)
	}
	for _, form := range []string{"text", "json"} {
		k.run(exitFailed, "customer erase 0708374149 -o "+form, k.payment(), "still open")
	}
	k.run(exitOK, "customer erase 0711222333")
	for name, tt := range map[string]struct {
		leave      func(*adminapi.Erased)
		unfinished bool
	}{
		"nothing":                     {func(*adminapi.Erased) {}, false},
		"a payment":                   {func(d *adminapi.Erased) { d.KeptPayments.IDs = []int64{7} }, true},
		"a callback":                  {func(d *adminapi.Erased) { d.KeptCallbacks.Count = 1 }, false},
		"files":                       {func(d *adminapi.Erased) { d.LeftInFiles = "PostgreSQL keeps earlier versions" }, false},
		"a webhook that was given up": {func(d *adminapi.Erased) { d.Undelivered.Count = 1 }, false},
	} {
		var d adminapi.Erased
		if tt.leave(&d); unfinished(d) != tt.unfinished {
			t.Errorf("%s: unfinished %t", name, unfinished(d))
		}
	}
}

func TestWhereAdministrationIs(t *testing.T) {
	gw := startAdministered(t)
	data := filepath.Dir(gw.AdminTokenFile())
	for name, tt := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no token":       {[]string{"--admin-url", gw.AdminURL(), "--data", t.TempDir()}, 1, "there is no token in "},
		"wrong token":    {[]string{"--admin-url", gw.AdminURL(), "--admin-token", "of-another-gateway"}, 1, "has another administration token; give its own with --admin-token or DARAJABOX_ADMIN_TOKEN"},
		"no such person": {[]string{"--admin-url", "http://127.0.0.1:1", "--data", data}, 3, "no gateway answers at http://127.0.0.1:1; start one with `darajabox gateway`"},
		"another port":   {[]string{"--admin-url", gw.URL(), "--data", data}, 3, "may not be a gateway's administration; set --admin-url"},
		"no URL":         {[]string{"--admin-url", "here", "--data", data}, 2, `--admin-url "here" is not a URL`},
		"unknown flags":  {[]string{"--colour"}, 2, "unknown flag"},
	} {
		o := darajabox(t, append([]string{"gateway", "partner", "list"}, tt.args...)...)
		if o.code != tt.code || !strings.Contains(o.stderr, tt.want) {
			t.Errorf("%s: exit %d\n%s", name, o.code, o.stderr)
		}
	}
	if o := darajabox(t, "gateway", "partner"); o.code != exitUsage {
		t.Errorf("half a command: exit %d\n%s", o.code, o.stderr)
	}
}

func TestHelpOfAdministration(t *testing.T) {
	for _, group := range []string{"partner", "key", "secret", "payment", "delivery", "customer"} {
		o := darajabox(t, "gateway", group, "--help")
		if o.code != exitOK || !strings.Contains(o.stdout, "    darajabox gateway "+group+" ") {
			t.Errorf("gateway %s --help: exit %d\n%s", group, o.code, o.stdout)
		}
	}
	payments := darajabox(t, "gateway", "payment", "--help").stdout
	for _, state := range gateway.States() {
		if !strings.Contains(payments, string(state)) {
			t.Errorf("gateway payment --help does not know %s:\n%s", state, payments)
		}
	}
	if o := darajabox(t, "gateway", "--help"); !strings.Contains(o.stdout, "gateway run --help") {
		t.Errorf("gateway --help:\n%s", o.stdout)
	}
}

// `darajabox gateway` alone runs one, and says where the administration and its token
// are.
func TestGatewayAloneRuns(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	from, to := io.Pipe()
	ended := make(chan int, 1)
	data := t.TempDir()
	go func() {
		ended <- run(env{ctx: ctx, stdout: to, stderr: io.Discard}, []string{
			"gateway", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0", "--data", data, "--no-partner",
		})
		_ = to.Close()
	}()
	var gateway, url, token, daraja, paybill string
	if _, err := fmt.Fscanf(from, "gateway %s\nadmin %s token in %s\ndaraja %s collects for paybill %s\n", &gateway, &url, &token, &daraja, &paybill); err != nil {
		t.Fatal(err)
	}
	if daraja != "http://127.0.0.1:7070" || paybill != "174379" {
		t.Errorf("it collects for %s by %s", paybill, daraja)
	}
	if token != filepath.Join(data, "admin.token") {
		t.Errorf("token in %s", token)
	}
	o := darajabox(t, "gateway", "partner", "list", "--admin-url", url, "--data", data)
	if o.code != exitOK || !strings.Contains(o.stdout, "There is no partner") {
		t.Errorf("partner list: exit %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("exit %d", code)
	}
}
