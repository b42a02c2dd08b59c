// Package console holds the pages of the control port: a phone to hold, the wallets,
// the journal, the scenario and the clock of a simulated world, in plain HTML, CSS
// and ES modules. They speak to the control API at relative URLs and need nothing
// else: no build, no network, nothing inline, so that the strictest
// Content-Security-Policy (default-src 'self') holds.
package console

import (
	"embed"
	"io/fs"
)

//go:embed index.html icon.svg css/*.css js/*.js
var files embed.FS

// Files returns the pages; index.html is the first.
func Files() fs.FS { return files }
