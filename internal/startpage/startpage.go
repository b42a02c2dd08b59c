// Package startpage is what a browser gets at / of a port that is an API for programs:
// a plain page that says what the port is for. All ports share its look. It needs no
// script and nothing from elsewhere, so the strictest Content-Security-Policy holds.
package startpage

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

//go:embed page.html style.css
var files embed.FS

// Page is what the page says. All texts are plain: they are escaped here.
type Page struct {
	Title    string
	Lead     string // what this is, in a sentence or two
	Sections []Section
}

// Section is a part of a page. What is empty is left out.
type Section struct {
	Title string
	Text  string
	Head  []string // of the table
	Rows  [][]string
	Code  string // to copy into a shell
	Links []Link
}

// Link is a link with what is behind it.
type Link struct {
	Text string
	URL  string
	Note string
}

// Before answers a browser's request for / with the page that build makes, and hands every
// other request to next as it is.
func Before(next http.Handler, build func(*http.Request) Page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !wanted(r) {
			next.ServeHTTP(w, r)
			return
		}
		body, policy, err := render(build(r))
		if err != nil {
			http.Error(w, "making the page: "+err.Error(), http.StatusInternalServerError)
			return
		}
		head := w.Header()
		head.Set("Content-Type", "text/html; charset=utf-8")
		head.Set("Content-Security-Policy", policy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		head.Set("Vary", "Accept")
		_, _ = w.Write(body) // fails only for a browser that left
	})
}

// wanted reports whether r is a browser's, for the page.
func wanted(r *http.Request) bool {
	if r.URL.Path != "/" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for _, accept := range r.Header.Values("Accept") {
		for kind := range strings.SplitSeq(accept, ",") {
			if kind, _, _ = strings.Cut(kind, ";"); strings.EqualFold(strings.TrimSpace(kind), "text/html") {
				return true
			}
		}
	}
	return false
}

// render makes the page and the policy that allows its style alone.
func render(p Page) (body []byte, policy string, err error) {
	style, err := files.ReadFile("style.css")
	if err != nil {
		return nil, "", fmt.Errorf("reading the style: %w", err)
	}
	page, err := template.ParseFS(files, "page.html")
	if err != nil {
		return nil, "", fmt.Errorf("reading the page: %w", err)
	}
	var out bytes.Buffer
	err = page.Execute(&out, struct {
		Page  Page
		Style template.CSS
	}{p, template.CSS(style)}) //nolint:gosec // the style is a file of this package
	sum := sha256.Sum256(style)
	return out.Bytes(), "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", err
}
