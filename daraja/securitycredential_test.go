package daraja_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// certify makes a self-signed certificate, in DER.
func certify(t *testing.T, public, private any) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestSecurityCredential(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der := certify(t, &private.PublicKey, private)
	for name, file := range map[string][]byte{
		"PEM": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		"DER": der,
	} {
		key, err := daraja.ParseCertificate(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, password := range []string{"Safaricom999!*!", "ä", strings.Repeat("x", 245)} {
			credential, err := daraja.SecurityCredential(key, password)
			if err != nil {
				t.Fatal(err)
			}
			encrypted, err := base64.StdEncoding.DecodeString(credential)
			if err != nil || len(credential) != 344 {
				t.Fatalf("%s: %d characters, %v", name, len(credential), err)
			}
			plain, err := rsa.DecryptPKCS1v15(nil, private, encrypted) //nolint:staticcheck // as M-PESA decrypts
			if err != nil || string(plain) != password {
				t.Errorf("%s: %q became %q, %v", name, password, plain, err)
			}
			if again, _ := daraja.SecurityCredential(key, password); again == credential {
				t.Errorf("%s: the same credential twice", name)
			}
		}
	}
}

func TestSecurityCredentialRefusesPasswords(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"", strings.Repeat("x", 246)} {
		_, err := daraja.SecurityCredential(&private.PublicKey, password)
		if err == nil || !strings.Contains(err.Error(), "1 to 245") || strings.Contains(err.Error(), "xx") {
			t.Errorf("%d bytes: %v", len(password), err)
		}
	}
}

func TestParseCertificateRefusals(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for want, file := range map[string][]byte{
		"X.509 in PEM or DER": []byte("no certificate"),
		"a PUBLIC KEY where":  pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")}),
		"ECDSA key":           certify(t, &private.PublicKey, private),
	} {
		if _, err := daraja.ParseCertificate(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
