package journal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// WriteHAR writes the requests and callback attempts that f means as an HTTP archive
// (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/), in the order of
// WriteJSONL. Times are the world's, and nothing takes any. What HAR has no field for
// has a name that begins with _. A request's host is not known: it is localhost.
func (j *Journal) WriteHAR(w io.Writer, f Filter) error {
	out := bufio.NewWriterSize(w, 64<<10)
	_, err := out.WriteString(`{"log":{"version":"1.2","creator":{"name":"darajabox","version":"1"},"entries":[`)
	separator := "\n"
	if err == nil {
		err = j.export(f, func(r Record) error {
			if r.Kind == KindAction {
				return nil
			}
			b, err := daraja.Marshal(newHAREntry(&r))
			if err != nil {
				return fmt.Errorf("record %d: %w", r.Seq, err)
			}
			_, err = out.WriteString(separator + string(b))
			separator = ",\n"
			return err
		})
	}
	if err == nil {
		_, err = out.WriteString("\n]}}\n")
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("writing the archive: %w", err)
	}
	return nil
}

type harEntry struct {
	StartedDateTime string      `json:"startedDateTime"`
	Time            int         `json:"time"`
	Request         harRequest  `json:"request"`
	Response        harResponse `json:"response"`
	Cache           struct{}    `json:"cache"`
	Timings         harTimings  `json:"timings"`

	Seq       uint64   `json:"_seq"`
	World     string   `json:"_world"`
	Kind      Kind     `json:"_kind"`
	API       string   `json:"_api"`
	Payment   string   `json:"_payment"`
	Phone     string   `json:"_phone"`
	Reference string   `json:"_reference"`
	ErrorCode string   `json:"_error_code"`
	Reason    string   `json:"_reason"`
	By        string   `json:"_by"`
	Faults    []string `json:"_faults"`
	Copy      int      `json:"_copy"`
	Dropped   bool     `json:"_dropped"`
	Error     string   `json:"_error"`
}

type harRequest struct {
	Method      string       `json:"method"`
	URL         string       `json:"url"`
	HTTPVersion string       `json:"httpVersion"`
	Cookies     []harPair    `json:"cookies"`
	Headers     []harPair    `json:"headers"`
	QueryString []harPair    `json:"queryString"`
	PostData    *harPostData `json:"postData,omitempty"`
	HeadersSize int          `json:"headersSize"`
	BodySize    int          `json:"bodySize"`
}

type harPostData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []harPair  `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int        `json:"bodySize"`
}

type harContent struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harTimings struct {
	Send    int `json:"send"`
	Wait    int `json:"wait"`
	Receive int `json:"receive"`
}

// unknownSize is what HAR says of a size that is not known.
const unknownSize = -1

const harVersion = "HTTP/1.1"

func newHAREntry(r *Record) harEntry {
	answer := harBody(r.Response)
	return harEntry{
		StartedDateTime: r.At.Format(time.RFC3339Nano),
		Request:         newHARRequest(r),
		Response: harResponse{
			Status: r.Status, HTTPVersion: harVersion, Cookies: []harPair{}, Headers: []harPair{},
			Content:     harContent{Size: len(answer), MimeType: mimeType(answer), Text: answer},
			HeadersSize: unknownSize, BodySize: len(answer),
		},
		Seq: r.Seq, World: r.World, Kind: r.Kind, API: string(r.API), Payment: r.Payment, Phone: r.Phone, Reference: r.Reference,
		ErrorCode: r.ErrorCode, Reason: r.Reason, By: r.By, Faults: r.Faults, Copy: r.Copy, Dropped: r.Dropped, Error: r.Error,
	}
}

func newHARRequest(r *Record) harRequest {
	body := harBody(r.Request)
	q := harRequest{
		Method: r.Method, URL: r.URL, HTTPVersion: harVersion, Cookies: []harPair{}, Headers: []harPair{}, QueryString: []harPair{},
		HeadersSize: unknownSize, BodySize: len(body),
	}
	if q.Method == "" {
		q.Method = "POST" // a callback's
	}
	if strings.HasPrefix(q.URL, "/") {
		q.URL = "http://localhost" + q.URL
	}
	for _, name := range slices.Sorted(maps.Keys(r.RequestHeader)) {
		q.Headers = append(q.Headers, harPair{name, r.RequestHeader[name]})
	}
	if body != "" {
		q.PostData = &harPostData{MimeType: mimeType(body), Text: body}
		for _, h := range q.Headers {
			if strings.EqualFold(h.Name, "Content-Type") {
				q.PostData.MimeType = h.Value
			}
		}
	}
	u, err := url.Parse(q.URL)
	if err != nil {
		return q // kept as it came, and has no query that could be read
	}
	query := u.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, v := range query[name] {
			q.QueryString = append(q.QueryString, harPair{name, v})
		}
	}
	return q
}

// harBody is a body as it came.
func harBody(shown json.RawMessage) string {
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
