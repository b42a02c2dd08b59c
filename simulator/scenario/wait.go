package scenario

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// wait is a time to wait: fixed, or drawn for each request.
type wait struct {
	low, high       time.Duration // no draw is outside
	mean, deviation time.Duration
	distribution    distribution
}

// distribution draws a time in nanoseconds. Without one each time between low and high is
// as likely.
type distribution func(w *wait, c chance, p purpose) float64

// normal is Box and Muller's way from two even chances to a normal one.
func normal(w *wait, c chance, p purpose) float64 {
	return float64(w.mean) + float64(w.deviation)*math.Sqrt(-2*math.Log(1-c.of(p)))*math.Cos(2*math.Pi*c.of(p+secondDraw))
}

func exponential(w *wait, c chance, p purpose) float64 { return -float64(w.mean) * math.Log(1-c.of(p)) }

// fixed reports whether there is nothing to draw.
func (w *wait) fixed() bool { return w.distribution == nil && w.low == w.high }

// draw is the wait of one request, 0 when there is none. It is a whole number of
// milliseconds unless a bound is not, so that it does not depend on the machine's
// floating point.
func (w *wait) draw(c chance, p purpose) time.Duration {
	if w == nil {
		return 0
	}
	if w.fixed() {
		return w.low
	}
	d := float64(w.low) + c.of(p)*float64(w.high-w.low)
	if w.distribution != nil {
		d = w.distribution(w, c, p)
	}
	d = min(max(d, float64(w.low)), float64(w.high)) // before it is a Duration, which holds less
	return min(max(time.Duration(d).Round(time.Millisecond), w.low), w.high)
}

const (
	durations       = "a duration from 0s to 24h such as 500ms, 3s or 1m30s"
	waits           = durations + ", a range such as 2s..8s, or {normal: {mean: 3s, deviation: 1s}}"
	durationUnits   = `([0-9]+(\.[0-9]+)?(ms|s|m|h))+`
	durationPattern = `^` + durationUnits + `$`
	rangePattern    = `^\s*` + durationUnits + `\s*\.\.\s*` + durationUnits + `\s*$`
)

// durationForm is a fixed time.
func durationForm() form[time.Duration] {
	return scalar(durations, durationSchema("", "500ms", "3s", "1m30s"), readDuration)
}

// durationSchema is a duration, or a text of another pattern.
func durationSchema(orPattern string, examples ...any) object {
	choices := []object{text(durationPattern), {"const": 0}}
	if orPattern != "" {
		choices = append(choices, text(orPattern))
	}
	return choice(examples, choices...)
}

func readDuration(n *node) (time.Duration, *problem) {
	if n.text == "0" && n.plain {
		return 0, nil
	}
	if !regexp.MustCompile(durationPattern).MatchString(n.text) {
		return 0, cannotBe(n, nearDuration(n.text))
	}
	d, err := time.ParseDuration(n.text)
	if err != nil || d > maxWait {
		return 0, cannotBe(n, "")
	}
	return d, nil
}

// nearDuration mends "3", "3 s", "3sec" and "2 minutes".
func nearDuration(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, " ", ""))
	number := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	if n, err := strconv.ParseFloat(number, 64); err != nil || n < 0 || strings.Trim(number, "0123456789.") != "" {
		return ""
	}
	unit := strings.TrimPrefix(s, number)
	switch {
	case unit == "" || unit == "s" || strings.HasPrefix(unit, "sec"):
		return number + "s"
	case unit == "ms" || strings.HasPrefix(unit, "milli"):
		return number + "ms"
	case unit == "m" || strings.HasPrefix(unit, "min"):
		return number + "m"
	case strings.HasPrefix(unit, "h"):
		return number + "h"
	}
	return ""
}

