package scenario

import (
	"regexp"
	"strings"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

const (
	dateExample = "2026-11-24T12:00:00+03:00"
	datePattern = `^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$`
)

// dateForm is a point in time with its zone.
func dateForm() form[time.Time] {
	schema := object{"type": "string", "pattern": datePattern, "examples": []any{dateExample}}
	return scalar("a date with its zone such as "+dateExample, schema, readDate)
}

func readDate(n *node) (time.Time, *problem) {
	t, ok := parseDate(n.text)
	if !ok {
		return t, cannotBe(n, nearDate(n.text))
	}
	return t, nil
}

func parseDate(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil && regexp.MustCompile(datePattern).MatchString(s)
}

// nearDate mends a date without a zone, without a T, or without a time of day.
func nearDate(s string) string {
	s = strings.Replace(strings.TrimSpace(s), " ", "T", 1)
	for _, rest := range []string{"", "+03:00", ":00+03:00", "T00:00:00+03:00"} {
		if _, ok := parseDate(s + rest); ok {
			return s + rest
		}
	}
	return ""
}

// timeBound is a point in time: on the world's clock, or counted from when the scenario
// was loaded.
type timeBound struct {
	at    time.Time // zero when since counts
	since time.Duration
}

// timeBoundForm is a time since the scenario was loaded, or a date.
func timeBoundForm() form[timeBound] {
	const expected = "a duration since the scenario was loaded such as 30s or 1h, or a date such as " + dateExample
	schema := durationSchema(datePattern, "30s", "1h", dateExample)
	return scalar(expected, schema, func(n *node) (timeBound, *problem) {
		if strings.Count(n.text, "-") >= 2 {
			t, p := readDate(n)
			return timeBound{at: t}, p
		}
		d, p := readDuration(n)
		return timeBound{since: d}, p
	})
}

// before reports whether b is not after c; bounds of different kinds cannot be compared.
func (b timeBound) before(c timeBound) bool {
	return b.at.IsZero() == c.at.IsZero() && !b.at.After(c.at) && b.since <= c.since
}

// reached reports whether the bound has come.
func (b timeBound) reached(r simulator.Request) bool {
	if b.at.IsZero() {
		return r.Since >= b.since
	}
	return !r.At.Before(b.at)
}
