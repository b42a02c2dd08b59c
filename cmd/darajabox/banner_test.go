package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// plainFacts are those of a simulator that was started without a flag.
func plainFacts() banner {
	e := &env{program: "go run ./cmd/darajabox"}
	return banner{
		BaseURL: "http://127.0.0.1:7070", ControlURL: "http://127.0.0.1:7071", Key: "sandbox", Secret: "sandbox",
		Shortcode: daraja.SandboxShortcode, Passkey: daraja.SandboxPasskey, Proxy: "127.0.0.1:7072", Speed: 1, ThinkTime: "2s",
		now: time.Date(2026, 11, 30, 8, 47, 3, 0, daraja.EAT()), env: e,
	}
}

func plainUp() banner {
	b := plainFacts()
	b.Gateway, b.Admin, b.Inbox = "http://127.0.0.1:8080", "http://127.0.0.1:8081", "http://127.0.0.1:8090"
	b.Data, b.Temporary = "/tmp/darajabox-3141592653", true
	return b
}

func TestBanners(t *testing.T) {
	up := func(change func(*banner)) string {
		b := plainUp()
		change(&b)
		return b.String()
	}
	scenario := func(f *banner) {
		f.Rules = append([]string{"the scenario's rules"}, f.Rules...)
		f.Scenario, f.File, f.Description, f.ThinkTime = "shop", "shop.yaml", "Jane has no money.\nThe others pay late.", "500ms"
	}
	preset := func(f *banner) {
		f.Preset, f.PresetDescription = "hostile", strings.Repeat("Everything goes wrong now and then. ", 5)
	}
	for name, got := range map[string]string{
		"up":          plainUp().String(),
		"up-scenario": up(func(b *banner) { scenario(b) }),
		"up-preset":   up(func(b *banner) { preset(b) }),
		"up-both":     up(func(b *banner) { preset(b); scenario(b) }),
		"up-kind":     up(func(b *banner) { b.Preset, b.PresetDescription = "kind", "Daraja on its best day." }),
		"up-frozen":   up(func(b *banner) { b.Frozen, b.ThinkTime = true, "30s" }),
		"up-fast":     up(func(b *banner) { b.Speed = 60 }),
		"up-strict":   up(func(b *banner) { b.Strict = true }),
		"up-quiet":    up(func(b *banner) { b.Quiet = true }),
		"up-ports": up(func(b *banner) {
			b.Frozen, b.ControlURL, b.Admin, b.Data, b.Temporary = true, "http://127.0.0.1:17071", "http://127.0.0.1:18081", "/home/jane/my data", false
		}),
		"up-till":          up(func(b *banner) { b.Till = simulator.SandboxTill }),
		"up-no-proxy":      up(func(b *banner) { b.Proxy = "" }),
		"up-other-proxy":   up(func(b *banner) { b.Proxy = "127.0.0.1:40123" }),
		"up-no-admin":      up(func(b *banner) { b.Admin = "" }),
		"simulator":        plainFacts().String(),
		"simulator-strict": func() string { f := plainFacts(); f.Strict, f.Secret = true, "a'b"; return f.String() }(),
	} {
		bannerFile(t, filepath.Join("testdata", "banner", name+".txt"), got)
	}
}

// With strict callbacks the printed push is one that they allow.
func TestStrictCallbackURL(t *testing.T) {
	f := plainFacts()
	f.Strict = true
	_, rest, _ := strings.Cut(f.String(), `"CallBackURL":"`)
	url, _, _ := strings.Cut(rest, `"`)
	if err := daraja.CheckCallbackURL(url, daraja.URLProduction); err != nil {
		t.Errorf("%s: %v", url, err)
	}
}

// bannerFile compares with a file, or writes it with -update.
func bannerFile(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: printed\n%s\nwant\n%s", file, got, want)
	}
}

func TestThinkTimeInWords(t *testing.T) {
	for in, want := range map[string]string{"2s": "2 seconds", "1s": "1 second", "90s": "90 seconds", "500ms": "500ms", "1s..8s": "1s..8s"} {
		if got := durationText(in); got != want {
			t.Errorf("%s is %q, want %q", in, got, want)
		}
	}
}
