package condition

import (
	"slices"
	"strings"

	"github.com/darajabox/darajabox/internal/suggest"
)

// Keys of more than one place, or with a meaning of their own.
const (
	KeyAPI       = "api"
	KeyPhone     = "phone"
	KeyAmount    = "amount"
	KeyReference = "reference"
	KeyShortcode = "shortcode"
	KeyAttempt   = "attempt"
	KeyRate      = "rate"
	KeyHeader    = "header"
	KeyWhere     = "where"
	KeyNot       = "not"
	KeyCopy      = "copy"
	KeyStatus    = "status"
	KeyBody      = "body"
	KeyResponse  = "response"
)

// Key is a word that conditions have, and how its values are read.
type Key struct {
	Name     string
	Expected string // what it takes, for a person: "an amount such as 150"
	Read     func(text string) (Pattern, *Problem)
	// Paths has an object under it: headers by name, or paths into a body.
	Paths   bool
	words   []string // that it takes, when it takes only some
	anyText bool     // a text that Read refuses is compared as it is written
	wild    bool     // so is one with * in it
}

// FieldKeys are those that are for a field of a request: a request to an API without
// such a field has no value for it.
func FieldKeys() []string { return []string{KeyPhone, KeyAmount, KeyReference, KeyShortcode} }

// RequestKeys are those of a request in JSON, but for api.
func RequestKeys() []Key { return Keys(append(FieldKeys(), KeyAttempt, KeyHeader)...) }

// Keys are the keys of some names.
func Keys(names ...string) []Key {
	keys := make([]Key, len(names))
	for i, name := range names {
		keys[i] = NamedKey(name)
	}
	return keys
}

// NamedKey is the key of a name. One without a form of its own here takes any text.
func NamedKey(name string) Key {
	const counts = `a number such as 1, a comparison such as "> 1" or "<= 3", or a range such as "2..4"`
	key := map[string]Key{
		KeyPhone: {Read: phone, Expected: `a Kenyan mobile number such as "254708374149" or "0708374149", or with * for any digits such as "2547001*"`},
		KeyAmount: {Read: unit{noun: "amount", step: 1, expected: "an amount that a payment can have"}.read,
			Expected: `an amount such as 150, a comparison such as "< 100" or ">= 1000", or a range such as "100..200"`},
		KeyShortcode: {Read: shortcode, Expected: `a shortcode of 5 to 7 digits such as 174379, or with * for any digits such as "600*"`},
		KeyAttempt:   {Read: wholeNumbers(1, "1 for the first, 2 for the second").read, Expected: counts},
		KeyCopy:      {Read: wholeNumbers(0, "a whole number from 0").read, Expected: counts, wild: true},
		KeyStatus: {Read: status, wild: true,
			Expected: `an HTTP status such as 200, a class such as 4xx, a comparison such as ">= 500", a range, or 0 for no answer`},
		KeyHeader: {Paths: true}, KeyBody: {Paths: true}, KeyResponse: {Paths: true},
	}[name]
	key.Name = name
	return key
}

// EnumKey is a key with one of some words.
func EnumKey(name string, words ...string) Key {
	return Key{Name: name, words: words, wild: true, Read: func(text string) (Pattern, *Problem) {
		if slices.Contains(words, text) {
			return Text(text), nil
		}
		p := Problem{What: "cannot be " + Quote(text)}
		if near := suggest.Nearest(text, words); near != "" {
			p.Nearest = Quote(near)
		}
		return Text(text), &p
	}}
}

// AnyText is k with any text: the record of a refused request has the text of the request.
func (k Key) AnyText() Key {
	k.anyText = true
	return k
}

// expected is what the key takes, for a sentence.
func (k *Key) expected() string {
	if last := len(k.words) - 1; last > 0 {
		return strings.Join(k.words[:last], ", ") + " or " + k.words[last]
	}
	return k.Expected
}

// read reads a text under the key.
func (k *Key) read(text string) (Pattern, *Problem) {
	free := Text(text)
	if k.Read == nil {
		return free, nil
	}
	p, problem := k.Read(text)
	if problem != nil && (k.anyText || k.wild && free.wild) {
		return free, nil
	}
	return p, problem
}
