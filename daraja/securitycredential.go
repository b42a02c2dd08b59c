package daraja

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
)

// ParseCertificate returns the public key of M-PESA's certificate. It takes the file as
// the portal hands it out: X.509 in PEM or DER, with an RSA key. The sandbox and
// production have different certificates.
func ParseCertificate(file []byte) (*rsa.PublicKey, error) {
	der := file
	if block, _ := pem.Decode(file); block != nil {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("the file has a %s where a CERTIFICATE is expected", block.Type)
		}
		der = block.Bytes
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading M-PESA's certificate, which is X.509 in PEM or DER: %w", err)
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("M-PESA's certificate has an RSA key, this one a %s key", certificate.PublicKeyAlgorithm)
	}
	return key, nil
}

// pkcs1Padding is how many bytes RSA PKCS#1 v1.5 needs beside the message.
const pkcs1Padding = 11

// SecurityCredential encrypts an initiator's password for a request: base64 of RSA
// PKCS#1 v1.5 with M-PESA's key, 344 characters for 2048 bits. Two calls with the same
// password return different texts. It fails when the password is empty or too long for
// the key, 245 bytes for 2048 bits.
func SecurityCredential(key *rsa.PublicKey, password string) (string, error) {
	if most := key.Size() - pkcs1Padding; password == "" || len(password) > most {
		return "", fmt.Errorf("the initiator's password has %d bytes; M-PESA's certificate encrypts 1 to %d", len(password), most)
	}
	// crypto/rsa uses its own secure random source and ignores the reader.
	encrypted, err := rsa.EncryptPKCS1v15(nil, key, []byte(password)) //nolint:staticcheck // M-PESA takes this padding only
	if err != nil {
		return "", fmt.Errorf("encrypting the initiator's password: %w", err)
	}
	return base64.StdEncoding.EncodeToString(encrypted), nil
}
