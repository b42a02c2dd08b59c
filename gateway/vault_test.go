package gateway

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"strings"
	"testing"
)

func newVault(t *testing.T, master byte) *Vault {
	t.Helper()
	v, err := NewVault(bytes.Repeat([]byte{master}, MasterKeySize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMasterKeys(t *testing.T) {
	raw := []byte("0123456789abcdef0123456789ab\xff\xfe\xfd\xfc")
	for name, text := range map[string]string{
		"hex":                       hex.EncodeToString(raw),
		"capital hex":               strings.ToUpper(hex.EncodeToString(raw)),
		"base64":                    base64.StdEncoding.EncodeToString(raw),
		"base64 without padding":    base64.RawStdEncoding.EncodeToString(raw),
		"base64url":                 base64.URLEncoding.EncodeToString(raw),
		"base64url without padding": base64.RawURLEncoding.EncodeToString(raw),
	} {
		if got, err := ParseMasterKey(text); err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	for _, text := range []string{"", "secret-words", hex.EncodeToString(raw[1:]), hex.EncodeToString(raw) + "00", base64.StdEncoding.EncodeToString(raw[1:])} {
		got, err := ParseMasterKey(text)
		if err == nil {
			t.Errorf("%q is %x", text, got)
		} else if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%v shows the key", err)
		}
	}
	if _, err := NewVault(raw[1:], rand.Reader); err == nil {
		t.Error("a master key of 31 bytes is taken")
	}
}

func TestAPIKeys(t *testing.T) {
	v := newVault(t, 1)
	seen := make(map[string]bool)
	for range 100 {
		id, shown, err := v.newAPIKey()
		if err != nil {
			t.Fatal(err)
		}
		key := shown.Reveal()
		secret := strings.TrimPrefix(key, "dbx_live_"+id+"_")
		raw, err := base64.RawURLEncoding.DecodeString(secret)
		if err != nil || len(raw) != 32 || len(id) != 16 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Fatalf("key %q with id %q", key, id)
		}
		if got, ok := idOfKey(key); !ok || got != id {
			t.Errorf("the id in %q is %q, %t", key, got, ok)
		}
		if len(key) > maxKey || seen[id] || seen[secret] {
			t.Errorf("%q is too long, or was there before", key)
		}
		seen[id], seen[secret] = true, true
	}
	// A gateway that moves no real money says so in its keys, and takes both kinds.
	v.Test = true
	if id, shown, err := v.newAPIKey(); err != nil || !strings.HasPrefix(shown.Reveal(), "dbx_test_"+id+"_") {
		t.Errorf("key %q of a test gateway, %v", shown.Reveal(), err)
	}
	good := "dbx_live_abcdefghij234567_" + strings.Repeat("x", 43)
	for _, key := range []string{good, strings.Replace(good, "live", "test", 1)} {
		if id, ok := idOfKey(key); !ok || id != "abcdefghij234567" {
			t.Errorf("%q has the id %q, %t", key, id, ok)
		}
	}
	for name, key := range map[string]string{
		"empty": "", "another kind": "dbx_free_abcdefghij234567_" + strings.Repeat("x", 43), "short": good[:len(good)-1], "long": good + "x",
		"capitals in the id": "dbx_live_ABCDEFGHIJ234567_" + strings.Repeat("x", 43),
		"zero in the id":     "dbx_live_abcdefghij23456%_" + strings.Repeat("x", 43),
		"no separator":       "dbx_live_abcdefghij234567x" + strings.Repeat("x", 43),
	} {
		if id, ok := idOfKey(key); ok {
			t.Errorf("%s: %q has the id %q", name, key, id)
		}
	}
}

// What is kept of a key is neither the key nor to be had without the master key.
func TestDigests(t *testing.T) {
	v, other := newVault(t, 1), newVault(t, 2)
	const key = "dbx_live_abcdefghij234567_secret"
	digest := v.digest(key)
	plain := sha256.Sum256([]byte(key))
	if bytes.Contains(digest, []byte("secret")) || bytes.Equal(digest, plain[:]) || bytes.Equal(digest, other.digest(key)) {
		t.Errorf("digest %x", digest)
	}
	if !v.matches(key, digest) {
		t.Error("a key does not match its digest")
	}
	for name, d := range map[string][]byte{
		"of another key": v.digest(key + "x"), "under another master key": other.digest(key), "none": nil, "empty": {}, "zeros": make([]byte, sha256.Size), "cut": digest[:31],
	} {
		if v.matches(key, d) {
			t.Errorf("a digest %s matches", name)
		}
	}
}

// The comparison takes the same time whatever is right of a key, and for an id that
// nobody has too: no measurement of a test could tell, so its text is looked at.
func TestDigestsAreComparedInConstantTime(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "vault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	equal, returns := false, 0
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "matches" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ReturnStmt:
				returns++
				if and, ok := n.Results[0].(*ast.BinaryExpr); ok && and.Op == token.LAND {
					call, ok := and.X.(*ast.CallExpr) // first, so that it is always made
					s, isSelector := callee(call)
					equal = ok && isSelector && s == "hmac.Equal"
				}
			}
			return true
		})
	}
	if !equal || returns != 1 {
		t.Error("matches does not always compare by hmac.Equal")
	}
}

