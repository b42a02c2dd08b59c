package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/suggest"
)

// Limits of the values in a scenario.
const (
	maxWait  = 24 * time.Hour
	maxTimes = 1_000_000
	maxSeed  = 1<<53 - 1 // what JSON keeps exactly
	maxSpeed = 10_000    // what a world's clock can do
)

// textForm is a text of one to most characters, without the spaces round it.
func textForm(most int) form[string] {
	expected := fmt.Sprintf("a text of 1 to %d characters", most)
	return boundedText(expected, 1, most, strings.TrimSpace)
}

// anyTextForm is a text of at most so many characters, which may be empty and keeps its
// spaces.
func anyTextForm(most int) form[string] {
	expected := fmt.Sprintf(`a text of at most %d characters, "" for an empty one`, most)
	return boundedText(expected, 0, most, strings.Clone)
}

// boundedText is a text of least to most characters once it is cleaned.
func boundedText(expected string, least, most int, clean func(string) string) form[string] {
	schema := object{"type": []string{"string", "number", "boolean"}, "maxLength": most}
	if least > 0 {
		schema["minLength"] = least
	}
	return scalar(expected, schema, func(n *node) (string, *problem) { return checkLength(clean(n.text), least, most) })
}

func checkLength(s string, least, most int) (string, *problem) {
	switch length := utf8.RuneCountInString(s); {
	case length < least:
		return "", &problem{What: "is an empty text"}
	case length > most:
		return "", &problem{What: fmt.Sprintf("has %d characters", length)}
	}
	return s, nil
}

// matchingText is a text of the shape of a regular expression.
func matchingText(pattern, expected string, schema object) form[string] {
	shape := regexp.MustCompile(pattern)
	return scalar(expected, schema, func(n *node) (string, *problem) {
		if !shape.MatchString(n.text) {
			return "", cannotBe(n, "")
		}
		return n.text, nil
	})
}

// nameForm is a name that rules use among themselves.
func nameForm() form[string] {
	const pattern = `^[A-Za-z0-9][A-Za-z0-9 ._-]{0,49}$`
	return matchingText(pattern, "a name of letters, digits, spaces, . _ and -, such as outage",
		object{"type": []string{"string", "number", "boolean"}, "pattern": pattern, "examples": []any{startState, "outage"}})
}

// wordsForm is one of a few words.
func wordsForm[W ~string](words ...W) form[W] {
	schema := object{"enum": words}
	if len(words) == 1 {
		schema = object{"const": words[0]}
	}
	return scalar(oneOf(words), schema, func(n *node) (W, *problem) {
		if i := slices.Index(words, W(n.text)); i >= 0 {
			return words[i], nil
		}
		return "", cannotBe(n, nearWord(n.text, words))
	})
}

// nearWord is the word that was meant, in another spelling too: Account-Balance, waf403.
func nearWord[W ~string](text string, words []W) string {
	bare := strings.NewReplacer("_", "", "-", "", " ", "").Replace
	var texts []string
	for _, w := range words {
		if strings.EqualFold(bare(text), bare(string(w))) {
			return string(w)
		}
		texts = append(texts, string(w))
	}
	return suggest.Nearest(text, texts)
}

// switchForm is true or false.
func switchForm() form[bool] {
	return scalar("true or false, without quotes", object{"type": "boolean"}, func(n *node) (bool, *problem) {
		if n.plain && (n.text == "true" || n.text == "false") {
			return n.text == "true", nil
		}
		near := suggest.Nearest(n.text, []string{"true", "false"})
		switch strings.ToLower(n.text) {
		case "yes", "on", "true", "1":
			near = "true"
		case "no", "off", "false", "0":
			near = "false"
		}
		return false, cannotBe(n, near)
	})
}

// wholeForm is a whole number from least to most.
func wholeForm(least, most int, expected string) form[int] {
	return scalar(expected, object{"type": "integer", "minimum": least, "maximum": most}, func(n *node) (int, *problem) {
		v, err := strconv.Atoi(n.text)
		if err != nil || !n.plain || strconv.Itoa(v) != n.text || v < least || v > most {
			return 0, cannotBe(n, "")
		}
		return v, nil
	})
}

// countForm is a number of things, from 1.
func countForm(most int) form[int] {
	return wholeForm(1, most, fmt.Sprintf("a number from 1 to %d, without quotes", most))
}

func seedForm() form[int] {
	f := wholeForm(-maxSeed, maxSeed, "a whole number such as 7, without quotes")
	f.schema["examples"] = []any{7}
	return f
}

func statusForm() form[int] { return wholeForm(200, 599, "an HTTP status from 200 to 599") }

