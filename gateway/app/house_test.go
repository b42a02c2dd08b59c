package app_test

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
)

// handClock stands still until it is moved; nothing falls due on it.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func newHandClock() *handClock {
	return &handClock{now: time.Date(2026, time.November, 24, 9, 0, 30, 0, time.UTC)}
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

func (c *handClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logBuffer is a log that is read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// house is a keyring over a store on disk.
type house struct {
	*gateway.Keyring
	t     *testing.T
	store *sqlite.Store
	dir   string
	clock *handClock
	log   *logBuffer
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), clock: newHandClock(), log: &logBuffer{}}
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
