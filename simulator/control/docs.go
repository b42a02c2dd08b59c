package control

import (
	"bytes"
	"crypto/sha256"
	"embed"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
	"go.yaml.in/yaml/v4"
)

//go:embed docs
var docs embed.FS

// apiPage is the page to try the API at /docs: Swagger UI's files around a page of our
// own, since the library's page has scripts inside it, which the Content-Security-Policy
// refuses.
func apiPage() http.Handler {
	own, err := fs.Sub(docs, "docs")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	page := pages(own, "/docs")
	library := v5emb.NewHandlerWithConfig(swgui.Config{BasePath: "/docs"})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains([]string{"/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js"}, r.URL.Path) {
			w.Header().Set("Cache-Control", "no-cache")
			library.ServeHTTP(w, r)
			return
		}
		// Swagger UI's style sheet has its icons inside it.
		w.Header().Set("Content-Security-Policy", securityPolicy+"; img-src 'self' data:")
		page.ServeHTTP(w, r)
	})
}

// openapiSource is the description of the API, by hand.
//
//go:embed openapi.yaml
var openapiSource []byte

// openapiAsJSON is the same in JSON, which browsers read without help.
func openapiAsJSON() ([]byte, error) {
	var document any
	if err := yaml.Load(openapiSource, &document); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	return json.Marshal(document)
}

func (s *server) openapiYAML(*http.Request) (any, error) {
	return response{kind: "application/yaml", raw: openapiSource}, nil
}

func (s *server) openapiJSON(*http.Request) (any, error) {
	body, err := s.openapi()
	return response{kind: "application/json", raw: body}, err
}

// pages serves the files below a path; the path itself is index.html.
func pages(files fs.FS, below string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.Trim(strings.TrimPrefix(r.URL.Path, below), "/")
		if name == "" {
			name = "index.html"
		}
		kind := contentTypes()[path.Ext(name)]
		content, err := fs.ReadFile(files, name)
		if err != nil || kind == "" || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
			handler(refusePath).ServeHTTP(w, r)
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

// contentTypes are those of the files of pages, whatever the machine's own table says.
func contentTypes() map[string]string {
	return map[string]string{
		".html": "text/html; charset=utf-8",
		".css":  "text/css; charset=utf-8",
		".js":   "text/javascript; charset=utf-8",
		".svg":  "image/svg+xml",
	}
}