// waitForm is a fixed time, a range, or a distribution.
func waitForm() form[wait] {
	t := waitTable()
	f := scalar(waits, durationSchema(rangePattern, "500ms", "3s", "1m30s", "2s..8s"), readRange).or(t)
	read := f.read
	f.read = func(r *reader, n *node, name string) (wait, bool) {
		if near := nearUniform(n); near != "" {
			r.add(n.at, problem{What: name + " has no distribution", Expected: "a range, or " + oneOf(t.keys()), Nearest: near})
			return wait{}, false
		}
		return read(r, n, name)
	}
	return f
}

// readRange reads a duration, or a range of two.
func readRange(n *node) (wait, *problem) {
	low, high, isRange := strings.Cut(n.text, "..")
	if !isRange || strings.HasPrefix(high, ".") {
		d, p := readDuration(n)
		dash := regexp.MustCompile(`^\s*([0-9.]+\s*[a-z]*)\s*(?:-|–|to|\.\.\.|…)\s*([0-9.]+\s*[a-z]*)\s*$`)
		if m := dash.FindStringSubmatch(n.text); p != nil && m != nil {
			p.Nearest = nearRange(m[1], m[2])
		}
		return wait{low: d, high: d}, p
	}
	low, high = strings.TrimSpace(low), strings.TrimSpace(high)
	a, p := readDuration(&node{text: low, plain: true})
	b, q := readDuration(&node{text: high, plain: true})
	if p != nil || q != nil {
		near := nearRange(low, high)
		if near == strings.TrimSpace(n.text) {
			near = ""
		}
		return wait{}, cannotBe(n, near)
	}
	if a > b {
		return wait{}, &problem{What: "goes down from " + low + " to " + high, Expected: "the shorter time first"}
	}
	return wait{low: a, high: b}, nil
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

// nearUniform is the range that was meant by {min: 1s, max: 3s} or {uniform: {…}}.
func nearUniform(n *node) string {
	ends := make(map[string]string)
	for _, p := range n.pairs {
		if p.key == "uniform" && len(n.pairs) == 1 && p.value.kind == mappingNode {
			return nearUniform(p.value)
		}
		ends[p.key] = p.value.text
	}
	if len(n.pairs) != 2 {
		return ""
	}
	return nearRange(ends["min"], ends["max"])
}

// waitTable has a key for each distribution.
func waitTable() keyTable[wait] {
	set := func(w *wait, drawn wait) { *w = drawn }
	mean := durationField("mean", func(w *wait) *time.Duration { return &w.mean })
	deviation := durationField("deviation", func(w *wait) *time.Duration { return &w.deviation })
	table := keyTable[wait]{
		name: "wait", constraints: object{"minProperties": 1, "maxProperties": 1},
		fields: []field[wait]{
			value("normal", distributionForm("normal", normal, mean, deviation), set),
			value("exponential", distributionForm("exponential", exponential, mean), set),
		},
	}
	table.check = func(r *reader, m mapping, _ *wait) {
		count := map[int]string{0: "no distribution", 2: "2 distributions"}[len(m.keys)]
		if count != "" && table.allKnown(m) {
			r.add(m.at, problem{What: m.name + " has " + count, Expected: oneOf(table.keys())})
		}
	}
	return table
}

func durationField(name string, of func(*wait) *time.Duration) field[wait] {
	return value(name, durationForm(), func(w *wait, d time.Duration) { *of(w) = d })
}

// distributionForm has the required keys of a distribution, min and max.
func distributionForm(name string, d distribution, required ...field[wait]) form[wait] {
	t := keyTable[wait]{name: name, initial: wait{distribution: d, high: maxWait}, fields: append(required,
		durationField("min", func(w *wait) *time.Duration { return &w.low }),
		durationField("max", func(w *wait) *time.Duration { return &w.high }))}
	for _, f := range required {
		t.required = append(t.required, requirement{f.name, f.name + ": 3s, or another duration"})
	}
	t.check = func(r *reader, m mapping, w *wait) {
		if w.low > w.high {
			r.add(m.later("min", "max"), problem{What: "min is above max", Expected: "the shorter time in min"})
		}
	}
	return t.form()
}