func callee(call *ast.CallExpr) (string, bool) {
	if call == nil {
		return "", false
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	x, ok := s.X.(*ast.Ident)
	return fmt.Sprintf("%s.%s", x, s.Sel), ok
}

func TestSeal(t *testing.T) {
	v := newVault(t, 1)
	secret := []byte("thirty-two bytes of a secret ...")
	sealed, err := v.sealFor("duka", secret)
	if err != nil {
		t.Fatal(err)
	}
	again, err := v.sealFor("duka", secret)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, secret) || bytes.Equal(sealed, again) {
		t.Error("the seal shows the secret, or that two are the same")
	}
	if got, err := v.openFor("duka", sealed); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("opened %q, %v", got, err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"for another partner":      func() ([]byte, error) { return v.openFor("soko", sealed) },
		"under another master key": func() ([]byte, error) { return newVault(t, 2).openFor("duka", sealed) },
		"changed":                  func() ([]byte, error) { return v.openFor("duka", changed) },
		"cut":                      func() ([]byte, error) { return v.openFor("duka", sealed[:8]) },
		"nothing":                  func() ([]byte, error) { return v.openFor("duka", nil) },
	} {
		if got, err := open(); !errors.Is(err, errSealed) {
			t.Errorf("%s: opened %q, %v", name, got, err)
		}
	}
}

func TestRandomnessMayFail(t *testing.T) {
	v, err := NewVault(make([]byte, MasterKeySize), strings.NewReader("too little"))
	if err != nil {
		t.Fatal(err)
	}
	if id, key, err := v.newAPIKey(); err == nil {
		t.Errorf("a key %s %s of no randomness", id, key.Reveal())
	}
	if sealed, err := v.sealFor("duka", []byte("x")); err == nil {
		t.Errorf("sealed %x with no nonce", sealed)
	}
}

// A key that is logged or printed by mistake is not shown.
func TestShownHidesItself(t *testing.T) {
	const key = Shown("dbx_live_x_hidden-words")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "key", key, "in", struct{ Key Shown }{key})
	text := fmt.Sprint(key) + fmt.Sprintf("%v %+v %#v %s %q", key, NewKey{Shown: key}, key, key, key)
	for _, s := range []string{text, strings.ReplaceAll(log.String(), `"in":{"Key":"dbx_live_x_hidden-words"}`, "")} { // JSON inside a struct is an answer's
		if strings.Contains(s, "hidden-words") {
			t.Errorf("shown: %s", s)
		}
	}
	if key.Reveal() != "dbx_live_x_hidden-words" {
		t.Error("it cannot be revealed")
	}
}

// Replicas and people agree on the secret of a configured partner.
func TestConfiguredPartnersHaveDerivedSecrets(t *testing.T) {
	var p Partners
	for _, key := range []string{"first", "second"} {
		if err := p.Add("duka", key); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := NewKeyring(nil, newVault(t, 1), &p, nil, nil).WebhookSecrets(t.Context(), "duka")
	if err != nil || len(raw) != 2 {
		t.Fatalf("%x, %v", raw, err)
	}
	for i, key := range []string{"second", "first"} {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte("darajabox webhook secret"))
		if !bytes.Equal(raw[i], mac.Sum(nil)) {
			t.Errorf("secret %d is not that of the %s key", i, key)
		}
	}
	if got := FormatSecret(raw[0]); got != "whsec_"+base64.StdEncoding.EncodeToString(raw[0]) {
		t.Errorf("it is shown as %s", got)
	}
}

func TestScopes(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  Scopes
	}{
		{nil, "collect deliveries read"}, {[]string{"read"}, "read"}, {[]string{"read", "collect", "read"}, "collect read"},
	} {
		if got, err := ParseScopes(tt.words); err != nil || got != tt.want {
			t.Errorf("%v: %q, %v", tt.words, got, err)
		}
	}
	for _, words := range [][]string{{"all"}, {""}, {"read collect"}, {"read", "READ"}} {
		if got, err := ParseScopes(words); CodeOf(err) != CodeInvalid {
			t.Errorf("%q: %q, %v", words, got, err)
		}
	}
}
