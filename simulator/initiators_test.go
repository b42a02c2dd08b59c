package simulator

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// What OpenSSL makes of SandboxInitiatorPassword with development.crt: by PKCS#1 v1.5, in lines
// as its base64 command writes them, and by OAEP.
const (
	opensslCredential = `Lng+gpb/4QUhmD6tbt4zUiW7560N8GsfpoafNOV9QS025dKYHHeljHxRITPdDD8c
VOgkOsRIJHaCeXi/hIcvDEzjfuxMYrWNcwfUcQCJJC4Kc75YJfRG2gbp4ZZ03Dev
UD9RulgONm8slMAMCHREbDWl2heJHHJ4d+hDEFgD6weXHKOJjPpOt+IzbYefRA1M
SvfNh1yyOBfR6z/HNcRVNzCg6+EWlJ+01RKkhR8D7gSTP43tzFpdoePUiMBQOQHe
RtAacWWEMX6zWK0pEzmmi1b6oQUj6JhukCgOc9IZR3iyydgHNT3kxv1EKqbMSr1i
Cb9/Q9MF9QMVGyHholAc3A==`
	opensslOAEP = "eFlAnccMjmlELv2sZj+/qtXmok7pMG0BOlGfEIOsUAIg4C3t48rUAnXo9skP4wLf8tavGNWg4kMev3bh9W0zU2gzjvb0ww//PdtAZdWrkGlS1X13XF5+8M/XI/Qo1QQNqfgqzigx/+ySbX4Ep1FAv3GOwgRbemJV54R2hEpjGviJTtpTLMhS28GSDa1Z6VY0qmHf8U4GDOII/OzOVHkPI8FON22avc0dU506NqAizq7RMhTdHipy+rw7JQIW+xrkpxHzOHuaSBZYMfDXad6OjtxPqZ7KeT38X5viBMRz2V1X6l73q25aqzpozVzoa45/ZURe1LCXhmlVcbv3BFcrkw=="
)

func encrypt(t testing.TB, password string) string {
	t.Helper()
	key, err := daraja.ParseCertificate(CredentialCertificate())
	if err != nil {
		t.Fatal(err)
	}
	credential, err := daraja.SecurityCredential(key, password)
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

func TestDevelopmentCertificateHasTheKey(t *testing.T) {
	block, _ := pem.Decode(CredentialCertificate())
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if key := mustReadDevelopmentKey(); !key.PublicKey.Equal(certificate.PublicKey) || key.N.BitLen() != 2048 {
		t.Error("development.crt is not of development.key, or has another size than M-PESA's")
	}
	if !strings.Contains(certificate.Subject.CommonName, "development") {
		t.Errorf("the certificate does not say that it is for development: %s", certificate.Subject)
	}
	CredentialCertificate()[0] = 'x'
	if CredentialCertificate()[0] == 'x' {
		t.Error("a caller can change the certificate")
	}
}

func TestDecryptCredential(t *testing.T) {
	tests := []struct{ name, credential, password, why string }{
		{"ours", encrypt(t, "s3cret#"), "s3cret#", ""},
		{"OpenSSL's", opensslCredential, SandboxInitiatorPassword, ""},
		{"OAEP", opensslOAEP, "", "another certificate"},
		{"random bytes", base64.StdEncoding.EncodeToString([]byte(strings.Repeat("a", 256))), "", SettingForeignCertificate},
		{"not encrypted", base64.StdEncoding.EncodeToString([]byte(SandboxInitiatorPassword)), "", "decodes to 15 bytes"},
		{"plain", SandboxInitiatorPassword, "", "not base64"},
		{"missing", "", "", "missing"},
	}
	r := newCredentialReader()
	for _, tt := range tests {
		for _, when := range []string{"first", "remembered"} {
			got := r.decrypt(tt.credential)
			if got.password != tt.password || (got.why == "") != (tt.why == "") || !strings.Contains(got.why, tt.why) {
				t.Errorf("%s, %s: %+v, want why %q", tt.name, when, got, tt.why)
			}
			if strings.Contains(got.why, SandboxInitiatorPassword) {
				t.Errorf("%s: the reason shows the password: %s", tt.name, got.why)
			}
		}
	}
}

// settingsOf has the defaults of settings, with changes.
func settingsOf(all []Setting, changes ...string) map[string]string {
	values := make(map[string]string)
	for _, s := range all {
		values[s.Name] = s.Default
	}
	for i := 0; i < len(changes); i += 2 {
		values[changes[i]] = changes[i+1]
	}
	return values
}

func TestAuthenticate(t *testing.T) {
	known := []Initiator{
		{Name: "all", Password: "pässword"},
		{Name: "balance", Password: "pässword", Roles: []Role{RoleAccountBalance}},
		{Name: "none", Password: "pässword", Roles: []Role{}},
	}
	right := decryptedCredential{password: "pässword"}
	tests := []struct {
		name     string
		claim    initiatorClaim
		settings []string
		want     daraja.ResultCode
		noResult bool
		why      string
	}{
		{"right", initiatorClaim{name: "all", credential: right, role: RoleB2C}, nil, "", false, ""},
		{"with the role", initiatorClaim{name: "balance", credential: right, role: RoleAccountBalance}, nil, "", false, ""},
		{"unknown name", initiatorClaim{name: "All", credential: right}, nil, "2001", false, "it has all, balance, none"},
		{"wrong password", initiatorClaim{name: "all", credential: decryptedCredential{password: "password"}}, nil, "2001", false, "another password"},
		{"cannot be decrypted", initiatorClaim{name: "all", credential: decryptedCredential{why: "not base64"}}, nil, "2001", false, "not base64"},
		{"without a result", initiatorClaim{name: "all", credential: decryptedCredential{}}, []string{SettingWrongCredential, noResult}, "2001", true, "another password"},
		{"another certificate", initiatorClaim{name: "all", credential: decryptedCredential{foreign: true, why: "another certificate"}}, []string{SettingForeignCertificate, "2001"}, "2001", false, "another certificate"},
		{"another certificate, accepted", initiatorClaim{name: "all", credential: decryptedCredential{foreign: true, why: "another certificate"}}, nil, "", false, ""},
		{"not even foreign", initiatorClaim{name: "all", credential: decryptedCredential{why: "not base64"}}, nil, "2001", false, "not base64"},
		{"without the role", initiatorClaim{name: "balance", credential: right, role: RoleB2C}, nil, "21", false, string(RoleB2C)},
		{"without any role", initiatorClaim{name: "none", credential: right, role: RoleB2C}, []string{SettingMissingRole, "TP40153"}, "TP40153", false, string(RoleB2C)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := make(initiatorLocks).authenticate(known, tt.claim, settingValues(settingsOf(initiatorSettings(), tt.settings...)), midday())
			var refused *InitiatorError
			if errors.As(err, &refused) != (tt.want != "") {
				t.Fatalf("got %v", err)
			}
			if refused != nil && (refused.Code != tt.want || refused.NoResult != tt.noResult || !strings.Contains(refused.Why, tt.why)) {
				t.Errorf("got %+v", refused)
			}
			if err != nil && strings.Contains(err.Error(), "pässword") {
				t.Errorf("%v shows the password", err)
			}
		})
	}
}

