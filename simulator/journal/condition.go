package journal

import (
	"strconv"
	"strings"
)

// place is where in a record a condition looks. Below texts it is one of them.
type place int

const (
	placeStatus place = texts + iota
	placeCopy
	placeDropped
	placeFault
	placeHeader
	placeBody
	placeResponse
)

// condition is that a field of a record is as a pattern says.
type condition struct {
	field string // for people: "phone", "body.Body.stkCallback.ResultCode"
	place place
	name  string // of a line of the header
	path  []step // in a body; none is all of it
	want  pattern
}

func (c *condition) holds(v *view) bool {
	if c.place == placeFault && !c.want.absent {
		return c.faultHolds(v)
	}
	var room [20]byte
	return c.want.holds(c.value(v, room[:0]))
}

// faultHolds reports whether one of the faults is right.
func (c *condition) faultHolds(v *view) (holds bool) {
	v.faults.list(func(s []byte) { holds = holds || c.want.holds(value{text: s, there: true}) })
	return holds
}

// value is what v has in the place; numbers are written into room.
func (c *condition) value(v *view, room []byte) value {
	switch c.place {
	case placeStatus:
		return value{text: strconv.AppendInt(room, int64(v.status), 10), number: true, there: v.status != 0}
	case placeCopy:
		return value{text: strconv.AppendInt(room, int64(v.copy), 10), number: true, there: v.copy != 0}
	case placeDropped:
		return value{text: strconv.AppendBool(room, v.dropped), there: true}
	case placeFault:
		return v.faultList()
	case placeHeader:
		return v.headerLine(c.name)
	case placeBody:
		return bodyValue(v.request, c.path)
	case placeResponse:
		return bodyValue(v.response, c.path)
	}
	s := v.texts[c.place]
	return value{text: s, number: c.place == textAmount, there: len(s) > 0}
}

// faultList is all faults in a line.
func (v *view) faultList() value {
	var all []string
	v.faults.list(func(s []byte) { all = append(all, string(s)) })
	return value{text: []byte(strings.Join(all, ", ")), there: len(all) > 0}
}

// headerLine is a line of the request's header, by its name in any case.
func (v *view) headerLine(wanted string) (found value) {
	v.header.lines(func(name, line []byte) {
		if strings.EqualFold(string(name), wanted) {
			found = value{text: line, there: true}
		}
	})
	return found
}

// bodyValue is what is at a path of a body, or the body as it came.
func bodyValue(kept []byte, path []step) value {
	if len(path) > 0 {
		return literalValue(lookup(kept, path))
	}
	if len(kept) > 0 && kept[0] == '"' {
		kept = []byte(text(kept))
	}
	return value{text: kept, there: len(kept) > 0 && string(kept) != "null"}
}

// got is what v has, for people.
func (c *condition) got(v *view) string {
	var room [20]byte
	found := c.value(v, room[:0])
	switch {
	case c.place == placeStatus && v.status == 0:
		return "0 (no answer)"
	case !found.there && (c.place == placeBody || c.place == placeResponse) && len(c.path) > 0:
		return "absent"
	case len(found.text) == 0:
		return "empty"
	}
	return shorten(string(found.text))
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

// hold reports whether all conditions hold.
func hold(all []condition, v *view) bool {
	for i := range all {
		if !all[i].holds(v) {
			return false
		}
	}
	return true
}

// textField is a field that both filters and matchers have.
type textField struct {
	name  string
	place place
}

// fields are in the order in which they are looked at.
func fields() []textField {
	return []textField{
		{"kind", textKind}, {"api", textAPI}, {"phone", textPhone}, {"payment", textPayment},
		{"reference", textReference}, {"shortcode", textShortcode}, {"amount", textAmount},
		{"status", placeStatus}, {"error_code", textErrorCode}, {"method", textMethod}, {"url", textURL},
		{"reason", textReason}, {"by", textBy}, {"error", textError},
		{"copy", placeCopy}, {"dropped", placeDropped}, {"fault", placeFault},
	}
}

// newCondition is the condition that a field is as p says, or why it can't be.
func newCondition(f textField, p pattern) (condition, error) {
	c := condition{field: f.name, place: f.place, want: p}
	plain := p.plain()
	switch f.place {
	case textKind:
		if plain {
			return c, oneOf(f.name, p.shown, kinds())
		}
	case textAPI:
		if plain {
			return c, oneOf(f.name, p.shown, apis())
		}
	case textPhone:
		c.want.asPhone()
	case placeStatus:
		if plain {
			c.want.asStatus()
			return c, checkStatus(p.shown)
		}
	case placeCopy:
		if plain {
			return c, checkNumber(f.name, p.shown)
		}
	case placeDropped:
		if plain {
			return c, oneOf(f.name, p.shown, []string{"true", "false"})
		}
	default: // any text will do
	}
	return c, nil
}
