package intercept

import (
	"os"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// rootFiles is where systems keep what they trust, in one file.
func rootFiles() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt", // Debian, Arch, Alpine
		"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
		"/etc/ssl/ca-bundle.pem",             // openSUSE
		"/etc/ssl/cert.pem",                  // macOS, the BSDs
	}
}

// SystemRoots are what this machine trusts, in DER: those of file when it is not "", or of
// the system's own file. Where there is none, such as on Windows, they are Mozilla's.
func SystemRoots(file string) (roots [][]byte) {
	for _, name := range append([]string{file}, rootFiles()...) {
		if name == "" {
			continue
		}
		if text, err := os.ReadFile(name); err == nil { //nolint:gosec // a file that the system or the user names; another one may be there
			if roots = ParseRoots(text); len(roots) > 0 {
				return roots
			}
		}
	}
	for root := range bundle.Roots() {
		if root.Constraint == nil { // a file cannot express one
			roots = append(roots, root.Certificate)
		}
	}
	return roots
}