// chanceForm is a probability.
func chanceForm() form[float64] {
	const pattern = `^(100|[0-9]{1,2}(\.[0-9]{1,4})?)\s*%$`
	percent := regexp.MustCompile(pattern)
	schema := choice([]any{0.2, "20%"}, numbers("number", 0, 1), text(pattern))
	return scalar(`a part of 1 such as 0.2, or a percentage such as "20%"`, schema, func(n *node) (float64, *problem) {
		if m := percent.FindStringSubmatch(n.text); m != nil {
			v, err := strconv.ParseFloat(m[1], 64)
			if err == nil {
				return v / 100, nil
			}
		}
		v, err := strconv.ParseFloat(n.text, 64)
		if err != nil || !n.plain || !(v >= 0 && v <= 1) {
			return 0, cannotBe(n, nearChance(n.text))
		}
		return v, nil
	})
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

// speedForm is how many times faster a clock runs.
func speedForm() form[float64] {
	expected := fmt.Sprintf("a number above 0 and up to %d such as 10, without quotes", maxSpeed)
	schema := object{"type": "number", "exclusiveMinimum": 0, "maximum": maxSpeed, "examples": []any{10}}
	return scalar(expected, schema, func(n *node) (float64, *problem) {
		v, err := strconv.ParseFloat(n.text, 64)
		if err == nil && n.plain && v > 0 && v <= maxSpeed {
			return v, nil
		}
		near := ""
		if bare := strings.Trim(strings.ToLower(n.text), "x× "); bare != n.text && strings.Trim(bare, "0123456789.") == "" {
			near = bare
		}
		if v == 0 && err == nil {
			near = "frozen: true"
		}
		return 0, cannotBe(n, near)
	})
}

// moneyPattern is shillings, cents allowed.
const moneyPattern = `[0-9]{1,13}(\.[0-9]{1,2})?`

// moneySchema is an amount as a number, or a text of the pattern.
func moneySchema(pattern string, examples ...any) object {
	return choice(examples, numbers("number", 0, 9_999_999_999_999), text(pattern))
}

// moneyForm is an amount of shillings, cents allowed.
func moneyForm() form[daraja.Money] {
	return parsed("shillings such as 20 or 20.50", moneySchema("^"+moneyPattern+"$", 20, 20.5), daraja.ParseMoney, nearMoney)
}

// nearMoney mends 1,000 and KES 1000.
func nearMoney(s string) string {
	s = strings.NewReplacer(",", "", "_", "", " ", "").Replace(strings.ToLower(s))
	s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(s, "kes"), "ksh"), "."), "/=")
	if _, err := daraja.ParseMoney(s); err != nil {
		return ""
	}
	return s
}

// phoneSchema is a number, which may be without quotes when it has no leading zero, or
// something further.
func phoneSchema(examples []any, further ...object) object {
	return choice(examples, append([]object{
		text(`^[ \-]*\+?[ \-]*(2[ \-]*5[ \-]*4[ \-]*|0[ \-]*)?[17]([ \-]*[0-9]){8}[ \-]*$`),
		numbers("integer", 100_000_000, 199_999_999), numbers("integer", 700_000_000, 799_999_999),
		numbers("integer", 254_100_000_000, 254_199_999_999), numbers("integer", 254_700_000_000, 254_799_999_999),
	}, further...)...)
}

// phoneForm is one number, in any spelling.
func phoneForm() form[daraja.MSISDN] {
	schema := phoneSchema([]any{daraja.SandboxMSISDN.Digits()})
	return parsed(`a Kenyan mobile number such as "254708374149" or "0708374149"`, schema, daraja.NormaliseMSISDN,
		func(string) string { return "" })
}

// shortcodeSchema is a shortcode as a number, or a text of the pattern.
func shortcodeSchema(pattern string) object {
	return choice([]any{"174379"}, text(pattern), numbers("integer", 10_000, 9_999_999))
}

// shortcodeForm is a paybill or till number.
func shortcodeForm() form[string] {
	const pattern = `^[0-9]{5,7}$`
	return matchingText(pattern, "a shortcode of 5 to 7 digits such as 174379", shortcodeSchema(pattern))
}

// pinForm is an M-PESA PIN. A message never repeats it.
func pinForm() form[string] {
	const pattern = `^[0-9]{4}$`
	shape := regexp.MustCompile(pattern)
	schema := choice([]any{"1234"}, text(pattern), numbers("integer", 1000, 9999))
	return scalar(`four digits in quotes such as "1234"`, schema, func(n *node) (string, *problem) {
		switch {
		case !shape.MatchString(n.text):
			return "", &problem{What: "is not a PIN"}
		case n.plain && n.text[0] == '0':
			return "", &problem{What: "begins with 0, which a number cannot keep"}
		}
		return n.text, nil
	})
}