// Captured in the sandbox: five results 2001, then 8006 for about two hours.
func TestInitiatorLock(t *testing.T) {
	known := SandboxInitiators()
	claim := func(password string) initiatorClaim {
		return initiatorClaim{shortcode: "600984", name: SandboxInitiator, credential: decryptedCredential{password: password}}
	}
	rules := settingValues(settingsOf(initiatorSettings()))
	locks, now := make(initiatorLocks), midday()
	ask := func(password string) string {
		var refused *InitiatorError
		if errors.As(locks.authenticate(known, claim(password), rules, now), &refused) {
			return string(refused.Code)
		}
		return "0"
	}
	right, wrong := SandboxInitiatorPassword, "wrong"
	var got []string
	for _, password := range []string{wrong, wrong, wrong, wrong, right, wrong, wrong, wrong, wrong, wrong, wrong, right} {
		got = append(got, ask(password))
	}
	if want := "[2001 2001 2001 2001 0 2001 2001 2001 2001 2001 8006 8006]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	kept := maps.Clone(locks)
	now = now.Add(2*time.Hour - 1)
	if got := ask(right); got != "8006" {
		t.Errorf("before the lock ends: %s", got)
	}
	now = now.Add(1)
	if got := ask(wrong); got != "2001" {
		t.Errorf("after the lock: %s", got)
	}
	if got := ask(right); got != "0" || len(locks) != 0 {
		t.Errorf("after the lock: %s, and %v is kept", got, locks)
	}
	if len(kept) != 1 || kept[initiatorID{"600984", SandboxInitiator}].until.IsZero() {
		t.Errorf("the snapshot has %v", kept)
	}
	rules[SettingInitiatorLock] = "0"
	for range 20 {
		if got := ask(wrong); got != "2001" {
			t.Fatalf("with initiator_lock 0: %s", got)
		}
	}
}

func FuzzDecryptCredential(f *testing.F) {
	f.Add(opensslCredential)
	f.Add(opensslOAEP)
	f.Add("")
	f.Add("c2hvcnQ=")
	r := newCredentialReader()
	f.Fuzz(func(t *testing.T, credential string) {
		if got := r.decrypt(credential); got.why != "" && got.password != "" {
			t.Errorf("%q gives both %+v", credential, got)
		}
	})
}

func BenchmarkDecryptCredential(b *testing.B) {
	r, credential := newCredentialReader(), encrypt(b, "s3cret#")
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			r.read = newBoundedMap[string, decryptedCredential](1)
			r.decrypt(credential)
		}
	})
	b.Run("remembered", func(b *testing.B) {
		for b.Loop() {
			r.decrypt(credential)
		}
	})
	b.Run("key", func(b *testing.B) {
		for b.Loop() {
			mustReadDevelopmentKey()
		}
	})
}
