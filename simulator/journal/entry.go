package journal

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/condition"
)

// entry is a record as it is kept: its numbers, and all its texts and its bodies as they
// came in one buffer. Few pointers keep the garbage collector's work small. An entry does
// not change once it is in a journal, so that it can be read without a lock and be in
// snapshots.
type entry struct {
	seq          uint64
	at           time.Time
	status, copy int
	dropped      bool
	bodies       [2]bool // whether there is a request, a response
	faults       int     // how many

	buffer string
	ends   []uint32 // of what is in buffer: request, response, the record's texts, faults, names and values of the header
}

// Where parts are in the buffer.
const (
	requestBody = iota
	responseBody
	firstText // of what follows them in the buffer
)

// newEntry is what is kept of r.
func newEntry(r *Record) *entry {
	parts := make([]string, 0, 96) // enough for nearly every record, on the stack
	kept := *r
	kept.URL, kept.Error = RedactText(r.URL), RedactText(r.Error)
	for _, field := range kept.texts() {
		parts = append(parts, cut(*field.text, MaxText))
	}
	faults := r.Faults[:min(len(r.Faults), MaxFaults)]
	for _, s := range faults {
		parts = append(parts, cut(s, MaxText))
	}
	parts = appendHeader(parts, r)
	e := &entry{
		at: r.At.Round(0).In(daraja.EAT()), status: r.Status, copy: r.Copy, dropped: r.Dropped,
		bodies: [2]bool{r.Request != nil, r.Response != nil}, faults: len(faults),
	}
	e.fill(parts, limited(r.Request), limited(r.Response))
	return e
}

// fill copies texts and bodies into the buffer.
func (e *entry) fill(parts []string, request, response []byte) {
	size := len(request) + len(response)
	for _, s := range parts {
		size += len(s)
	}
	var buffer strings.Builder
	buffer.Grow(size)
	e.ends = make([]uint32, 0, len(parts)+2)
	buffer.Write(request)
	e.ends = append(e.ends, uint32(buffer.Len()))
	buffer.Write(response)
	e.ends = append(e.ends, uint32(buffer.Len()))
	for _, s := range parts {
		buffer.WriteString(s)
		e.ends = append(e.ends, uint32(buffer.Len()))
	}
	e.buffer = buffer.String()
}

// part is a text of the buffer.
func (e *entry) part(i int) string {
	start := uint32(0)
	if i > 0 {
		start = e.ends[i-1]
	}
	return e.buffer[start:e.ends[i]]
}

// limited is what is kept of a body. A byte over the limit shows that it was cut.
func limited(body []byte) []byte { return body[:min(len(body), MaxBody+1)] }

// textField is a field of a record that is a text, with its name in conditions.
type textField struct {
	name string
	text *string
}

func (r *Record) texts() [13]textField {
	return [13]textField{
		{fieldKind, (*string)(&r.Kind)}, {fieldAPI, (*string)(&r.API)}, {fieldPayment, &r.Payment}, {fieldPhone, &r.Phone},
		{fieldReference, &r.Reference}, {condition.KeyShortcode, &r.Shortcode}, {condition.KeyAmount, &r.Amount}, {"method", &r.Method},
		{"url", &r.URL}, {"error_code", &r.ErrorCode}, {"reason", &r.Reason}, {"by", &r.By}, {"error", &r.Error},
	}
}

// cut bounds a text, between two letters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

type headerLine struct{ name, value string }

// appendHeader appends what is kept of a header: at most MaxHeaders lines and
// MaxHeaderBytes, without secrets. When there are more, those that come first by name
// are kept, so that it does not depend on the order of a map.
func appendHeader(parts []string, r *Record) []string {
	lines := make([]headerLine, 0, MaxHeaders)
	for name, values := range r.Header {
		lines = append(lines, headerLine{name, headerValue(name, strings.Join(values, ", "))})
	}
	if r.Header == nil {
		for name, value := range r.RequestHeader {
			lines = append(lines, headerLine{name, headerValue(name, value)})
		}
	}
	slices.SortFunc(lines, func(a, b headerLine) int { return strings.Compare(a.name, b.name) })
	count, size := 0, 0
	for _, l := range lines {
		if n := len(l.name) + len(l.value); count < MaxHeaders && size+n <= MaxHeaderBytes {
			parts = append(parts, l.name, l.value)
			count, size = count+1, size+n
		}
	}
	return parts
}

// decoded is an entry that is read.
type decoded struct {
	Record // without World, header and bodies

	entry *entry
	shown [2]json.RawMessage // the bodies, made at their first use
}

func (e *entry) decode() *decoded {
	d := &decoded{entry: e, Record: Record{Seq: e.seq, At: e.at, Status: e.status, Copy: e.copy, Dropped: e.dropped}}
	texts := d.texts()
	for i, field := range texts {
		*field.text = e.part(firstText + i)
	}
	for i := range e.faults {
		d.Faults = append(d.Faults, e.part(firstText+len(texts)+i))
	}
	return d
}

// header visits the lines of the request's header, until visit returns false.
func (d *decoded) header(visit func(name, value string) bool) {
	for i := firstText + len(d.texts()) + len(d.Faults); i < len(d.entry.ends); i += 2 {
		if !visit(d.entry.part(i), d.entry.part(i+1)) {
			return
		}
	}
}

// body is a body as Body makes it, or null.
func (d *decoded) body(which int) json.RawMessage {
	if d.shown[which] == nil {
		d.shown[which] = json.RawMessage("null")
		if d.entry.bodies[which] {
			d.shown[which] = RedactBody([]byte(d.entry.part(which)))
		}
	}
	return d.shown[which]
}

// record is a copy of d of its own.
func (d *decoded) record(world string) Record {
	r := d.Record
	r.World = world
	r.Faults = append([]string{}, d.Faults...)
	r.RequestHeader = maps.Collect(d.header)
	r.Request, r.Response = d.body(requestBody), d.body(responseBody)
	return r
}
