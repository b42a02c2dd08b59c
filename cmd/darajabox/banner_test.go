package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// plainFacts are those of a simulator that was started without a flag.
func plainFacts() worldFacts {
	e := &env{program: "go run ./cmd/darajabox"}
	return worldFacts{
		baseURL: "http://127.0.0.1:7070", controlURL: "http://127.0.0.1:7071", key: "sandbox", secret: "sandbox",
		shortcode: daraja.SandboxShortcode, passkey: daraja.SandboxPasskey, speed: 1, thinkTime: "2s",
		now: time.Date(2026, 11, 30, 8, 47, 3, 0, daraja.EAT()), env: e,
	}
}

func plainUp() upBanner {
	return upBanner{
		worldFacts: plainFacts(), gateway: "http://127.0.0.1:8080", admin: "http://127.0.0.1:8081", inbox: "http://127.0.0.1:8090",
		data: "/tmp/darajabox-3141592653", note: "deleted when this stops",
	}
}

func TestBanners(t *testing.T) {
	up := func(change func(*upBanner)) string {
		b := plainUp()
		change(&b)
		return b.String()
	}
	scenario := func(f *worldFacts) {
		f.rules = append([]string{"the scenario's rules"}, f.rules...)
		f.scenario, f.file, f.description, f.thinkTime = "shop", "shop.yaml", "Jane has no money.\nThe others pay late.", "500ms"
	}
	preset := func(f *worldFacts) {
		f.preset, f.presetDescription = "hostile", strings.Repeat("Everything goes wrong now and then. ", 5)
	}
	for name, got := range map[string]string{
		"up":          plainUp().String(),
		"up-scenario": up(func(b *upBanner) { scenario(&b.worldFacts) }),
		"up-preset":   up(func(b *upBanner) { preset(&b.worldFacts) }),
		"up-both":     up(func(b *upBanner) { preset(&b.worldFacts); scenario(&b.worldFacts) }),
		"up-kind":     up(func(b *upBanner) { b.preset, b.presetDescription = "kind", "Daraja on its best day." }),
		"up-frozen":   up(func(b *upBanner) { b.frozen, b.thinkTime = true, "30s" }),
		"up-fast":     up(func(b *upBanner) { b.speed = 60 }),
		"up-strict":   up(func(b *upBanner) { b.strict = true }),
		"up-quiet":    up(func(b *upBanner) { b.quiet = true }),
		"up-ports": up(func(b *upBanner) {
			b.frozen, b.controlURL, b.admin, b.data, b.note = true, "http://127.0.0.1:17071", "http://127.0.0.1:18081", "/home/jane/my data", "kept"
		}),
		"up-till":          up(func(b *upBanner) { b.till = daraja.SimulatorTill }),
		"up-no-admin":      up(func(b *upBanner) { b.admin = "" }),
		"simulator":        simulatorBanner(plainFacts()),
		"simulator-strict": simulatorBanner(func() worldFacts { f := plainFacts(); f.strict, f.secret = true, "a'b"; return f }()),
	} {
		bannerFile(t, filepath.Join("testdata", "banner", name+".txt"), got)
	}
}

// With strict callbacks the printed push is one that they allow.
func TestStrictCallbackURL(t *testing.T) {
	f := plainFacts()
	f.strict = true
	_, rest, _ := strings.Cut(f.push(), `"CallBackURL":"`)
	url, _, _ := strings.Cut(rest, `"`)
	if err := daraja.CheckCallbackURL(url, true); err != nil {
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
		if got := spoken(in); got != want {
			t.Errorf("%s is %q, want %q", in, got, want)
		}
	}
}
