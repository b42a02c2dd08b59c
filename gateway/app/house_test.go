package app_test

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// house is a keyring over a store on disk.
type house struct {
	*gateway.Keyring
	t     *testing.T
	store *sqlite.Store
	dir   string
	clock *testkit.Clock
	log   *testkit.Log
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), clock: testkit.NewClock(time.Date(2026, time.November, 24, 9, 0, 30, 0, time.UTC)), log: &testkit.Log{}}
	store, err := sqlite.Open(t.Context(), sqlite.Config{Dir: h.dir, Clock: h.clock, IDs: storetest.CountedIDs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	h.store = store
	h.Keyring = h.under(1)
	return h
}

// under is the keyring with another master key.
func (h *house) under(master byte) *gateway.Keyring {
	h.t.Helper()
	vault, err := gateway.NewVault(bytes.Repeat([]byte{master}, gateway.MasterKeySize), rand.Reader)
	if err != nil {
		h.t.Fatal(err)
	}
	static := &gateway.Partners{}
	if err := static.Add("local", key); err != nil {
		h.t.Fatal(err)
	}
	return gateway.NewKeyring(h.store, vault, static, h.clock, slog.New(slog.NewTextHandler(h.log, nil)))
}

func (h *house) partner(name string) gateway.NewPartner {
	h.t.Helper()
	p, err := h.CreatePartner(h.t.Context(), name, gateway.PartnerSettings{})
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *house) key(partner string, o gateway.KeyOrder) gateway.NewKey {
	h.t.Helper()
	k, err := h.CreateKey(h.t.Context(), partner, o)
	if err != nil {
		h.t.Fatal(err)
	}
	return k
}

// opens checks what a key may do now; code "" is that it may.
func (h *house) opens(k gateway.Shown, scope gateway.Scope, code gateway.Code) {
	h.t.Helper()
	p, err := h.Authenticate(h.t.Context(), k.Reveal(), scope)
	if gateway.CodeOf(err) != code || (err == nil && p.Name == "") || (err != nil && code == "") {
		h.t.Errorf("for %s: partner %q, %v; want %q", scope, p.Name, err, code)
	}
}

func (h *house) secrets(partner string) [][]byte {
	h.t.Helper()
	raw, err := h.WebhookSecrets(h.t.Context(), partner)
	if err != nil {
		h.t.Fatal(err)
	}
	return raw
}
