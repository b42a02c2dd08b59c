package scenario

import (
	"math"
	"regexp"
	"strings"
	"time"
)

// shape is how a wait is drawn.
type shape int

const (
	uniform shape = iota // between low and high; the same when both are
	normal
	exponential
)

// wait is a time to wait: fixed, or drawn for each request.
type wait struct {
	shape           shape
	low, high       time.Duration // no draw is outside
	mean, deviation time.Duration
}

// fixed reports whether there is nothing to draw, and what it is.
func (w wait) fixed() (time.Duration, bool) { return w.low, w.shape == uniform && w.low == w.high }

// draw is the wait of one request. It is a whole number of milliseconds unless a
// bound is not, so that it does not depend on the machine's floating point.
func (w wait) draw(c chance, p purpose) time.Duration {
	if d, ok := w.fixed(); ok {
		return d
	}
	x := c.of(p)
	var d float64
	switch w.shape {
	case normal:
		// Box and Muller's way from two even chances to a normal one.
		d = float64(w.mean) + float64(w.deviation)*math.Sqrt(-2*math.Log(1-x))*math.Cos(2*math.Pi*c.of(p+secondDraw))
	case exponential:
		d = -float64(w.mean) * math.Log(1-x)
	default:
		d = float64(w.low) + x*float64(w.high-w.low)
	}
	d = min(max(d, float64(w.low)), float64(w.high)) // before it is a Duration, which holds less
	return min(max(time.Duration(d).Round(time.Millisecond), w.low), w.high)
}

const (
	waits        = durations + ", a range such as 2s..8s, or {normal: {mean: 3s, deviation: 1s}}"
	rangePattern = `^\s*([0-9]+(\.[0-9]+)?(ms|s|m|h))+\s*\.\.\s*([0-9]+(\.[0-9]+)?(ms|s|m|h))+\s*$`
)

// waitField is a field whose value is a wait in any form.
func waitField[T any](name, doc string, set func(*T, wait)) field[T] {
	return field[T]{name: name, doc: doc, expected: waits, example: name + ": 2s..8s", schema: defined("wait"), read: func(r *reader, n *node, into *T) {
		if n.kind == mapping {
			set(into, readDistribution(r, n, name))
			return
		}
		if w, ok := readScalar(r, n, name, waitForm()); ok {
			set(into, w)
		}
	}}
}

// waitForm is a wait without keys: a duration, or a range of two.
func waitForm() form[wait] {
	one := durationForm()
	return form[wait]{expected: waits, schema: waitScalarSchema,
		parse: func(r *reader, n *node) (wait, *problem) {
			low, high, isRange := cutRange(n.text)
			if !isRange {
				d, p := one.parse(r, n)
				if m := dashRange().FindStringSubmatch(n.text); p != nil && m != nil {
					p.nearest = nearRange(m[1], m[2])
				}
				return wait{low: d, high: d}, p
			}
			return parseRange(r, one, n, low, high)
		}}
}

// parseRange reads the two ends of a range.
func parseRange(r *reader, one form[time.Duration], n *node, low, high string) (wait, *problem) {
	a, p := one.parse(r, &node{kind: scalar, text: low, plain: true})
	b, q := one.parse(r, &node{kind: scalar, text: high, plain: true})
	if p != nil || q != nil {
		mended := nearRange(low, high)
		if mended == strings.TrimSpace(n.text) {
			mended = ""
		}
		return wait{}, &problem{what: "cannot be " + quote(n.text), nearest: mended}
	}
	if a > b {
		return wait{}, &problem{what: "goes down from " + low + " to " + high, expected: "the shorter time first"}
	}
	return wait{low: a, high: b}, nil
}

// dashRange is a range with a dash, as people write it.
func dashRange() *regexp.Regexp {
	return regexp.MustCompile(`^\s*([0-9.]+\s*[a-z]*)\s*(?:-|–|to|\.\.\.|…)\s*([0-9.]+\s*[a-z]*)\s*$`)
}

// nearRange mends "2..8s" and "2s..8": the unit that one end lacks is the other's.
func nearRange(low, high string) string {
	unit := func(s string) string { return strings.TrimLeft(s, "0123456789. ") }
	if unit(low) == "" && unit(high) != "" {
		low += unit(high)
	}
	a, b := nearDuration(low), nearDuration(high)
	if a == "" || b == "" {
		return ""
	}
	return a + ".." + b
}

