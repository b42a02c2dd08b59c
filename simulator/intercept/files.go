package intercept

import (
	"bytes"
	"crypto"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// TrustStorePassword opens the trust store. It is Java's usual one: a trust store holds no
// secret.
const TrustStorePassword = pkcs12.DefaultPassword

// Files are the files of an authority.
type Files struct {
	Key        string // of the authority, with its certificate; 0600
	CA         string // its certificate
	Bundle     string // what this machine trusts, and the certificate
	TrustStore string // the same for Java, in PKCS #12
	PHP        string // folder with a php.ini that names the bundle
	Node       string // module that sends connections to Hosts to the simulator
}

// FilesIn are the paths of the files in a folder.
func FilesIn(dir string) Files {
	return Files{
		Key: filepath.Join(dir, "ca.key"), CA: filepath.Join(dir, "ca.pem"), Bundle: filepath.Join(dir, "bundle.pem"),
		TrustStore: filepath.Join(dir, "truststore.p12"), PHP: filepath.Join(dir, "php"), Node: filepath.Join(dir, "node.cjs"),
	}
}

//go:embed node.cjs
var nodeModule []byte

// openKey reads the authority's key and certificate, or makes them when there are none or
// when they end soon.
func openKey(c AuthorityConfig) (*x509.Certificate, crypto.Signer, error) {
	file := FilesIn(c.Dir).Key
	cert, key, err := readKey(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return makeKey(c, file, os.Link) // Link does not replace what another process has made meanwhile
	case err != nil:
		return nil, nil, err
	case c.Now().After(cert.NotAfter.Add(-renewBefore)):
		return makeKey(c, file, os.Rename)
	}
	return cert, key, nil
}

// makeKey makes a key and its certificate in one file, which put moves into place.
// When another process was first, its key is taken.
func makeKey(c AuthorityConfig, file string, put func(from, to string) error) (*x509.Certificate, crypto.Signer, error) {
	cert, key, err := newAuthority(c)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("encoding the key: %w", err)
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil { //nolint:gosec // programs of other users may need the certificate
		return nil, nil, fmt.Errorf("making the folder: %w", err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), encodeCertificate(cert.Raw)...)
	err = writeBeside(file, text, 0o600, put)
	if errors.Is(err, fs.ErrExist) {
		return readKey(file)
	}
	return cert, key, err
}

// readKey reads what makeKey wrote. A file that others may read, such as one that was put
// back from a backup, becomes the owner's own.
func readKey(file string) (*x509.Certificate, crypto.Signer, error) {
	text, err := os.ReadFile(file) //nolint:gosec // a file of the directory that the user gave
	if err != nil {
		return nil, nil, fmt.Errorf("reading its key: %w", err)
	}
	cert, key, err := parseKey(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w; remove the file to have another made", file, err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		return nil, nil, fmt.Errorf("keeping the key from others: %w", err)
	}
	return cert, key, nil
}

func parseKey(text []byte) (*x509.Certificate, crypto.Signer, error) {
	keyBlock, rest := pem.Decode(text)
	certBlock, _ := pem.Decode(rest)
	if keyBlock == nil || certBlock == nil {
		return nil, nil, errNotOurs
	}
	parsed, keyErr := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	cert, certErr := x509.ParseCertificate(certBlock.Bytes)
	key, ok := parsed.(crypto.Signer)
	if keyErr != nil || certErr != nil || !ok {
		return nil, nil, errNotOurs
	}
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	constrained := cert.IsCA && len(cert.PermittedDNSDomains) == 1 && cert.PermittedDNSDomains[0] == domain
	if !ok || !public.Equal(cert.PublicKey) || !constrained {
		return nil, nil, errNotOurs
	}
	return cert, key, nil
}

// writeFiles brings the files for clients up to date. The trust store is encrypted, so it
// differs each time; it is written when the bundle has changed.
func (a *Authority) writeFiles() error {
	files := a.Files()
	ca := encodeCertificate(a.cert.Raw)
	bundle := a.bundle(ca)
	changed, err := writeChanged(files.Bundle, bundle)
	if err != nil {
		return err
	}
	if _, err := os.Stat(files.TrustStore); changed || err != nil {
		if err := a.writeTrustStore(files.TrustStore); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(files.PHP, 0o755); err != nil { //nolint:gosec // as the folder above
		return fmt.Errorf("making the folder for PHP: %w", err)
	}
	ini := fmt.Sprintf("; Written by darajabox; PHP_INI_SCAN_DIR names this folder.\ncurl.cainfo = \"%s\"\nopenssl.cafile = \"%[1]s\"\n", files.Bundle)
	for file, text := range map[string][]byte{files.CA: ca, filepath.Join(files.PHP, "darajabox.ini"): []byte(ini), files.Node: nodeModule} {
		if _, err := writeChanged(file, text); err != nil {
			return err
		}
	}
	return nil
}

// bundle is what this machine trusts, and the authority.
func (a *Authority) bundle(ca []byte) []byte {
	text := bytes.NewBufferString("# Written by darajabox: what this machine trusts, and " + a.cert.Subject.CommonName + " at the end.\n")
	for _, der := range a.config.Roots {
		text.Write(encodeCertificate(der))
	}
	text.Write(ca)
	return text.Bytes()
}

func (a *Authority) writeTrustStore(file string) error {
	entries := []pkcs12.TrustStoreEntry{{Cert: a.cert, FriendlyName: a.cert.Subject.CommonName}}
	for i, der := range a.config.Roots {
		if cert, err := x509.ParseCertificate(der); err == nil { // what Go cannot read it has no use for
			entries = append(entries, pkcs12.TrustStoreEntry{Cert: cert, FriendlyName: fmt.Sprintf("root %d", i+1)})
		}
	}
	store, err := pkcs12.Modern.WithRand(a.config.Rand).EncodeTrustStoreEntries(entries, TrustStorePassword)
	if err != nil {
		return fmt.Errorf("making the trust store: %w", err)
	}
	return writeBeside(file, store, 0o644, os.Rename)
}

func encodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// writeChanged writes a file unless it has that text already.
func writeChanged(file string, text []byte) (changed bool, err error) {
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, text) { //nolint:gosec // a file of the directory that the user gave
		return false, nil
	}
	return true, writeBeside(file, text, 0o644, os.Rename)
}

// writeBeside writes a file under another name and puts it in place when it is whole: other
// processes read it meanwhile.
func writeBeside(file string, text []byte, mode fs.FileMode, put func(from, to string) error) error {
	temporary, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-")
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // it is gone when it was renamed
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Close())
	if err == nil {
		err = put(temporary.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}

// ParseRoots are the certificates in a file of PEM blocks, in DER.
func ParseRoots(text []byte) (roots [][]byte) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return roots
		}
		if strings.HasSuffix(block.Type, "CERTIFICATE") && block.Type != "TRUSTED CERTIFICATE" {
			roots = append(roots, block.Bytes)
		}
	}
}
