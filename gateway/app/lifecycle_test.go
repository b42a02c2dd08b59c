package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/app"
)

func TestConfigIsChecked(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*app.Config)
		want  string
	}{
		{"no address", func(c *app.Config) { c.Addr = "" }, "an address to listen on is required"},
		{"no data folder", func(c *app.Config) { c.Data = "" }, "a data folder is required"},
		{"no Daraja", func(c *app.Config) { c.DarajaURL = "" }, "a Daraja URL is required"},
		{"Daraja without scheme", func(c *app.Config) { c.DarajaURL = "sandbox.safaricom.co.ke" }, "is not an absolute http or https URL"},
		{"Daraja with query", func(c *app.Config) { c.DarajaURL += "?x=1" }, "may not have a user, a query or a fragment"},
		{"no consumer key", func(c *app.Config) { c.ConsumerKey = "" }, "a consumer key is required"},
		{"no consumer secret", func(c *app.Config) { c.ConsumerSecret = "" }, "a consumer secret is required"},
		{"no shortcode", func(c *app.Config) { c.Shortcode = "" }, "a shortcode is required"},
		{"an odd shortcode", func(c *app.Config) { c.Shortcode = "17437x" }, `shortcode "17437x" is not 5 to 7 digits`},
		{"an odd till", func(c *app.Config) { c.Shortcode, c.Till = "600000", "60 001" }, `till "60 001" is not 5 to 7 digits`},
		{"a till of four digits", func(c *app.Config) { c.Shortcode, c.Till = "600000", "6001" }, `till "6001" is not 5 to 7 digits`},
		{"a store number as till", func(c *app.Config) { c.Shortcode, c.Till = "600000", "600000" }, `till and shortcode are both 600000`},
		{"the sandbox's paybill as till", func(c *app.Config) { c.Shortcode, c.Till = "600000", "174379" }, "174379 is the sandbox's paybill, not a till"},
		{"a till of the sandbox's paybill", func(c *app.Config) { c.Till = "600001" }, "shortcode 174379 is the sandbox's paybill, not the store number of a till"},
		{"a till at the sandbox", func(c *app.Config) {
			c.Shortcode, c.Till, c.DarajaURL = "600000", "600001", "https://sandbox.safaricom.co.ke"
		}, "Safaricom's sandbox has no till"},
		{"no passkey", func(c *app.Config) { c.Passkey = "" }, "a passkey is required"},
		{"an odd callback URL", func(c *app.Config) { c.CallbackURL = "/here" }, `the callback URL "/here" is not`},
		{"a source that is none", func(c *app.Config) { c.Callbacks.Sources = []string{"safari"} }, `callback sources: "safari" is neither`},
		{"a proxy that is none", func(c *app.Config) { c.Callbacks.Proxies = []string{"10.0.0.0/40"} }, `trusted proxies: "10.0.0.0/40" is neither`},
		{"strict about nothing", func(c *app.Config) { c.Callbacks.Strict = true }, "callback sources are strict, and none is named"},
		{"an odd way to confirm", func(c *app.Config) { c.Callbacks.Confirm = "maybe" }, `confirm "maybe" is not never, untrusted or always`},
		{"a limit below 0", func(c *app.Config) { c.Limits.PhoneHour = -1 }, "the limit of prompts an hour, -1, is below 0"},
		{"a limit that is no number", func(c *app.Config) { c.Limits.QueryRate = math.NaN() }, "the limit of queries a second, NaN, is"},
		{"no partner", func(c *app.Config) { c.Partners = nil }, "at least one partner is required"},
		{"a partner without name", func(c *app.Config) { c.Partners[0].Name = "" }, "needs a name and a key"},
		{"a partner without key", func(c *app.Config) { c.Partners[0].Key = "" }, "needs a name and a key"},
		{"a key of two partners", func(c *app.Config) { c.Partners = append(c.Partners, app.PartnerConfig{Name: "other", Key: key}) }, "has the same key"},
		{"a reference that is too short", func(c *app.Config) { c.ReferenceLength = 11 }, "the reference length 11 is neither 0, no limit, nor from 12 to 64"},
		{"a reference that is too long", func(c *app.Config) { c.ReferenceLength = 65 }, "the reference length 65 is neither"},
		{"a negative speed", func(c *app.Config) { c.Speed = -1 }, "speed -1 is not above 0"},
		{"no speed at all", func(c *app.Config) { c.Speed = math.NaN() }, "speed NaN is not above 0"},
		{"an odd collector", func(c *app.Config) { c.OTLPEndpoint = "collector:4318" }, "the OTLP endpoint must be"},
		{"more than all traces", func(c *app.Config) { c.OTLPRatio = 1.5 }, "is not between 0 and 1"},
		{"no number of traces", func(c *app.Config) { c.OTLPRatio = math.NaN() }, "is not between 0 and 1"},
		{"not fit for production", func(c *app.Config) { c.Production = true }, "not fit for production:"},
		{"an endless speed", func(c *app.Config) { c.Speed = math.Inf(1) }, "speed +Inf is not above 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(t, "http://127.0.0.1:1")
			tt.spoil(&cfg)
			_, err := app.New(cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), key) {
				t.Errorf("%v shows the key", err)
			}
		})
	}
}

