package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/darajabox/darajabox/simulator"
)

// Limits of the values in a scenario.
const (
	maxWait  = 24 * time.Hour
	maxTimes = 1_000_000
)

const (
	durations       = "a duration from 0s to 24h such as 500ms, 3s or 1m30s"
	durationPattern = `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	moneyPattern    = `[0-9]{1,13}(\.[0-9]{1,2})?`
)

// textForm is a text of one to most characters.
func textForm(most int) form[string] {
	return form[string]{
		expected: fmt.Sprintf("a text of 1 to %d characters", most),
		schema: func() object {
			return object{"type": []string{"string", "number", "boolean"}, "minLength": 1, "maxLength": most}
		},
		parse: func(_ *reader, n *node) (string, *problem) {
			s := strings.TrimSpace(n.text)
			switch length := utf8.RuneCountInString(s); {
			case length == 0:
				return "", &problem{what: "is an empty text"}
			case length > most:
				return "", &problem{what: fmt.Sprintf("has %d characters", length)}
			}
			return s, nil
		},
	}
}

// durationForm is a time to wait.
func durationForm() form[time.Duration] {
	shape := regexp.MustCompile(durationPattern)
	return form[time.Duration]{
		expected: durations, example: "3s",
		schema: func() object {
			return object{"anyOf": []object{{"type": "string", "pattern": durationPattern}, {"const": 0}}, "examples": []any{"500ms", "3s", "1m30s"}}
		},
		parse: func(_ *reader, n *node) (time.Duration, *problem) {
			if n.text == "0" && n.plain {
				return 0, nil
			}
			if !shape.MatchString(n.text) {
				return 0, &problem{what: "cannot be " + quote(n.text), nearest: nearDuration(n.text)}
			}
			d, err := time.ParseDuration(n.text)
			if err != nil || d > maxWait {
				return 0, &problem{what: "cannot be " + quote(n.text)}
			}
			return d, nil
		},
	}
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
	case unit == "" || strings.HasPrefix(unit, "sec"):
		return number + "s"
	case unit == "ms" || strings.HasPrefix(unit, "milli"):
		return number + "ms"
	case unit == "s" || unit == "m" || unit == "h":
		return number + unit
	case strings.HasPrefix(unit, "min"):
		return number + "m"
	case strings.HasPrefix(unit, "h"):
		return number + "h"
	}
	return ""
}

// countForm is a whole number from 1 to most.
func countForm(most int) form[int] {
	return form[int]{
		expected: fmt.Sprintf("a number from 1 to %d, without quotes", most), example: "2",
		schema: func() object { return object{"type": "integer", "minimum": 1, "maximum": most} },
		parse: func(_ *reader, n *node) (int, *problem) {
			v, err := strconv.Atoi(n.text)
			if err != nil || !n.plain || strconv.Itoa(v) != n.text || v < 1 || v > most {
				return 0, &problem{what: "cannot be " + quote(n.text)}
			}
			return v, nil
		},
	}
}

// switchForm is true or false.
func switchForm() form[bool] {
	return form[bool]{
		expected: "true or false, without quotes", example: "true",
		schema: func() object { return object{"type": "boolean"} },
		parse: func(_ *reader, n *node) (bool, *problem) {
			if n.plain && (n.text == "true" || n.text == "false") {
				return n.text == "true", nil
			}
			return false, &problem{what: "cannot be " + quote(n.text), nearest: nearSwitch(n.text)}
		},
	}
}

func nearSwitch(s string) string {
	switch strings.ToLower(s) {
	case "yes", "on", "true", "1":
		return "true"
	case "no", "off", "false", "0":
		return "false"
	}
	return simulator.Nearest(s, []string{"true", "false"})
}

// pinForm is an M-PESA PIN. A message never repeats it.
func pinForm() form[string] {
	shape := regexp.MustCompile(`^[0-9]{4}$`)
	return form[string]{
		expected: `four digits in quotes such as "1234"`, example: `"1234"`,
		schema: func() object {
			return object{"anyOf": []object{{"type": "string", "pattern": `^[0-9]{4}$`}, {"type": "integer", "minimum": 1000, "maximum": 9999}}, "examples": []any{"1234"}}
		},
		parse: func(_ *reader, n *node) (string, *problem) {
			switch {
			case !shape.MatchString(n.text):
				return "", &problem{what: "is not a PIN"}
			case n.plain && n.text[0] == '0':
				return "", &problem{what: "begins with 0, which a number cannot keep"}
			}
			return n.text, nil
		},
	}
}
