package scenario

import (
	"regexp"
	"strings"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

const datePattern = `^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$`

// dateForm is a point in time with its zone.
func dateForm() form[time.Time] {
	return form[time.Time]{
		expected: "a date with its zone such as 2026-11-24T12:00:00+03:00", example: "2026-11-24T12:00:00+03:00",
		schema: func() object {
			return object{"type": "string", "pattern": datePattern, "examples": []any{"2026-11-24T12:00:00+03:00"}}
		},
		parse: func(_ *reader, n *node) (time.Time, *problem) {
			t, ok := parseDate(n.text)
			if !ok {
				return time.Time{}, &problem{what: "cannot be " + quote(n.text), nearest: nearDate(n.text)}
			}
			return t, nil
		},
	}
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

// momentForm is a time since the scenario was loaded, or a date.
func momentForm() form[moment] {
	since, date := durationForm(), dateForm()
	return form[moment]{
		expected: "a duration since the scenario was loaded such as 30s or 1h, or a date such as 2026-11-24T12:00:00+03:00", example: "30s",
		schema: func() object {
			choices, _ := since.schema()["anyOf"].([]object)
			return object{"anyOf": append(choices, object{"type": "string", "pattern": datePattern}), "examples": []any{"30s", "1h", "2026-11-24T12:00:00+03:00"}}
		},
		parse: func(r *reader, n *node) (moment, *problem) {
			if strings.Count(n.text, "-") >= 2 {
				t, p := date.parse(r, n)
				return moment{at: t}, p
			}
			d, p := since.parse(r, n)
			if p != nil && p.what == "" {
				p.what = "cannot be " + quote(n.text)
			}
			return moment{since: d}, p
		},
	}
}

// moment is a point in time: on the world's clock, or counted from when the scenario
// was loaded.
type moment struct {
	at    time.Time // zero when since counts
	since time.Duration
}

// before reports whether m is not after n; moments of different kinds cannot be
// compared.
func (m moment) before(n moment) bool {
	if m.at.IsZero() != n.at.IsZero() {
		return false
	}
	return !m.at.After(n.at) && m.since <= n.since
}

// reached reports whether the moment has come.
func (m moment) reached(r simulator.Request) bool {
	if m.at.IsZero() {
		return r.Since >= m.since
	}
	return !r.At.Before(m.at)
}