func TestStartFailsClearly(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	running := config(t, "http://127.0.0.1:1")
	start(t, running)
	tests := []struct {
		name  string
		spoil func(*app.Config)
		want  string
	}{
		{"the address is taken", func(c *app.Config) { c.Addr = taken.Addr().String() }, "is in use, possibly by another darajabox, so the gateway cannot start"},
		{"the callbacks' address is taken", func(c *app.Config) { c.Callbacks.Addr = taken.Addr().String() }, "so the gateway's listener for callbacks cannot start"},
		{"nobody knows how Daraja reaches the callbacks", func(c *app.Config) {
			c.Callbacks.Addr, c.DarajaURL = "0.0.0.0:0", "http://simulator:7070"
		}, "a callback URL is required"},
		{"the folder is a file", func(c *app.Config) { c.Data = file }, file},
		{"the folder is in use", func(c *app.Config) { c.Data = running.Data }, "another process is using it"},
		{"nobody knows how Daraja reaches it", func(c *app.Config) { c.Addr, c.DarajaURL = "0.0.0.0:0", "http://simulator:7070" }, "a callback URL is required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(t, "http://127.0.0.1:1")
			tt.spoil(&cfg)
			a, err := app.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			stop(t, a)
		})
	}
}

func TestWhereDarajaCallsBack(t *testing.T) {
	tests := []struct{ name, addr, callbackURL, want string }{
		{"as configured", "127.0.0.1:0", "https://pay.example.com/m/", "https://pay.example.com/m/daraja/stk/"},
		{"on every interface, Daraja beside it", "0.0.0.0:0", "", "http://127.0.0.1:"},
		{"on every interface of both kinds", ":0", "", "http://127.0.0.1:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, p := newDaraja(t), newPartner(t)
			cfg := config(t, d.URL)
			cfg.Addr, cfg.CallbackURL = tt.addr, tt.callbackURL
			a := start(t, cfg)
			if !strings.HasPrefix(a.URL(), "http://127.0.0.1:") {
				t.Errorf("URL %s", a.URL())
			}
			pay(t, a, p)
			if got := next(t, d.made).CallBackURL; !strings.HasPrefix(string(got), tt.want) {
				t.Errorf("got %s, want %s…", got, tt.want)
			}
		})
	}
}

