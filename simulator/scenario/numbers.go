package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// chanceForm is a probability.
func chanceForm() form[float64] {
	const pattern = `^(100|[0-9]{1,2}(\.[0-9]{1,4})?)\s*%$`
	percent := regexp.MustCompile(pattern)
	return form[float64]{
		expected: `a part of 1 such as 0.2, or a percentage such as "20%"`, example: "20%",
		schema: func() object {
			return object{"anyOf": []object{{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": pattern}}, "examples": []any{0.2, "20%"}}
		},
		parse: func(_ *reader, n *node) (float64, *problem) {
			if percent.MatchString(n.text) {
				v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(n.text, "%")), 64)
				if err == nil {
					return v / 100, nil
				}
			}
			v, err := strconv.ParseFloat(n.text, 64)
			if err != nil || !n.plain || !(v >= 0 && v <= 1) {
				return 0, &problem{what: "cannot be " + quote(n.text), nearest: nearChance(n.text)}
			}
			return v, nil
		},
	}
}

// nearChance mends 20, "0.2" and 20 percent.
func nearChance(s string) string {
	digits := strings.TrimSpace(strings.TrimRight(strings.ToLower(s), "% abcdefghijklmnopqrstuvwxyz"))
	v, err := strconv.ParseFloat(digits, 64)
	switch {
	case err != nil || !(v >= 0 && v <= 100):
		return ""
	case v <= 1 && digits == s:
		return s + ", without quotes"
	default:
		return quote(digits + "%")
	}
}

// maxRate bounds how many arrivals are remembered.
const maxRate = 10_000

// rateForm is a number of requests in a second or a minute.
func rateForm() form[rate] {
	const pattern = `^\s*(>=?)\s*([0-9]{1,5})\s*/\s*(s|m)\s*$`
	shape := regexp.MustCompile(pattern)
	return form[rate]{
		expected: fmt.Sprintf(`more requests than a number up to %d in a second or a minute, such as "> 5/s" or "> 100/m"`, maxRate), example: `"> 5/s"`,
		schema: func() object {
			return object{"type": "string", "pattern": pattern, "examples": []any{"> 5/s", "> 100/m"}}
		},
		parse: func(_ *reader, n *node) (rate, *problem) {
			m := shape.FindStringSubmatch(n.text)
			if m == nil {
				return rate{}, &problem{what: "cannot be " + quote(n.text), nearest: nearRate(n.text)}
			}
			more, err := strconv.Atoi(m[2])
			if m[1] == ">=" {
				more--
			}
			if err != nil || more < 0 || more > maxRate {
				return rate{}, &problem{what: "cannot be " + quote(n.text)}
			}
			per := time.Second
			if m[3] == "m" {
				per = time.Minute
			}
			return rate{more: more, per: per}, nil
		},
	}
}

// nearRate mends 5, 5/s, "> 5", "> 5/sec" and "> 5 per second".
func nearRate(s string) string {
	m := regexp.MustCompile(`^\s*(?:>=?|=>)?\s*([0-9]{1,5})\s*(?:/|per)?\s*([a-z]*)\s*$`).FindStringSubmatch(strings.ToLower(s))
	switch {
	case m == nil:
		return ""
	case m[2] == "" || strings.HasPrefix(m[2], "s"):
		return quote("> " + m[1] + "/s")
	case strings.HasPrefix(m[2], "m"):
		return quote("> " + m[1] + "/m")
	}
	return ""
}

// seedForm is a seed.
func seedForm() form[int64] {
	return form[int64]{
		expected: "a whole number such as 7, without quotes", example: "7",
		schema: func() object {
			return object{"type": "integer", "minimum": -maxSeed, "maximum": maxSeed, "examples": []any{7}}
		},
		parse: func(_ *reader, n *node) (int64, *problem) {
			v, err := strconv.ParseInt(n.text, 10, 64)
			if err != nil || !n.plain || strconv.FormatInt(v, 10) != n.text || v > maxSeed || v < -maxSeed {
				return 0, &problem{what: "cannot be " + quote(n.text)}
			}
			return v, nil
		},
	}
}

// maxSeed is what JSON keeps exactly.
const maxSeed = 1<<53 - 1

// maxSpeed is the most that a world's clock can do.
const maxSpeed = 10_000

// speedForm is how many times faster a clock runs.
func speedForm() form[float64] {
	return form[float64]{
		expected: fmt.Sprintf("a number above 0 and up to %d such as 10, without quotes", maxSpeed), example: "10",
		schema: func() object {
			return object{"type": "number", "exclusiveMinimum": 0, "maximum": maxSpeed, "examples": []any{10}}
		},
		parse: func(_ *reader, n *node) (float64, *problem) {
			v, err := strconv.ParseFloat(n.text, 64)
			if err != nil || !n.plain || !(v > 0 && v <= maxSpeed) {
				p := &problem{what: "cannot be " + quote(n.text)}
				if bare := strings.Trim(strings.ToLower(n.text), "x× "); bare != n.text && strings.Trim(bare, "0123456789.") == "" {
					p.nearest = bare
				}
				if v == 0 && err == nil {
					p.nearest = "frozen: true"
				}
				return 0, p
			}
			return v, nil
		},
	}
}

// wordForm is a name that rules use among themselves.
func wordForm() form[string] {
	const pattern = `^[A-Za-z0-9][A-Za-z0-9 ._-]{0,49}$`
	shape := regexp.MustCompile(pattern)
	return form[string]{
		expected: "a name of letters, digits, spaces, . _ and -, such as outage", example: "outage",
		schema: func() object {
			return object{"type": []string{"string", "number", "boolean"}, "pattern": pattern, "examples": []any{startState, "outage"}}
		},
		parse: func(_ *reader, n *node) (string, *problem) {
			if !shape.MatchString(n.text) {
				return "", &problem{what: "cannot be " + quote(n.text)}
			}
			return n.text, nil
		},
	}
}

// count is a number of things: "no key", "2 keys".
func count(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing
	case 1:
		return "1 " + thing
	default:
		return fmt.Sprintf("%d %ss", n, thing)
	}
}
