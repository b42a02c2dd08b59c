package app_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/internal/testkit"
)

// ofReplicas is a store that counts as shared with other processes.
type ofReplicas struct{ gateway.Store }

func (ofReplicas) Exclusive() bool { return false }

// replica is one process that uses the access token of an app.
type replica struct {
	*testing.T
	*gateway.Tokens
}

// twoReplicas are on one store and one clock.
func twoReplicas(t *testing.T) (a, b replica, clock *testkit.Clock) {
	t.Helper()
	clock = testkit.NewClock(noon)
	store := ofReplicas{openStore(t, t.TempDir(), clock)}
	vault := newVault(t, 1)
	app := gateway.TokenApp(vault, "https://api.example", "key", "secret")
	one := func() replica { return replica{t, &gateway.Tokens{Store: store, Vault: vault, Clock: clock, App: app}} }
	return one(), one(), clock
}

func openStore(t *testing.T, dir string, clock gateway.Clock) gateway.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func newVault(t *testing.T, fill byte) *gateway.Vault {
	t.Helper()
	vault, err := gateway.NewVault(bytes.Repeat([]byte{fill}, gateway.MasterKeySize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return vault
}

// take expects a token, "" for none, and a lease or none, which it returns.
func (r replica) take(refused, token gateway.Shown, leased bool) time.Time {
	r.Helper()
	got, lease, err := r.Take(r.Context(), refused)
	if err != nil || got.Value != token || lease.IsZero() == leased {
		r.Errorf("got token %q and lease %v, %v; want %q, lease %t", got.Value.Reveal(), lease, err, token.Reveal(), leased)
	}
	return lease
}

func (r replica) put(lease time.Time, token gateway.Shown) {
	r.Helper()
	now := r.Clock.Now()
	if err := r.Put(r.Context(), lease, gateway.Token{Value: token, RenewAt: now.Add(59 * time.Minute), EndsAt: now.Add(time.Hour)}); err != nil {
		r.Error(err)
	}
}

// One replica fetches, the other waits and gets the same token.
func TestOneReplicaFetchesTheToken(t *testing.T) {
	a, b, clock := twoReplicas(t)
	lease := a.take("", "", true)
	b.take("", "", false)
	a.put(lease, "one")
	b.take("", "one", false)
	a.take("", "one", false)

	clock.Advance(59 * time.Minute) // near its end: one renews it, the other goes on with it
	lease = b.take("", "one", true)
	a.take("", "one", false)
	b.put(lease, "two")
	a.take("", "two", false)

	clock.Advance(2 * time.Hour)
	a.take("", "", true)
}

// A refused token is not given to the replica that knows of it, and is replaced once.
func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	a, b, _ := twoReplicas(t)
	a.put(a.take("", "", true), "one")
	lease := a.take("one", "", true)
	b.take("one", "", false)
	a.put(lease, "two")
	b.take("one", "two", false)
	a.take("one", "two", false)
}

func TestFailedFetchLetsAnotherReplicaTry(t *testing.T) {
	a, b, _ := twoReplicas(t)
	if err := a.Release(t.Context(), a.take("", "", true)); err != nil {
		t.Error(err)
	}
	b.take("", "", true)
}

// A replica that dies while it fetches holds the others up until its lease is over. One
// that is only late changes nothing any more.
func TestLeaseEndsWithoutItsReplica(t *testing.T) {
	a, b, clock := twoReplicas(t)
	late := a.take("", "", true)
	clock.Advance(gateway.TokenLease - time.Second)
	b.take("", "", false)
	clock.Advance(time.Second)
	lease := b.take("", "", true)
	a.put(late, "late")
	if err := a.Release(t.Context(), late); err != nil {
		t.Error(err)
	}
	a.take("", "", false)
	b.put(lease, "one")
	a.take("", "one", false)
}

// A lease that a wrong clock has written does not hold the others up.
func TestLeaseOfAWrongClock(t *testing.T) {
	a, b, clock := twoReplicas(t)
	ahead := testkit.NewClock(clock.Now().Add(24 * time.Hour))
	a.Clock = ahead
	a.take("", "", true)
	b.take("", "", true)
}

// Other credentials, another Daraja and another master key do not use a token.
func TestTokenBelongsToItsApp(t *testing.T) {
	a, b, _ := twoReplicas(t)
	a.put(a.take("", "", true), "one")
	if same := gateway.TokenApp(a.Vault, "https://api.example/", "key", "secret"); same != a.App {
		t.Error("a slash at the end of the URL makes another app")
	}
	for name, app := range map[string]string{
		"URL":      gateway.TokenApp(a.Vault, "https://other.example", "key", "secret"),
		"key":      gateway.TokenApp(a.Vault, "https://api.example", "key2", "secret"),
		"secret":   gateway.TokenApp(a.Vault, "https://api.example", "key", "secret2"),
		"boundary": gateway.TokenApp(a.Vault, "https://api.example", "keys", "ecret"),
		"master":   gateway.TokenApp(newVault(t, 2), "https://api.example", "key", "secret"),
	} {
		t.Run(name, func(t *testing.T) {
			other := replica{t, &gateway.Tokens{Store: b.Store, Vault: b.Vault, Clock: b.Clock, App: app}}
			other.take("", "", true)
		})
	}
	b.Vault = newVault(t, 2) // the row is found, and does not open
	b.take("", "", true)
}

// A restart uses the token again. What a crash left of a fetch does not hold it up, since
// no other process has the file; and the file does not show the token.
func TestTokenOutlivesItsProcess(t *testing.T) {
	const secret = "an-access-token-that-must-not-be-shown"
	dir, clock, vault := t.TempDir(), testkit.NewClock(noon), newVault(t, 1)
	begin := func() replica {
		return replica{t, &gateway.Tokens{Store: openStore(t, dir, clock), Vault: vault, Clock: clock, App: gateway.TokenApp(vault, "u", "k", "s")}}
	}
	first := begin()
	first.put(first.take("", "", true), secret)
	first.take(secret, "", true) // and it dies before it has another
	if err := first.Store.Close(); err != nil {
		t.Fatal(err)
	}
	second := begin()
	second.take("", secret, false)
	second.take(secret, "", true)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if raw, err := os.ReadFile(file); err != nil || bytes.Contains(raw, []byte(secret)) {
			t.Errorf("%s shows the token, or cannot be read: %v", file, err)
		}
	}
}

// A gateway that starts again uses the token of its database, unless its simulator starts
// again too and knows no earlier token.
func TestTokenAfterARestart(t *testing.T) {
	for name, tt := range map[string]struct {
		fresh bool
		want  int64
	}{"as in service": {false, 1}, "as up does": {true, 2}} {
		t.Run(name, func(t *testing.T) {
			d, p := newDaraja(t), newPartner(t)
			cfg := config(t, d.URL)
			cfg.FreshToken = tt.fresh
			for range 2 {
				a := start(t, cfg)
				pay(t, a, p)
				stop(t, a)
			}
			if got := d.tokens.Load(); got != tt.want {
				t.Errorf("%d tokens were fetched, want %d", got, tt.want)
			}
		})
	}
}