func TestLifeOfAnApp(t *testing.T) {
	a, err := app.New(config(t, "http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	if a.URL() != "" {
		t.Errorf("before Start: %s", a.URL())
	}
	stop(t, a) // does nothing
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err == nil {
		t.Error("started twice")
	}
	got, err := do(t.Context(), http.MethodGet, a.URL()+"/health", "")
	if err != nil || got != (response{200, `{"status":"ok"}`}) {
		t.Errorf("health: %+v, %v", got, err)
	}
	stop(t, a)
	stop(t, a)
	if _, err := do(t.Context(), http.MethodGet, a.URL()+"/health", ""); err == nil {
		t.Error("it answers after Stop")
	}
}

// Every payment that was answered before or while the gateway stopped is there
// when it starts again, and none was pushed twice.
func TestStopDuringLoad(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	a := start(t, cfg)
	var load sync.WaitGroup
	var answered atomic.Int64
	begun := make(chan struct{}, 1)
	ids := make(chan string, 10_000)
	for worker := range 8 {
		load.Go(func() {
			for n := 0; ; n++ {
				r, err := do(context.Background(), http.MethodPost, a.URL()+"/api/v1/mpesa/stk_push", order(p),
					"X-Idempotency-Key", fmt.Sprintf("%d-%d", worker, n))
				if err != nil {
					return // nobody listens any more
				}
				ids <- r.body
				if r.status != 200 {
					t.Errorf("got %+v", r)
				}
				if answered.Add(1) == 20 {
					begun <- struct{}{}
				}
			}
		})
	}
	next(t, begun)
	stop(t, a)
	load.Wait()
	close(ids)
	if n := int64(d.count()); n < answered.Load() {
		t.Errorf("%d answers, %d pushes", answered.Load(), n)
	}
	seen := map[daraja.Text]bool{}
	for _, push := range d.pushes {
		if seen[push.CallBackURL] {
			t.Errorf("%s was pushed twice", push.CallBackURL)
		}
		seen[push.CallBackURL] = true
	}
	again := start(t, cfg)
	last := int(answered.Load())
	for id := 1; id <= last; id++ {
		if got := status(t, again, id); got != "pending" {
			t.Errorf("transaction %d of %d is %q", id, last, got)
		}
	}
}

// A Daraja that hangs does not hold up Stop beyond its deadline: the push is
// recorded as unanswered, and its caller is told.
func TestStopCutsOffAHangingPush(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	d.onPush = func(ctx context.Context, _ int) (int, string) {
		<-ctx.Done()
		return 0, ""
	}
	cfg := config(t, d.URL)
	a := start(t, cfg)
	told := make(chan response, 1)
	go func() {
		r, _ := do(context.Background(), http.MethodPost, a.URL()+"/api/v1/mpesa/stk_push", order(p))
		told <- r
	}()
	push := next(t, d.made)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // a second of it is for what is cut off
	defer cancel()
	if err := a.Stop(ctx); err != nil {
		t.Error(err)
	}
	if ctx.Err() != nil {
		t.Error("it took too long")
	}
	if got := next(t, told); got.status != 504 || !strings.Contains(got.body, "the gateway is stopping") {
		t.Errorf("got %+v", got)
	}

	cfg.Addr = strings.TrimPrefix(a.URL(), "http://") // where the push said
	again := start(t, cfg)
	if got := status(t, again, 1); got != "pending" {
		t.Errorf("got %s", got)
	}
	d.call(t, push, 1, daraja.ResultSuccess)
	if got := next(t, p.received); got != success {
		t.Errorf("got %s", got)
	}
	if n := d.count(); n != 1 {
		t.Errorf("%d pushes", n)
	}
}

// What a crash leaves behind is the files as they are at that moment: a gateway
// that starts on a copy of them owes what the first one owed.
func TestCrashBetweenCallbackAndWebhook(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	hold := make(chan struct{})
	p.answers(func(context.Context) int { <-hold; return 200 })
	defer close(hold)
	first := start(t, cfg)
	pay(t, first, p)
	d.call(t, next(t, d.made), 1, daraja.ResultSuccess)
	next(t, p.received) // under way, and not recorded

	p.answers(nil)
	crashed := cfg
	crashed.Data = t.TempDir()
	for _, name := range []string{"gateway.db", "gateway.db-wal"} {
		copyFile(t, filepath.Join(cfg.Data, name), filepath.Join(crashed.Data, name))
	}
	start(t, crashed)
	if got := next(t, p.received); got != success {
		t.Errorf("got %s", got)
	}
}

// A push that a crash cut off may have become a prompt: it is not made again.
func TestCrashInTheMiddleOfAPush(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	release := make(chan struct{})
	d.onPush = func(context.Context, int) (int, string) {
		<-release
		return 200, ack(1)
	}
	cfg := config(t, d.URL)
	first := start(t, cfg)
	told := make(chan struct{})
	go func() {
		defer close(told)
		_, _ = do(context.Background(), http.MethodPost, first.URL()+"/api/v1/mpesa/stk_push", order(p), "X-Idempotency-Key", "order-1")
	}()
	push := next(t, d.made)

	crashed := cfg
	crashed.Data = t.TempDir()
	for _, name := range []string{"gateway.db", "gateway.db-wal"} {
		copyFile(t, filepath.Join(cfg.Data, name), filepath.Join(crashed.Data, name))
	}
	second := start(t, crashed)
	if got := pay(t, second, p, "X-Idempotency-Key", "order-1"); got.status != 200 || !strings.Contains(got.body, `"duplicate"`) {
		t.Errorf("the same order again: %+v", got) // no longer in flight
	}
	push.CallBackURL = daraja.Text(strings.Replace(string(push.CallBackURL), first.URL(), second.URL(), 1))
	d.call(t, push, 1, daraja.ResultSuccess)
	if got := next(t, p.received); got != success {
		t.Errorf("got %s", got)
	}
	if got := pay(t, second, p, "X-Idempotency-Key", "order-1"); got.status != 200 || !strings.Contains(got.body, `"duplicate"`) {
		t.Errorf("the same order once more, when it is paid: %+v", got)
	}
	close(release)
	<-told
	if n := d.count(); n != 1 {
		t.Errorf("%d pushes", n)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsLeftRunning(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	cycle := func() {
		a, err := app.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		pay(t, a, p)
		stop(t, a)
	}
	cycle()
	before := runtime.NumGoroutine()
	const rounds = 20
	for range rounds {
		cycle()
	}
	// Connections of the fakes end a moment after their clients'.
	for end := time.Now().Add(patience); runtime.NumGoroutine() >= before+rounds; runtime.Gosched() {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
	}
}
