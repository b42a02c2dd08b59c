package app_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/testkit"
)

// A gateway makes what it needs at its first start, finds it at the next, and does not
// quietly begin anew.
func TestFilesOfTheFirstStart(t *testing.T) {
	d := newDaraja(t)
	cfg := config(t, d.URL)
	cfg.AdminAddr = "127.0.0.1:0"
	run := func() (master, token []byte) {
		a := start(t, cfg)
		if a.AdminURL() == "" || a.AdminTokenFile() != filepath.Join(cfg.Data, "admin.token") {
			t.Errorf("administration at %q, its token in %q", a.AdminURL(), a.AdminTokenFile())
		}
		stop(t, a)
		var err error
		if master, err = os.ReadFile(filepath.Join(cfg.Data, "master.key")); err != nil {
			t.Fatal(err)
		}
		if token, err = os.ReadFile(filepath.Join(cfg.Data, "admin.token")); err != nil {
			t.Fatal(err)
		}
		return master, token
	}
	master, token := run()
	again, sameToken := run()
	if !bytes.Equal(master, again) || !bytes.Equal(token, sameToken) || len(master) != 65 || len(token) != 44 {
		t.Errorf("the second start made others, or their lengths %d and %d are wrong", len(master), len(token))
	}
	for _, name := range []string{"master.key", "admin.token"} {
		info, err := os.Stat(filepath.Join(cfg.Data, name))
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	left, err := filepath.Glob(filepath.Join(cfg.Data, "*.*.*"))
	if err != nil || slices.ContainsFunc(left, func(s string) bool { return strings.Contains(s, "key.") || strings.Contains(s, "token.") }) {
		t.Errorf("left behind: %v, %v", left, err)
	}

	a := start(t, cfg)
	if got := administer(t, a, cfg, http.MethodPost, "/partners", `{"name":"duka"}`); got.status != http.StatusCreated {
		t.Fatal(got)
	}
	stop(t, a)
	if err := os.Remove(filepath.Join(cfg.Data, "master.key")); err != nil {
		t.Fatal(err)
	}
	wantStartError(t, cfg, "master.key is gone, and the API keys and webhook secrets of 1 partner are kept under it")
	cfg.MasterKey = strings.Repeat("ab", 32)
	wantStartError(t, cfg, "the master key does not fit this database")
	cfg.MasterKey = strings.TrimSpace(string(master))
	start(t, cfg)
}

// A master key that is gone while nothing depends on it is replaced, and the log says so. A
// first start makes one without a word.
func TestReplacedMasterKeyIsLogged(t *testing.T) {
	for name, tt := range map[string]struct {
		token    string
		payments int
		remove   []string
		want     int
	}{
		"first start":                     {"", 0, []string{app.DatabaseFile, "gateway.id", "master.key", "admin.token"}, 0},
		"nothing is gone":                 {"", 1, nil, 0},
		"the key is gone":                 {"", 0, []string{"master.key"}, 1},
		"the key is gone, after payments": {strings.Repeat("t", 32), 1, []string{"master.key"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDaraja(t)
			var log bytes.Buffer
			cfg := config(t, d.URL)
			cfg.AdminAddr, cfg.AdminToken = "127.0.0.1:0", tt.token
			cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
			runOnce(t, cfg, tt.payments)
			for _, file := range tt.remove {
				_ = os.Remove(filepath.Join(cfg.Data, file)) // one may not be there
			}
			runOnce(t, cfg, 0)
			if got := strings.Count(log.String(), "a new master key was made"); got != tt.want {
				t.Errorf("%d lines, want %d:\n%s", got, tt.want, log.String())
			}
		})
	}
}

func wantStartError(t *testing.T, cfg app.Config, want string) {
	t.Helper()
	a, err := app.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	stop(t, a)
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	for name, want := range map[string]string{"master.key": "is neither", "admin.token": "less than 16"} {
		cfg := config(t, "http://127.0.0.1:1")
		cfg.AdminAddr, cfg.BeginAnew = "127.0.0.1:0", true // the file is there before the first start
		file := filepath.Join(cfg.Data, name)
		if err := os.WriteFile(file, []byte("short-words\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantStartError(t, cfg, want)
	}
	for name, spoil := range map[string]func(*app.Config){
		"the administration token has 5 characters": func(c *app.Config) { c.AdminToken = "short" },
		"a master key is 64 hex digits":             func(c *app.Config) { c.MasterKey = "words-of-a-key" },
	} {
		cfg := config(t, "http://127.0.0.1:1")
		spoil(&cfg)
		if _, err := app.New(cfg); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "words-of-a-key") {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}

func TestPartnerInBothPlaces(t *testing.T) {
	cfg := config(t, "http://127.0.0.1:1")
	cfg.AdminAddr = "127.0.0.1:0"
	a := start(t, cfg)
	administer(t, a, cfg, http.MethodPost, "/partners", `{"name":"duka"}`)
	stop(t, a)
	cfg.Partners = append(cfg.Partners, app.PartnerConfig{Name: "duka", Key: "dbx_test_duka"})
	wantStartError(t, cfg, `partner "duka" is configured and in the database`)
}

// administer asks the administration with its token.
func administer(t *testing.T, a *app.App, cfg app.Config, method, path, body string) response {
	t.Helper()
	token := cfg.AdminToken
	if token == "" {
		raw, err := os.ReadFile(a.AdminTokenFile())
		if err != nil {
			t.Fatal(err)
		}
		token = strings.TrimSpace(string(raw))
	}
	got, err := do(t.Context(), method, a.AdminURL()+"/admin/v1"+path, body, "Authorization", "Bearer "+token)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// The whole way: a partner is made over HTTP, pays with its key, sees its own payment
// and no other's, and is shut out.
func TestPartnersOverHTTP(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	log := &testkit.Log{}
	cfg := config(t, d.URL)
	cfg.AdminAddr, cfg.AdminToken, cfg.Log = "127.0.0.1:0", "a-token-of-the-administration", slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a := start(t, cfg)
	var duka, soko struct {
		APIKey struct{ ID, Key string } `json:"api_key"`
	}
	decodeInto(t, administer(t, a, cfg, http.MethodPost, "/partners", `{"name":"duka"}`), http.StatusCreated, &duka)
	decodeInto(t, administer(t, a, cfg, http.MethodPost, "/partners", `{"name":"soko"}`), http.StatusCreated, &soko)
	var reader struct{ ID, Key string }
	decodeInto(t, administer(t, a, cfg, http.MethodPost, "/partners/duka/keys", `{"scopes":["read"]}`), http.StatusCreated, &reader)

	if got := pay(t, a, p, "X-API-KEY", duka.APIKey.Key); got.status != http.StatusOK {
		t.Fatal(got)
	}
	if got := pay(t, a, p, "X-API-KEY", reader.Key); got.status != http.StatusForbidden || !strings.Contains(got.body, "it lacks the scope collect") {
		t.Errorf("a key that may only read pays: %v", got)
	}
	if d.count() != 1 {
		t.Errorf("%d pushes", d.count())
	}
	see := func(key string) int {
		t.Helper()
		got, err := do(t.Context(), http.MethodGet, a.URL()+"/api/v1/transactions/1", "", "X-API-KEY", key)
		if err != nil {
			t.Fatal(err)
		}
		return got.status
	}
	for name, want := range map[string]struct {
		key    string
		status int
	}{
		"its own": {duka.APIKey.Key, 200}, "its reader": {reader.Key, 200}, "another partner": {soko.APIKey.Key, 404}, "the configured partner": {key, 404},
	} {
		if got := see(want.key); got != want.status {
			t.Errorf("%s: HTTP %d, want %d", name, got, want.status)
		}
	}
	if got := administer(t, a, cfg, http.MethodPost, "/keys/"+duka.APIKey.ID+"/revoke", ""); got.status != http.StatusOK {
		t.Fatal(got)
	}
	if got := see(duka.APIKey.Key); got != http.StatusUnauthorized {
		t.Errorf("after the revocation: HTTP %d", got)
	}
	if got := see(reader.Key); got != http.StatusOK {
		t.Errorf("the other key after the revocation: HTTP %d", got)
	}
	stop(t, a)
	for _, secret := range []string{duka.APIKey.Key, soko.APIKey.Key, reader.Key, cfg.AdminToken, key} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log shows %.12s…", secret)
		}
	}
}

func TestAdministrationNeedsItsAddress(t *testing.T) {
	taken := start(t, config(t, "http://127.0.0.1:1"))
	cfg := config(t, "http://127.0.0.1:1")
	cfg.AdminAddr = strings.TrimPrefix(taken.URL(), "http://")
	wantStartError(t, cfg, "so the gateway's administration cannot start")
	if taken.AdminURL() != "" || taken.AdminTokenFile() != "" {
		t.Error("administration is on though nobody asked")
	}
	if got, err := do(t.Context(), http.MethodGet, taken.URL()+"/admin/v1/partners", ""); err != nil || got.status != http.StatusNotFound {
		t.Errorf("the partners' door leads to the administration: %v, %v", got, err)
	}
}

func decodeInto(t *testing.T, got response, status int, into any) {
	t.Helper()
	if got.status != status {
		t.Fatalf("HTTP %d %s, want %d", got.status, got.body, status)
	}
	if err := json.Unmarshal([]byte(got.body), into); err != nil {
		t.Fatalf("%s: %v", got.body, err)
	}
}
