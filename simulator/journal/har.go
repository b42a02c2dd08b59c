package journal

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// harEntryTemplate is an entry of an HTTP archive, without its line breaks. -1 is HAR's
// size that is not known.
const harEntryTemplate = `{"startedDateTime":{{json .At}},"time":0,
"request":{"method":{{json .Method}},"url":{{json .URL}},"httpVersion":"HTTP/1.1","cookies":[],
"headers":{{json .Headers}},"queryString":{{json .Query}},
{{if .Body}}"postData":{"mimeType":{{json .MimeType}},"text":{{json .Body}}},{{end}}"headersSize":-1,"bodySize":{{len .Body}}},
"response":{"status":{{.Record.Status}},"statusText":"","httpVersion":"HTTP/1.1","cookies":[],"headers":[],
"content":{"size":{{len .Answer}},"mimeType":{{json .AnswerMimeType}},"text":{{json .Answer}}},
"redirectURL":"","headersSize":-1,"bodySize":{{len .Answer}}},
"cache":{},"timings":{"send":0,"wait":0,"receive":0},
{{with .Record}}"_seq":{{.Seq}},"_world":{{json .World}},"_kind":{{json .Kind}},"_api":{{json .API}},
"_payment":{{json .Payment}},"_phone":{{json .Phone}},
"_reference":{{json .Reference}},"_error_code":{{json .ErrorCode}},"_reason":{{json .Reason}},"_by":{{json .By}},"_faults":{{json .Faults}},
"_copy":{{.Copy}},"_dropped":{{.Dropped}},"_error":{{json .Error}}{{end}}}`

// WriteHAR writes the requests and callback attempts that f means as an HTTP archive
// (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/), in the order of
// WriteJSONL. Times are the world's, and nothing takes any. What HAR has no field for
// has a name that begins with _. A request's host is not known: it is localhost.
func (j *Journal) WriteHAR(w io.Writer, f Filter) error {
	toJSON := func(v any) (string, error) {
		text, err := daraja.Marshal(v)
		return string(text), err
	}
	entry, err := template.New("").Funcs(template.FuncMap{"json": toJSON}).Parse(strings.ReplaceAll(harEntryTemplate, "\n", ""))
	if err != nil {
		return err
	}
	return writeBuffered(w, "archive", func(out *bufio.Writer) error {
		_, _ = out.WriteString(`{"log":{"version":"1.2","creator":{"name":"darajabox","version":"1"},"entries":[`)
		separator := "\n"
		err := j.export(f, func(r Record) error {
			if r.Kind == KindAction {
				return nil
			}
			_, _ = out.WriteString(separator)
			separator = ",\n"
			return entry.Execute(out, newHAREntry(r))
		})
		_, _ = out.WriteString("\n]}}\n")
		return err
	})
}

// harEntry has the values of harEntryTemplate.
type harEntry struct {
	Record          Record
	At, Method, URL string
	Headers, Query  []harPair
	Body, MimeType  string
	Answer          string
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// AnswerMimeType is what the answer looks like.
func (e harEntry) AnswerMimeType() string { return mimeType(e.Answer) }

func newHAREntry(r Record) harEntry {
	e := harEntry{
		Record: r, At: r.At.Format(time.RFC3339Nano), Method: r.Method, URL: r.URL, Headers: []harPair{}, Query: []harPair{},
		Body: originalBody(r.Request), Answer: originalBody(r.Response),
	}
	if e.Method == "" {
		e.Method = "POST" // a callback's
	}
	if strings.HasPrefix(e.URL, "/") {
		e.URL = "http://localhost" + e.URL
	}
	e.MimeType = mimeType(e.Body)
	for _, name := range slices.Sorted(maps.Keys(r.RequestHeader)) {
		value := r.RequestHeader[name]
		e.Headers = append(e.Headers, harPair{name, value})
		if strings.EqualFold(name, "Content-Type") {
			e.MimeType = value
		}
	}
	if u, err := url.Parse(e.URL); err == nil { // another URL is kept as it came, without a query
		query := u.Query()
		for _, name := range slices.Sorted(maps.Keys(query)) {
			for _, value := range query[name] {
				e.Query = append(e.Query, harPair{name, value})
			}
		}
	}
	return e
}

// originalBody is a body as it came.
func originalBody(shown json.RawMessage) string {
	if string(shown) == "null" {
		return ""
	}
	return bodyText(shown)
}

// mimeType is what a body looks like.
func mimeType(body string) string {
	switch {
	case body == "":
		return ""
	case json.Valid([]byte(body)):
		return "application/json"
	case strings.HasPrefix(strings.TrimSpace(body), "<"):
		return "text/html"
	}
	return "text/plain"
}
