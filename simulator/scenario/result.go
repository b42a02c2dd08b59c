package scenario

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/suggest"
	"github.com/darajabox/darajabox/simulator"
)

// outcomes is the catalogue without the code that only a query can have.
func outcomes(products *simulator.Catalogue) []daraja.Result {
	return slices.DeleteFunc(products.Results(), func(r daraja.Result) bool { return r.Code == daraja.ResultProcessing })
}

// resultForm is a code of the catalogue, as a number or in quotes.
func resultForm(products *simulator.Catalogue) form[daraja.ResultCode] {
	var codes []string
	for _, r := range outcomes(products) {
		codes = append(codes, string(r.Code))
	}
	return scalar("a result code such as 0 or 1032", resultSchema(products), func(n *node) (daraja.ResultCode, *problem) {
		code := daraja.ResultCode(n.text)
		if slices.Contains(codes, n.text) {
			return code, nil
		}
		p := &problem{What: quote(n.text) + " is not a result code", Expected: oneOf(codes) + ", or raw_result: {code, desc} for any other"}
		if code == daraja.ResultProcessing {
			p.What = "cannot be 4999: it only says in a query that the prompt is still open, it is not an outcome"
		} else {
			p.Nearest = nearResult(n.text, codes)
		}
		return "", p
	})
}

// nearResult is the code that was meant: by a word, with the letters O and l for the digits
// 0 and 1, or misspelt. Of two codes that are one digit away it is the closer number.
func nearResult(text string, codes []string) string {
	digits := strings.NewReplacer("o", "0", "O", "0", "l", "1", "I", "1").Replace(text)
	if !slices.Contains(codes, digits) {
		digits = ""
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		distance := func(code string) float64 {
			c, err := strconv.ParseFloat(code, 64)
			if err != nil {
				return math.Inf(1)
			}
			return math.Abs(c - n)
		}
		codes = slices.SortedStableFunc(slices.Values(codes), func(a, b string) int { return cmp.Compare(distance(a), distance(b)) })
	}
	return cmp.Or(resultSynonym(text), digits, suggest.Nearest(text, codes))
}

// resultSchema offers each code with its meaning.
func resultSchema(products *simulator.Catalogue) object {
	var choices []object
	for _, r := range outcomes(products) {
		doc := strings.TrimSpace(r.Text + " " + r.Meaning)
		choices = append(choices, object{"const": string(r.Code), "description": doc})
		if n, err := strconv.Atoi(string(r.Code)); err == nil {
			choices = append(choices, object{"const": n, "description": doc})
		}
	}
	return object{"anyOf": choices}
}

// descForm is a text; that it belongs to the result is checked with the result.
func descForm(products *simulator.Catalogue) form[string] {
	f := boundedText("a text of the result code", 1, maxDescription, strings.TrimSpace)
	var all []string
	for _, r := range outcomes(products) {
		for _, w := range r.Wordings() {
			if !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	f.schema = object{"enum": all}
	return f
}