// cutRange splits "2s..8s".
func cutRange(s string) (low, high string, ok bool) {
	low, high, ok = strings.Cut(s, "..")
	return strings.TrimSpace(low), strings.TrimSpace(high), ok && !strings.HasPrefix(high, ".")
}

func waitFields() []field[wait] {
	return []field[wait]{
		{name: "normal", doc: "Drawn round a mean, as the time that people take.", example: "normal: {mean: 3s, deviation: 1s, max: 10s}", schema: defined("normal"),
			read: func(r *reader, n *node, w *wait) { readShape(r, n, "normal", normal, r.language.normal, w) }},
		{name: "exponential", doc: "Mostly short and sometimes long, as the delay of a network.", example: "exponential: {mean: 300ms}", schema: defined("exponential"),
			read: func(r *reader, n *node, w *wait) {
				readShape(r, n, "exponential", exponential, r.language.exponential, w)
			}},
	}
}

func normalFields() []field[wait] {
	return []field[wait]{
		value("mean", "The middle. Required.", durationForm(), func(w *wait, d time.Duration) { w.mean = d }),
		value("deviation", "How far from the middle two draws of three stay. Required.", durationForm(), func(w *wait, d time.Duration) { w.deviation = d }).shown("deviation: 1s"),
		minField(), maxField(),
	}
}

func exponentialFields() []field[wait] {
	return []field[wait]{
		value("mean", "The average. Required.", durationForm(), func(w *wait, d time.Duration) { w.mean = d }),
		minField(), maxField(),
	}
}

func minField() field[wait] {
	return value("min", "No draw is below it.", durationForm(), func(w *wait, d time.Duration) { w.low = d }).shown("min: 1s")
}

func maxField() field[wait] {
	return value("max", "No draw is above it.", durationForm(), func(w *wait, d time.Duration) { w.high = d }).shown("max: 10s")
}

// readDistribution reads {normal: {…}} or {exponential: {…}}.
func readDistribution(r *reader, n *node, name string) wait {
	var w wait
	if near := spokenRange(n); near != "" {
		r.add(n.at, problem{what: name + " has no distribution", expected: "a range, or one of " + strings.Join(names(r.language.wait), ", "), nearest: near})
		return w
	}
	seen := readMapping(r, n, name, r.language.wait, &w)
	if seen.allIn(names(r.language.wait)) && len(seen) != 1 {
		r.add(n.at, problem{what: name + " has " + count(len(seen), "distribution"), expected: "one of " + strings.Join(names(r.language.wait), ", ")})
	}
	return w
}

// spokenRange is the range that was meant by {min: 1s, max: 3s} or {uniform: {…}}.
func spokenRange(n *node) string {
	ends := make(map[string]string)
	for _, p := range n.pairs {
		if p.key == "uniform" && len(n.pairs) == 1 && p.value.kind == mapping {
			return spokenRange(p.value)
		}
		ends[p.key] = p.value.text
	}
	if len(n.pairs) != 2 {
		return ""
	}
	return nearRange(ends["min"], ends["max"])
}

func readShape(r *reader, n *node, name string, s shape, fields []field[wait], w *wait) {
	*w = wait{shape: s, high: maxWait}
	seen := readMapping(r, n, name, fields, w)
	if seen == nil {
		return
	}
	for _, required := range shapeRequires(s) {
		if lacks(seen, fields, required) {
			r.add(n.at, problem{what: name + " has no " + required, expected: required + ": 3s, or another duration"})
		}
	}
	if w.low > w.high {
		r.add(seen.later("min", "max"), problem{what: "min is above max", expected: "the shorter time in min"})
	}
}

func shapeRequires(s shape) []string {
	if s == normal {
		return []string{"mean", "deviation"}
	}
	return []string{"mean"}
}

// waitScalarSchema is a wait without keys.
func waitScalarSchema() object {
	one := durationForm().schema()
	choices, _ := one["anyOf"].([]object)
	return object{"anyOf": append(choices, object{"type": "string", "pattern": rangePattern}), "examples": []any{"500ms", "3s", "1m30s", "2s..8s"}}
}
