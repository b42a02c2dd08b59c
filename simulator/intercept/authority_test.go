package intercept_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/darajabox/darajabox/simulator/intercept"
)

func config(dir string) intercept.AuthorityConfig {
	return intercept.AuthorityConfig{Dir: dir, Now: time.Now, Rand: rand.Reader}
}

func open(t *testing.T, c intercept.AuthorityConfig) *intercept.Authority {
	t.Helper()
	a, err := intercept.OpenAuthority(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pool trusts what a file of certificates names.
func pool(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM([]byte(read(t, file))) {
		t.Fatalf("%s has no certificate", file)
	}
	return p
}

// key reads the authority's key and certificate, as one who has stolen the file would.
func key(t *testing.T, file string) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	keyBlock, rest := pem.Decode([]byte(read(t, file)))
	certBlock, _ := pem.Decode(rest)
	parsed, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.(*ecdsa.PrivateKey), cert
}

func TestServerCertificateIsForSafaricomsHosts(t *testing.T) {
	a := open(t, config(t.TempDir()))
	got, err := a.TLS().GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"sandbox.safaricom.co.ke", "api.safaricom.co.ke"} {
		if _, err := got.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: pool(t, a.Files().CA)}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if err := got.Leaf.VerifyHostname("www.safaricom.co.ke"); err == nil {
		t.Error("the certificate is for another host too")
	}
	if valid := got.Leaf.NotAfter.Sub(got.Leaf.NotBefore); valid > 398*24*time.Hour {
		t.Errorf("valid for %s: macOS refuses more than 398 days", valid)
	}
}

// What is signed with a stolen key is refused for every name but Safaricom's.
func TestStolenKeyIsGoodForSafaricomOnly(t *testing.T) {
	a := open(t, config(t.TempDir()))
	stolen, ca := key(t, a.Files().Key)
	sign := func(template x509.Certificate) *x509.Certificate {
		template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(7), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, &template, ca, &stolen.PublicKey, stolen)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	verify := func(cert *x509.Certificate, name string) error {
		_, err := cert.Verify(x509.VerifyOptions{DNSName: name, Roots: pool(t, a.Files().CA)})
		return err
	}
	for _, name := range []string{"bank.example", "safaricom.co.ke.example", "notsafaricom.co.ke", "localhost"} {
		if verify(sign(x509.Certificate{DNSNames: []string{name}}), name) == nil {
			t.Errorf("%s is trusted", name)
		}
	}
	if address := "192.0.2.1"; verify(sign(x509.Certificate{IPAddresses: []net.IP{net.ParseIP(address)}}), address) == nil {
		t.Errorf("%s is trusted", address)
	}
	if err := verify(sign(x509.Certificate{DNSNames: []string{"sandbox.safaricom.co.ke"}}), "sandbox.safaricom.co.ke"); err != nil {
		t.Errorf("the test itself is wrong: %v", err)
	}
}

func TestKeyIsItsOwnersOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "ca")
	files := open(t, config(dir)).Files()
	mode := func(file string) os.FileMode {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if got := mode(files.Key); got != 0o600 {
		t.Errorf("the key has mode %o", got)
	}
	if err := os.Chmod(files.Key, 0o644); err != nil { // put back from a backup
		t.Fatal(err)
	}
	open(t, config(dir))
	if got := mode(files.Key); got != 0o600 {
		t.Errorf("the restored key has mode %o", got)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for _, file := range []string{files.CA, files.Bundle, files.TrustStore, files.Node, files.PHP + "/darajabox.ini"} {
		if strings.Contains(read(t, file), "PRIVATE") {
			t.Errorf("%s has the key", file)
		}
	}
}

// An authority is made once: what trusts it goes on trusting it.
func TestAuthorityStays(t *testing.T) {
	c := config(t.TempDir())
	files := open(t, c).Files()
	all := []string{files.Key, files.CA, files.Bundle, files.TrustStore}
	var before []string
	for _, file := range all {
		before = append(before, read(t, file))
	}
	open(t, c)
	for i, file := range all {
		if read(t, file) != before[i] {
			t.Errorf("%s has changed", file)
		}
	}
}

func TestFilesThatAreGoneAreWrittenAgain(t *testing.T) {
	c := config(t.TempDir())
	files := open(t, c).Files()
	before := read(t, files.CA)
	for _, file := range []string{files.CA, files.Bundle, files.TrustStore, files.Node} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	open(t, c)
	if read(t, files.CA) != before {
		t.Error("another authority")
	}
	for _, file := range []string{files.Bundle, files.TrustStore, files.Node} {
		read(t, file)
	}
}

func TestProcessesThatBeginTogetherHaveOneAuthority(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	certs := make([]string, 16)
	for i := range certs {
		all.Go(func() {
			a, err := intercept.OpenAuthority(config(dir))
			if err != nil {
				t.Error(err)
				return
			}
			got, err := a.TLS().GetCertificate(nil)
			if err != nil {
				t.Error(err)
				return
			}
			certs[i] = string(got.Leaf.AuthorityKeyId)
		})
	}
	all.Wait()
	if slices.Sort(certs); certs[0] == "" || certs[0] != certs[len(certs)-1] {
		t.Error("more than one authority")
	}
}

func TestCertificatesAreRenewed(t *testing.T) {
	c := config(t.TempDir())
	now := time.Now()
	c.Now = func() time.Time { return now }
	a := open(t, c)
	certificate := func(a *intercept.Authority) *x509.Certificate {
		got, err := a.TLS().GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		if now.Before(got.Leaf.NotBefore) || !now.Before(got.Leaf.NotAfter) {
			t.Errorf("at %s it is valid from %s to %s", now, got.Leaf.NotBefore, got.Leaf.NotAfter)
		}
		return got.Leaf
	}
	first := certificate(a)
	if !certificate(a).Equal(first) {
		t.Error("each connection has a certificate of its own")
	}
	now = now.AddDate(1, 0, 15) // the server's ends in less than a month
	if certificate(a).Equal(first) {
		t.Error("a certificate that ends soon is still used")
	}
	before := read(t, a.Files().CA)
	now = now.AddDate(9, 0, 0) // the authority's too
	b := open(t, c)
	certificate(b)
	if read(t, b.Files().CA) == before {
		t.Error("an authority that ends soon is still used")
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	unconstrained := func(t *testing.T) string { // such as another program's authority
		t.Helper()
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().AddDate(1, 0, 0)}
		cert, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})) + string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	}
	otherKey, _, _ := strings.Cut(read(t, open(t, config(t.TempDir())).Files().Key), "-----BEGIN CERTIFICATE")
	_, otherCert, _ := strings.Cut(read(t, open(t, config(t.TempDir())).Files().Key), "-----END PRIVATE KEY-----\n")
	for name, text := range map[string]string{
		"empty": "", "no PEM": "x", "a certificate alone": otherCert, "a key alone": otherKey, "of two authorities": otherKey + otherCert, "without a constraint": unconstrained(t),
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t.TempDir())
			file := intercept.FilesIn(c.Dir).Key
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := intercept.OpenAuthority(c)
			if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "remove the file to have another made") {
				t.Errorf("got %v", err)
			}
			if read(t, file) != text {
				t.Error("the file was changed")
			}
		})
	}
}

func TestFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := intercept.OpenAuthority(config(filepath.Join(file, "ca"))); err == nil || !strings.Contains(err.Error(), "the local certificate authority: ") {
		t.Errorf("got %v", err)
	}
}

// The bundle and the trust store have what the machine trusts and the authority, so a
// client reaches other hosts too.
func TestBundleAndTrustStoreHaveAllRoots(t *testing.T) {
	c := config(t.TempDir())
	c.Roots = intercept.SystemRoots("")
	if len(c.Roots) < 50 {
		t.Fatalf("only %d roots", len(c.Roots))
	}
	a := open(t, c)
	if got := len(intercept.ParseRoots([]byte(read(t, a.Files().Bundle)))); got != len(c.Roots)+1 {
		t.Errorf("the bundle has %d certificates, want %d", got, len(c.Roots)+1)
	}
	trusted, err := pkcs12.DecodeTrustStore([]byte(read(t, a.Files().TrustStore)), intercept.TrustStorePassword)
	if err != nil || len(trusted) != len(c.Roots)+1 {
		t.Errorf("the trust store has %d certificates, want %d: %v", len(trusted), len(c.Roots)+1, err)
	}
	c.Roots = c.Roots[1:] // the machine trusts another set now
	open(t, c)
	if trusted, err := pkcs12.DecodeTrustStore([]byte(read(t, a.Files().TrustStore)), intercept.TrustStorePassword); err != nil || len(trusted) != len(c.Roots)+1 {
		t.Errorf("the trust store still has %d certificates, want %d: %v", len(trusted), len(c.Roots)+1, err)
	}
}

// Java's own tool reads the trust store.
func TestKeytoolReadsTheTrustStore(t *testing.T) {
	tool, err := exec.LookPath("keytool")
	if err != nil {
		t.Skip("there is no keytool on this machine")
	}
	c := config(t.TempDir())
	c.Roots = intercept.SystemRoots("")[:3]
	files := open(t, c).Files()
	out, err := exec.CommandContext(t.Context(), tool, "-list", "-keystore", files.TrustStore, "-storepass", intercept.TrustStorePassword).CombinedOutput()
	if err != nil || strings.Count(string(out), "trustedCertEntry") != 4 {
		t.Errorf("%v\n%s", err, out)
	}
}

// A machine without a file of certificates, such as Windows, has Mozilla's.
func TestRootsOfAFile(t *testing.T) {
	file := open(t, config(t.TempDir())).Files().CA
	if got := intercept.SystemRoots(file); len(got) != 1 {
		t.Errorf("%d roots in a file of one", len(got))
	}
	if got := intercept.SystemRoots(filepath.Join(t.TempDir(), "none")); len(got) < 50 {
		t.Errorf("%d roots without the file", len(got))
	}
}
