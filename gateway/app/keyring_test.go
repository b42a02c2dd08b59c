package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

var (
	all  = gateway.NewScopes(gateway.AllScopes()...)
	read = gateway.ScopeRead
)

func TestNewPartnersComeIn(t *testing.T) {
	h := newHouse(t)
	duka, soko := h.partner("duka"), h.partner("soko")
	for _, scope := range gateway.AllScopes() {
		h.opens(duka.Key.Shown, scope, "")
		h.opens(key, scope, "")
	}
	if p, err := h.Authenticate(t.Context(), soko.Key.Shown.Reveal(), read); err != nil || p.Name != "soko" {
		t.Errorf("soko's key is that of %q, %v", p.Name, err)
	}
	if raw := h.secrets("duka"); len(raw) != 1 || len(raw[0]) != 32 {
		t.Errorf("%d secrets", len(raw))
	}
	known, err := h.Partners(t.Context())
	if err != nil || len(known) != 3 || !known[0].Configured || known[0].Name != "local" || known[1].Name != "duka" || known[2].Name != "soko" {
		t.Errorf("partners %+v, %v", known, err)
	}
}

func TestNamesOfPartners(t *testing.T) {
	h := newHouse(t)
	h.partner("duka")
	for _, name := range []string{"d", "2nd-shop", "a_b", strings.Repeat("x", 64)} {
		if _, err := h.CreatePartner(t.Context(), name, gateway.PartnerSettings{}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "Duka", "-duka", "_duka", "du ka", "duka/keys", "../duka", "duká", "du\nka", strings.Repeat("x", 65)} {
		if _, err := h.CreatePartner(t.Context(), name, gateway.PartnerSettings{}); gateway.CodeOf(err) != gateway.CodeInvalid {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"duka", "local"} {
		if _, err := h.CreatePartner(t.Context(), name, gateway.PartnerSettings{}); gateway.CodeOf(err) != gateway.CodeConflict {
			t.Errorf("a second %s: %v", name, err)
		}
	}
}

// Whoever holds a key that opens nothing learns nothing of why.
func TestKeysThatOpenNothing(t *testing.T) {
	h := newHouse(t)
	good := h.partner("duka").Key.Shown.Reveal()
	revoked := h.key("duka", gateway.KeyOrder{Scopes: all})
	if _, err := h.RevokeKey(t.Context(), revoked.ID); err != nil {
		t.Fatal(err)
	}
	expired := h.key("duka", gateway.KeyOrder{Scopes: all, ExpiresAt: h.clock.Now().Add(time.Hour)})
	h.clock.Advance(time.Hour)
	last := map[bool]string{true: "A", false: "B"}[good[len(good)-1] != 'A']
	for name, shown := range map[string]string{
		"revoked":       revoked.Shown.Reveal(),
		"expired":       expired.Shown.Reveal(),
		"wrong secret":  good[:len(good)-1] + last,
		"another's id":  "dbx_live_" + revoked.ID + good[len("dbx_live_")+16:],
		"an unknown id": "dbx_live_aaaaaaaaaaaaaaaa" + good[len("dbx_live_")+16:],
		"no key at all": "x",
		"too long":      good + "x",
		"only the id":   good[:len("dbx_live_")+16],
	} {
		p, err := h.Authenticate(t.Context(), shown, read)
		if gateway.CodeOf(err) != gateway.CodeUnauthorized || err.Error() != "X-API-KEY is not known" || p.Name != "" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	h.opens(gateway.Shown(good), read, "")
	if _, err := h.Authenticate(t.Context(), "", read); gateway.CodeOf(err) != gateway.CodeUnauthorized {
		t.Errorf("no key: %v", err)
	}
}

func TestKeysExpireToTheMoment(t *testing.T) {
	h := newHouse(t)
	h.partner("duka")
	k := h.key("duka", gateway.KeyOrder{Scopes: all, ExpiresAt: h.clock.Now().Add(time.Hour)})
	h.clock.Advance(time.Hour - time.Nanosecond)
	h.opens(k.Shown, read, "")
	h.clock.Advance(time.Nanosecond)
	h.opens(k.Shown, read, gateway.CodeUnauthorized)
}

func TestKeysDoNoMoreThanTheirScopes(t *testing.T) {
	h := newHouse(t)
	h.partner("duka")
	for _, mine := range gateway.AllScopes() {
		k := h.key("duka", gateway.KeyOrder{Scopes: gateway.NewScopes(mine)})
		for _, scope := range gateway.AllScopes() {
			want := gateway.CodeForbidden
			if scope == mine {
				want = ""
			}
			h.opens(k.Shown, scope, want)
		}
	}
}

// In the overlap both keys are good; then only the new one is.
func TestKeysAreRotatedWithOverlap(t *testing.T) {
	h := newHouse(t)
	h.partner("duka")
	old := h.key("duka", gateway.KeyOrder{Scopes: gateway.NewScopes(read), Note: "the shop"})
	next, err := h.RotateKey(t.Context(), old.ID, gateway.Rotation{Overlap: 2 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if next.Scopes != old.Scopes || next.Note != old.Note || next.Partner != "duka" || !next.ExpiresAt.IsZero() || next.ID == old.ID {
		t.Errorf("the next key is %+v", next.Key)
	}
	h.opens(next.Shown, gateway.ScopeCollect, gateway.CodeForbidden)
	h.clock.Advance(2*time.Hour - 1)
	h.opens(old.Shown, read, "")
	h.opens(next.Shown, read, "")
	h.clock.Advance(1)
	h.opens(old.Shown, read, gateway.CodeUnauthorized)
	h.opens(next.Shown, read, "")
	if _, err := h.RotateKey(t.Context(), old.ID, gateway.Rotation{}); gateway.CodeOf(err) != gateway.CodeConflict {
		t.Errorf("a key that has expired is rotated: %v", err)
	}
	last, err := h.RotateKey(t.Context(), next.ID, gateway.Rotation{}) // without overlap
	if err != nil {
		t.Fatal(err)
	}
	h.opens(next.Shown, read, gateway.CodeUnauthorized)
	h.opens(last.Shown, read, "")
}

// A rotation neither makes a key live longer than somebody said, nor the other way.
func TestRotationSaysWhenTheNextKeyEnds(t *testing.T) {
	h := newHouse(t)
	h.partner("duka")
	end := h.clock.Now().Add(10 * time.Hour)
	old := h.key("duka", gateway.KeyOrder{Scopes: all, ExpiresAt: end})
	if _, err := h.RotateKey(t.Context(), old.ID, gateway.Rotation{Overlap: time.Hour}); gateway.CodeOf(err) != gateway.CodeInvalid {
		t.Errorf("nobody said when: %v", err)
	}
	for name, want := range map[string]time.Time{"never": {}, "in a day": h.clock.Now().Add(24 * time.Hour)} {
		next, err := h.RotateKey(t.Context(), old.ID, gateway.Rotation{Overlap: 20 * time.Hour, ExpiresAt: &want})
		if err != nil || !next.ExpiresAt.Equal(want) {
			t.Errorf("%s: %s, %v", name, next.ExpiresAt, err)
		}
	}
	keys, err := h.Keys(t.Context(), "duka")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(keys, func(k gateway.Key) bool { return k.ID == old.ID })
	if !keys[i].ExpiresAt.Equal(end) {
		t.Errorf("an overlap made the old key live until %s", keys[i].ExpiresAt)
	}
}

// The next request after a revocation is refused: nothing is remembered.
func TestRevocationIsAtOnce(t *testing.T) {
	h := newHouse(t)
	k := h.partner("duka").Key
	h.opens(k.Shown, read, "")
	first, err := h.RevokeKey(t.Context(), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	h.opens(k.Shown, read, gateway.CodeUnauthorized)
	h.clock.Advance(time.Hour)
	again, err := h.RevokeKey(t.Context(), k.ID)
	if err != nil || !again.RevokedAt.Equal(first.RevokedAt) {
		t.Errorf("revoked at %s, then at %s, %v", first.RevokedAt, again.RevokedAt, err)
	}
	if _, err := h.RevokeKey(t.Context(), "nobody"); gateway.CodeOf(err) != gateway.CodeNotFound {
		t.Errorf("a key that is not there: %v", err)
	}
}

func TestSecretsAreRotatedWithOverlap(t *testing.T) {
	h := newHouse(t)
	first := h.partner("duka").Secret
	h.partner("soko")
	second, err := h.RotateSecret(t.Context(), "duka", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	shown := func() (texts []string) {
		for _, raw := range h.secrets("duka") {
			texts = append(texts, "whsec_"+base64.StdEncoding.EncodeToString(raw))
		}
		return texts
	}
	h.clock.Advance(time.Hour - 1)
	if got := shown(); !slices.Equal(got, []string{second.Shown.Reveal(), first.Shown.Reveal()}) {
		t.Errorf("in the overlap: %v", got)
	}
	h.clock.Advance(1)
	if got := shown(); !slices.Equal(got, []string{second.Shown.Reveal()}) {
		t.Errorf("after it: %v", got)
	}
	if _, err := h.RotateSecret(t.Context(), "duka", 0); err != nil {
		t.Fatal(err)
	}
	if got := shown(); len(got) != 1 || got[0] == second.Shown.Reveal() {
		t.Errorf("without overlap: %v", got)
	}
	if len(h.secrets("soko")) != 1 {
		t.Error("another partner's secrets were rotated")
	}
	if raw, err := h.WebhookSecrets(t.Context(), "nobody"); err != nil || len(raw) != 0 {
		t.Errorf("nobody signs with %d secrets, %v", len(raw), err)
	}
	listed, err := h.SecretsOf(t.Context(), "duka")
	if err != nil || len(listed) != 3 || slices.ContainsFunc(listed, func(s gateway.Secret) bool { return s.Sealed != nil }) {
		t.Errorf("listed: %+v, %v", listed, err)
	}
}

func TestLimitsOfAPartner(t *testing.T) {
	h := newHouse(t)
	p := h.partner("duka")
	for range 19 {
		h.key("duka", gateway.KeyOrder{Scopes: all})
	}
	if _, err := h.CreateKey(t.Context(), "duka", gateway.KeyOrder{Scopes: all}); gateway.CodeOf(err) != gateway.CodeConflict {
		t.Errorf("a key too many: %v", err)
	}
	if _, err := h.RotateKey(t.Context(), p.Key.ID, gateway.Rotation{Overlap: time.Hour}); gateway.CodeOf(err) != gateway.CodeConflict {
		t.Errorf("a rotation too many: %v", err)
	}
	h.opens(p.Key.Shown, read, "")
	if _, err := h.RotateKey(t.Context(), p.Key.ID, gateway.Rotation{}); err != nil {
		t.Errorf("one for one: %v", err)
	}
	for range 4 {
		if _, err := h.RotateSecret(t.Context(), "duka", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.RotateSecret(t.Context(), "duka", time.Hour); gateway.CodeOf(err) != gateway.CodeConflict {
		t.Errorf("a secret too many: %v", err)
	}
	for name, o := range map[string]gateway.KeyOrder{
		"no scope":        {},
		"a long note":     {Scopes: all, Note: strings.Repeat("n", 101)},
		"an odd note":     {Scopes: all, Note: "a\nb"},
		"already expired": {Scopes: all, ExpiresAt: h.clock.Now()},
	} {
		if _, err := h.CreateKey(t.Context(), "duka", o); gateway.CodeOf(err) != gateway.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, overlap := range []time.Duration{-1, 31 * 24 * time.Hour} {
		_, keyErr := h.RotateKey(t.Context(), p.Key.ID, gateway.Rotation{Overlap: overlap})
		_, secretErr := h.RotateSecret(t.Context(), "duka", overlap)
		if gateway.CodeOf(keyErr) != gateway.CodeInvalid || gateway.CodeOf(secretErr) != gateway.CodeInvalid {
			t.Errorf("an overlap of %s: %v, %v", overlap, keyErr, secretErr)
		}
	}
	if _, err := h.CreateKey(t.Context(), "nobody", gateway.KeyOrder{Scopes: all}); gateway.CodeOf(err) != gateway.CodeNotFound {
		t.Errorf("a key for nobody: %v", err)
	}
	if _, err := h.CreateKey(t.Context(), "local", gateway.KeyOrder{Scopes: all}); gateway.CodeOf(err) != gateway.CodeConflict {
		t.Errorf("a key for a configured partner: %v", err)
	}
}

// The last use is written behind the requests, to the minute, once a minute.
func TestLastUse(t *testing.T) {
	h := newHouse(t)
	k := h.partner("duka").Key
	used := func() time.Time {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		h.RecordUses(ctx) // writes what waits, and returns
		keys, err := h.Keys(t.Context(), "duka")
		if err != nil {
			t.Fatal(err)
		}
		return keys[0].UsedAt
	}
	if at := used(); !at.IsZero() {
		t.Errorf("used at %s before it was", at)
	}
	minute := h.clock.Now().Truncate(time.Minute)
	for range 3 {
		h.opens(k.Shown, read, "")
	}
	h.opens("dbx_live_"+gateway.Shown(k.ID)+"_"+gateway.Shown(strings.Repeat("x", 43)), read, gateway.CodeUnauthorized)
	if at := used(); !at.Equal(minute) {
		t.Errorf("used at %s, want %s", at, minute)
	}
	h.clock.Advance(time.Minute)
	if at := used(); !at.Equal(minute) {
		t.Errorf("used at %s without being used", at)
	}
	h.opens(k.Shown, read, "")
	if _, err := h.RevokeKey(t.Context(), k.ID); err != nil {
		t.Fatal(err)
	}
	if at := used(); !at.Equal(minute.Add(time.Minute)) {
		t.Errorf("used at %s, want a minute later", at)
	}
	h.opens(k.Shown, read, gateway.CodeUnauthorized) // writing the use has not brought it back
}

// A copy of the database, the logs beside it, opens nothing.
func TestDatabaseHoldsNoSecrets(t *testing.T) {
	h := newHouse(t)
	p := h.partner("duka")
	next, err := h.RotateKey(t.Context(), p.Key.ID, gateway.Rotation{Overlap: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := h.RotateSecret(t.Context(), "duka", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	h.opens(next.Shown, read, "")
	raw := h.secrets("duka")
	files, err := filepath.Glob(filepath.Join(h.dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var kept []byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, content...)
	}
	if !bytes.Contains(kept, []byte(next.ID)) {
		t.Fatal("the key's id is not in the files: the wrong ones are searched")
	}
	for _, shown := range []gateway.Shown{p.Key.Shown, next.Shown, p.Secret.Shown, secret.Shown} {
		text := shown.Reveal()
		for what, part := range map[string]string{"all of it": text, "its end": text[len(text)-40:]} {
			if bytes.Contains(kept, []byte(part)) || strings.Contains(h.log.String(), part) {
				t.Errorf("a secret is kept or logged, %s", what)
			}
		}
	}
	for _, r := range raw {
		if bytes.Contains(kept, r) {
			t.Error("the bytes of a webhook secret are in the database")
		}
	}
	for _, want := range []string{"partner was made", "API key was rotated", "key=" + p.Key.ID, "webhook secret was rotated"} {
		if !strings.Contains(h.log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, h.log)
		}
	}
}

// Another master key opens nothing, and says so before anybody relies on it.
func TestMasterKeyMustFit(t *testing.T) {
	h := newHouse(t)
	if err := h.under(2).Check(t.Context()); err != nil {
		t.Errorf("an empty store fits every master key: %v", err)
	}
	p := h.partner("duka")
	if err := h.Check(t.Context()); err != nil {
		t.Error(err)
	}
	other := h.under(2)
	if err := other.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "the master key does not fit this database") {
		t.Errorf("another master key: %v", err)
	}
	if _, err := other.Authenticate(t.Context(), p.Key.Shown.Reveal(), read); gateway.CodeOf(err) != gateway.CodeUnauthorized {
		t.Errorf("a key under another master key: %v", err)
	}
}
