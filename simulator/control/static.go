package control

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed docs
var docs embed.FS

// docsFiles is the page to try the API.
func docsFiles() fs.FS {
	files, err := fs.Sub(docs, "docs")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return files
}

// pages serves the files below a path; the path itself is index.html.
func pages(files fs.FS, below string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.Trim(strings.TrimPrefix(r.URL.Path, below), "/")
		if name == "" {
			name = "index.html"
		}
		kind, served := contentType(name)
		content, err := fs.ReadFile(files, name)
		if err != nil || !served || hidden(name) {
			noSuchPath(w, r)
			return
		}
		sum := sha256.Sum256(content)
		head := w.Header()
		head.Set("Content-Type", kind)
		head.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
		head.Set("Cache-Control", "no-cache") // asked for again each time, and sent when it changed
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	})
}

// hidden files are not for the web.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.Contains(name, "/.") }

// contentType is what a page's file is, whatever the machine's own table says. It is
// false for what is no file of a page.
func contentType(name string) (string, bool) {
	kind, ok := map[string]string{
		".html":  "text/html; charset=utf-8",
		".css":   "text/css; charset=utf-8",
		".js":    "text/javascript; charset=utf-8",
		".mjs":   "text/javascript; charset=utf-8",
		".json":  "application/json",
		".svg":   "image/svg+xml",
		".png":   "image/png",
		".ico":   "image/x-icon",
		".woff2": "font/woff2",
		".txt":   "text/plain; charset=utf-8",

		".webmanifest": "application/manifest+json",
	}[path.Ext(name)]
	return kind, ok
}
