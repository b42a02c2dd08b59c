package journal

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// value is what a record has in a field.
type value struct {
	text    string
	number  bool // text is a number, however it is written
	there   bool // false for a zero
	missing bool // there is no such field, not even an empty one
}

// field is a field of a record that both filters and matchers have.
type field struct {
	name  string
	value func(*decoded) value
	check func(*pattern) error // of a single value; nil for any text
}

// fields are in the order in which they are compared.
func fields() []field {
	text := func(name string, get func(r *Record) string, check func(*pattern) error) field {
		return field{name, func(d *decoded) value { return textValue(get(&d.Record)) }, check}
	}
	return []field{
		text(fieldKind, func(r *Record) string { return string(r.Kind) }, oneOf(fieldKind, kinds()...)),
		text(fieldAPI, func(r *Record) string { return string(r.API) }, oneOf(fieldAPI, apis()...)),
		text(fieldPhone, func(r *Record) string { return r.Phone }, (*pattern).asPhone),
		text(fieldPayment, func(r *Record) string { return r.Payment }, nil),
		text(fieldReference, func(r *Record) string { return r.Reference }, nil),
		text("shortcode", func(r *Record) string { return r.Shortcode }, nil),
		{"amount", func(d *decoded) value { return value{text: d.Amount, number: true, there: d.Amount != ""} }, nil},
		{fieldStatus, func(d *decoded) value { return intValue(d.Status) }, (*pattern).asStatus},
		text("error_code", func(r *Record) string { return r.ErrorCode }, nil),
		text("method", func(r *Record) string { return r.Method }, nil),
		text("url", func(r *Record) string { return r.URL }, nil),
		text("reason", func(r *Record) string { return r.Reason }, nil),
		text("by", func(r *Record) string { return r.By }, nil),
		text("error", func(r *Record) string { return r.Error }, nil),
		{"copy", func(d *decoded) value { return intValue(d.Copy) }, checkCopy},
		{"dropped", func(d *decoded) value { return value{text: strconv.FormatBool(d.Dropped), there: true} }, oneOf("dropped", "true", "false")},
		{fieldFault, func(d *decoded) value { return textValue(strings.Join(d.Faults, ", ")) }, nil},
	}
}

// The fields that verdicts treat in their own way.
const (
	fieldKind      = "kind"
	fieldAPI       = "api"
	fieldPhone     = "phone"
	fieldPayment   = "payment"
	fieldReference = "reference"
	fieldStatus    = "status"
	fieldFault     = "fault"
)

func textValue(s string) value { return value{text: s, there: s != ""} }

func intValue(n int) value { return value{text: strconv.Itoa(n), number: true, there: n != 0} }

// headerField is a line of the request's header, by its name in any case.
func headerField(name string) func(*decoded) value {
	return func(d *decoded) value {
		for given, line := range d.header {
			if strings.EqualFold(given, name) {
				return value{text: line, there: true}
			}
		}
		return value{missing: true}
	}
}

// bodyField is a body as it came, without its secrets.
func bodyField(which int) func(*decoded) value {
	return func(d *decoded) value {
		shown := d.body(which)
		text := bodyText(shown)
		return value{text: text, there: text != "" && string(shown) != "null"}
	}
}

// pathField is what is at a path of a body.
func pathField(which int, path []step) func(*decoded) value {
	return func(d *decoded) value { return jsonValue(lookup(d.body(which), path)) }
}

// jsonValue is what is written in JSON; nil is nothing.
func jsonValue(raw json.RawMessage) value {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return value{missing: true}
	}
	return value{text: bodyText(raw), number: startsNumber(string(raw)), there: true}
}

// condition is that a field of a record is as a pattern says.
type condition struct {
	field string // for people: "phone", "body.Body.stkCallback.ResultCode"
	value func(*decoded) value
	want  pattern
}

// newCondition is the condition that f is as p says, or why it can't be.
func newCondition(f field, p pattern) (condition, error) {
	var err error
	if f.check != nil && p.plain() {
		err = f.check(&p)
	}
	return condition{field: f.name, value: f.value, want: p}, err
}

// holds reports whether the condition holds for d, and what d has in the field.
func (c *condition) holds(d *decoded) (bool, value) {
	v := c.value(d)
	if c.field == fieldFault && !c.want.absent { // one of them
		return slices.ContainsFunc(d.Faults, func(s string) bool { return c.want.holds(value{text: s, there: true}) }), v
	}
	return c.want.holds(v), v
}

// hold reports whether all conditions hold.
func hold(all []condition, d *decoded) bool {
	for i := range all {
		if ok, _ := all[i].holds(d); !ok {
			return false
		}
	}
	return true
}

// got is what a record has, for people.
func (c *condition) got(found value) string {
	switch {
	case c.field == fieldStatus && !found.there:
		return "0 (no answer)"
	case found.missing && strings.HasPrefix(c.field, partBody+"."), found.missing && strings.HasPrefix(c.field, partResponse+"."):
		return "absent"
	case found.text == "":
		return "empty"
	}
	return shorten(found.text)
}

// shorten bounds what is shown of a value.
func shorten(s string) string {
	if len(s) > 120 {
		return cut(s, 120) + "…"
	}
	return s
}

// wanted is what it must be, for people.
func (c *condition) wanted() string {
	switch {
	case c.want.absent:
		return "absent"
	case c.want.any:
		return "anything"
	case c.want.shown == "":
		return "empty"
	}
	return c.want.shown
}
