package simulator

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed" // for the development key
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// The key is a file of the source, because a world must be the same in each run and
// crypto/rsa does not take a seed. It protects nothing: every caller of a simulator
// may read the passwords of its initiators.
//
//go:embed development.key
var developmentKey []byte

//go:embed development.crt
var developmentCertificate []byte

// CredentialCertificate is the certificate with which clients of a simulator encrypt
// an initiator's password, X.509 in PEM with a 2048-bit RSA key. It is the same for
// every world and in every run, and replaces the certificate that
// Safaricom's portal hands out. daraja.SecurityCredential encrypts with it.
func CredentialCertificate() []byte { return slices.Clone(developmentCertificate) }

// maxCredentials bounds how many SecurityCredentials are remembered.
const maxCredentials = 1_000

// credentialReader decrypts SecurityCredentials. RSA takes about a millisecond, so a call's
// is read before the world is locked. Most clients encrypt once and send the same text each
// time, so the latest texts are remembered.
type credentialReader struct {
	key func() *rsa.PrivateKey // read at first use, since few worlds need it

	mu   sync.Mutex // not held during RSA
	read boundedMap[string, decryptedCredential]
}

// decryptedCredential is the password in a SecurityCredential, or why there is none.
type decryptedCredential struct {
	password string
	why      string // "" when it could be decrypted
	foreign  bool   // it has the form of a SecurityCredential but another certificate's key
}

func newCredentialReader() *credentialReader {
	return &credentialReader{
		key:  sync.OnceValue(mustReadDevelopmentKey),
		read: newBoundedMap[string, decryptedCredential](maxCredentials),
	}
}

// mustReadDevelopmentKey panics when the embedded file is no key, which a test would see.
func mustReadDevelopmentKey() *rsa.PrivateKey {
	block, _ := pem.Decode(developmentKey)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic("simulator: reading development.key: " + err.Error())
	}
	return key.(*rsa.PrivateKey)
}

// decrypt reads a SecurityCredential.
func (r *credentialReader) decrypt(credential string) decryptedCredential {
	r.mu.Lock()
	known, ok := r.read.get(credential)
	r.mu.Unlock()
	if ok {
		return known
	}
	raw, err := base64.StdEncoding.DecodeString(credential)
	size := r.key().Size()
	switch {
	case credential == "":
		return decryptedCredential{why: "SecurityCredential is missing"}
	case err != nil:
		return decryptedCredential{why: "SecurityCredential is not base64"}
	case len(raw) != size:
		return decryptedCredential{why: fmt.Sprintf("SecurityCredential decodes to %d bytes; "+
			"a password encrypted with the simulator's certificate has %d", len(raw), size)}
	}
	result := decryptedCredential{}
	plain, err := rsa.DecryptPKCS1v15(nil, r.key(), raw) //nolint:staticcheck // M-PESA takes this padding only
	switch {
	case errors.Is(err, rsa.ErrDecryption):
		result = decryptedCredential{foreign: true, why: "SecurityCredential was encrypted with another certificate than the simulator's, " +
			"or not by RSA PKCS#1 v1.5; the setting " + SettingForeignCertificate + " accepts other certificates"}
	case err != nil:
		result = decryptedCredential{why: "SecurityCredential: " + err.Error()}
	default:
		result.password = string(plain)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.read.put(credential, result)
	return result
}
