// Package startpage is what a browser gets at / of a port that is an API for programs:
// a plain page that says what the port is for. All ports share its look. It needs no
// script and nothing from other servers, so the strictest Content-Security-Policy holds.
package startpage

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
)

//go:embed page.html
var page string

//go:embed style.css
var style string

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

// Handler answers a browser's request for / with the page that build makes, and hands every
// other request to next as it is.
func Handler(next http.Handler, build func(*http.Request) Page) http.Handler {
	layout := template.Must(template.New("page").Parse(page))
	sum := sha256.Sum256([]byte(style))
	policy := "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" // allows this style alone
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !wantsPage(r) {
			next.ServeHTTP(w, r)
			return
		}
		var body bytes.Buffer
		if err := layout.Execute(&body, struct {
			Page  Page
			Style template.CSS
		}{build(r), template.CSS(style)}); err != nil { //nolint:gosec // the style is a file of this package
			http.Error(w, "making the page: "+err.Error(), http.StatusInternalServerError)
			return
		}
		for name, value := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control": "no-store", "Vary": "Accept",
		} {
			w.Header().Set(name, value)
		}
		_, _ = w.Write(body.Bytes()) // fails only for a browser that left
	})
}

// wantsPage reports whether r is a browser's, for the page.
func wantsPage(r *http.Request) bool {
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
