package intercept

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"time"
)

// Lifetimes of certificates. Some clients refuse one of a server that is valid for more
// than 398 days.
const (
	caLifetime     = 10 * 365 * 24 * time.Hour
	serverLifetime = 397 * 24 * time.Hour
	backdated      = 24 * time.Hour      // for a client whose clock is late
	renewBefore    = 30 * 24 * time.Hour // of the end of either
)

// domain is the only one that the authority can speak for.
const domain = "safaricom.co.ke"

// Hosts are those of Daraja that are answered here.
func Hosts() []string { return []string{"sandbox." + domain, "api." + domain} }

// AuthorityConfig says where an authority keeps its files. All fields must be set.
type AuthorityConfig struct {
	Dir   string           // folder of its files; made when it is missing
	Roots [][]byte         // certificates in DER that clients trust beside the authority's
	Now   func() time.Time // the machine's
	Rand  io.Reader        // of keys and serial numbers
}

// Authority is a certificate authority of this machine. Its certificate is constrained to
// Safaricom's domain, so what is signed with a stolen key is no good for another site.
type Authority struct {
	config AuthorityConfig
	cert   *x509.Certificate
	key    crypto.Signer

	mu     sync.Mutex
	server *tls.Certificate // made when it is first asked for
}

// OpenAuthority reads the authority in a folder, or makes one, and brings the files that
// clients need up to date. Several processes may do so at once.
func OpenAuthority(c AuthorityConfig) (*Authority, error) {
	cert, key, err := openKey(c)
	if err != nil {
		return nil, fmt.Errorf("the local certificate authority: %w", err)
	}
	a := &Authority{config: c, cert: cert, key: key}
	if err := a.writeFiles(); err != nil {
		return nil, fmt.Errorf("the local certificate authority: %w", err)
	}
	return a, nil
}

// Files are the paths of what clients need.
func (a *Authority) Files() Files { return FilesIn(a.config.Dir) }

// TLS is the configuration of a server that answers for Hosts. It speaks HTTP/1.1 only, so
// that answers can be cut off and delayed as on the other port.
func (a *Authority) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return a.serverCertificate() },
	}
}

// serverCertificate is for all of Hosts. One that ends soon is replaced.
func (a *Authority) serverCertificate() (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server != nil && a.config.Now().Before(a.server.Leaf.NotAfter.Add(-renewBefore)) {
		return a.server, nil
	}
	key, err := newKey(a.config.Rand)
	if err != nil {
		return nil, err
	}
	now := a.config.Now()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: Hosts()[0], Organization: []string{"darajabox, simulated"}}, DNSNames: Hosts(),
		NotBefore: now.Add(-backdated), NotAfter: now.Add(serverLifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if template.NotAfter.After(a.cert.NotAfter) {
		template.NotAfter = a.cert.NotAfter
	}
	cert, err := sign(a.config.Rand, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	a.server = &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
	return a.server, nil
}

// newAuthority makes a key and its certificate.
func newAuthority(c AuthorityConfig) (*x509.Certificate, crypto.Signer, error) {
	key, err := newKey(c.Rand)
	if err != nil {
		return nil, nil, err
	}
	now := c.Now()
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "darajabox local CA for " + domain, Organization: []string{"darajabox, on this machine only"}},
		NotBefore: now.Add(-backdated), NotAfter: now.Add(caLifetime),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{domain},
		ExcludedIPRanges: everyAddress(), // a constraint on names says nothing of addresses
	}
	cert, err := sign(c.Rand, template, template, key.Public(), key)
	return cert, key, err
}

func newKey(random io.Reader) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return key, nil
}

func everyAddress() []*net.IPNet {
	return []*net.IPNet{{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}, {IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}}
}

// sign makes a certificate with a random serial number.
func sign(random io.Reader, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(random, serial); err != nil {
		return nil, fmt.Errorf("drawing a serial number: %w", err)
	}
	serial[0] &= 0x7f // it is positive
	template.SerialNumber = new(big.Int).SetBytes(serial)
	der, err := x509.CreateCertificate(random, template, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate just signed: %w", err)
	}
	return cert, nil
}

var errNotOurs = errors.New("it is not a certificate authority of darajabox with its key")
