package scenario

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// outcomes is the catalogue without the code that only a query can have.
func outcomes() []daraja.Result {
	return slices.DeleteFunc(daraja.Results(), func(r daraja.Result) bool { return r.Code == daraja.ResultProcessing })
}

// resultForm is a code of the catalogue, as a number or in quotes.
func resultForm() form[daraja.ResultCode] {
	return form[daraja.ResultCode]{
		expected: "a result code such as 0 or 1032", example: "1032",
		schema: resultSchema,
		parse: func(r *reader, n *node) (daraja.ResultCode, *problem) {
			code := daraja.ResultCode(n.text)
			if _, known := r.results[code]; known {
				return code, nil
			}
			codes := nearestFirst(n.text)
			p := &problem{what: quote(n.text) + " is not a result code of STK push", expected: oneOf(catalogueOrder())}
			if code == daraja.ResultProcessing {
				p.what = "cannot be 4999: it only says in a query that the prompt is still open, it is not an outcome"
			} else {
				p.nearest = cmp.Or(spokenResult(n.text), misread(n.text, codes), simulator.Nearest(n.text, codes))
			}
			return "", p
		},
	}
}

// misread is the code that a text is when the letters O and l stand in it for the digits 0
// and 1, or "".
func misread(text string, codes []string) string {
	text = strings.NewReplacer("o", "0", "O", "0", "l", "1", "I", "1").Replace(text)
	if slices.Contains(codes, text) {
		return text
	}
	return ""
}

func catalogueOrder() []string {
	var codes []string
	for _, r := range outcomes() {
		codes = append(codes, string(r.Code))
	}
	return codes
}

// nearestFirst orders the codes by how far they are from a number, so that of two
// codes that are one digit away the closer one is suggested.
func nearestFirst(text string) []string {
	codes := catalogueOrder()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return codes
	}
	away := func(code string) float64 {
		c, err := strconv.ParseFloat(code, 64)
		if err != nil {
			return math.Inf(1)
		}
		return math.Abs(c - n)
	}
	slices.SortStableFunc(codes, func(a, b string) int { return cmp.Compare(away(a), away(b)) })
	return codes
}

// resultSchema offers each code with its meaning.
func resultSchema() object {
	var choices []object
	for _, r := range outcomes() {
		doc := strings.TrimSpace(r.Desc(daraja.DialectDaraja) + " " + r.Meaning)
		choices = append(choices, object{"const": string(r.Code), "description": doc})
		if n, err := strconv.Atoi(string(r.Code)); err == nil {
			choices = append(choices, object{"const": n, "description": doc})
		}
	}
	return object{"anyOf": choices}
}

// descForm is a text; that it belongs to the result is checked with the result.
func descForm() form[string] {
	f := textForm(maxDescription)
	f.expected = "a text of the result code"
	f.schema = func() object {
		var all []string
		for _, r := range outcomes() {
			for _, w := range r.Wordings() {
				if !slices.Contains(all, w) {
					all = append(all, w)
				}
			}
		}
		return object{"enum": all}
	}
	return f
}

// previousForm is the one word that reuse_receipt_of takes.
func previousForm() form[string] {
	const word = "previous"
	return form[string]{
		expected: word, example: word,
		schema: func() object { return object{"const": word} },
		parse: func(_ *reader, n *node) (string, *problem) {
			if n.text != word {
				return "", &problem{what: "cannot be " + quote(n.text)}
			}
			return word, nil
		},
	}
}

// apiForm is an API whose requests rules decide.
func apiForm() form[simulator.API] {
	f := wordsForm(simulator.APISTKPush, simulator.APISTKQuery, simulator.APIOAuth)
	known := f.parse
	f.parse = func(r *reader, n *node) (simulator.API, *problem) {
		api, p := known(r, n)
		if p != nil && spokenAPI(n.text) != "" {
			p.nearest = spokenAPI(n.text)
		}
		return api, p
	}
	return f
}

// wordsForm is one of a few words.
func wordsForm[W ~string](words ...W) form[W] {
	var texts []string
	for _, w := range words {
		texts = append(texts, string(w))
	}
	return form[W]{
		expected: oneOf(texts), example: texts[0],
		schema: func() object { return object{"enum": texts} },
		parse: func(_ *reader, n *node) (W, *problem) {
			if slices.Contains(texts, n.text) {
				return W(n.text), nil
			}
			return "", &problem{what: "cannot be " + quote(n.text), nearest: nearWord(n.text, texts)}
		},
	}
}

// nearWord is Nearest, and sees a word in another spelling too: STK-Push, waf403.
func nearWord(text string, words []string) string {
	bare := strings.NewReplacer("_", "", "-", "", " ", "").Replace
	for _, w := range words {
		if strings.EqualFold(bare(text), bare(w)) {
			return w
		}
	}
	return simulator.Nearest(text, words)
}

// settingForm is a value of a setting, in quotes or not.
func settingForm(s simulator.Setting) form[string] {
	f := form[string]{expected: s.Form, example: written(s.Default), schema: func() object { return settingSchema(s) }}
	if s.Allowed != nil {
		f.expected = oneOf(s.Allowed)
	}
	f.parse = func(_ *reader, n *node) (string, *problem) {
		if s.Check(n.text) == nil {
			return n.text, nil
		}
		return "", &problem{what: "cannot be " + quote(n.text), nearest: nearSetting(n.text, s)}
	}
	return f
}

func nearSetting(text string, s simulator.Setting) string {
	for spoken, word := range map[string]string{"true": "on", "yes": "on", "false": "off", "no": "off"} {
		if strings.EqualFold(text, spoken) && slices.Contains(s.Allowed, word) {
			return word
		}
	}
	if near := nearDuration(text); s.Allowed == nil && s.Check(near) == nil && near != "" {
		return near
	}
	return simulator.Nearest(text, s.Allowed)
}

// settingSchema allows what an unquoted value becomes in an editor: 500 is a number
// there, and true would be a boolean.
func settingSchema(s simulator.Setting) object {
	if s.Allowed == nil {
		return object{"type": []string{"string", "integer"}, "default": s.Default, "title": s.Form}
	}
	var choices []any
	for _, a := range s.Allowed {
		choices = append(choices, a)
	}
	for _, a := range s.Allowed {
		if n, err := strconv.ParseFloat(a, 64); err == nil && !slices.Contains(choices, any(n)) {
			choices = append(choices, n)
		}
	}
	return object{"enum": choices, "default": s.Default}
}
