package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/darajabox/darajabox/daraja"
)

// The types of this file are values of flags and arguments.

// phoneNumber is a number in any form that people write, kept as Daraja writes it.
type phoneNumber string

func (p *phoneNumber) UnmarshalText(b []byte) error {
	m, err := daraja.NormaliseMSISDN(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a Kenyan mobile number; write 0708374149 or 254708374149", b)
	}
	*p = phoneNumber(m.Digits())
	return nil
}

// phonePattern is a number, or a pattern with * such as 2547*.
type phonePattern string

func (p *phonePattern) UnmarshalText(b []byte) error {
	if bytes.ContainsRune(b, '*') {
		*p = phonePattern(b)
		return nil
	}
	return (*phoneNumber)(p).UnmarshalText(b)
}

// shillingAmount is an amount of money in shillings, as people write it.
type shillingAmount daraja.Money

func (a *shillingAmount) UnmarshalText(b []byte) error {
	m, err := daraja.ParseMoney(strings.ReplaceAll(string(b), ",", ""))
	if err != nil {
		return fmt.Errorf("%q is no amount in shillings; write 500 or 500.50", b)
	}
	*a = shillingAmount(m)
	return nil
}

// moment is a time as people write it. Without a zone it is East Africa's.
type moment struct{ time.Time }

func (m *moment) UnmarshalText(b []byte) error {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", layoutYear, "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, string(b), daraja.EAT()); err == nil {
			m.Time = t.In(daraja.EAT())
			return nil
		}
	}
	return fmt.Errorf("%q is not a time; write 2030-01-01T12:00 (EAT) or 2030-01-01T12:00:00+03:00", b)
}

// clockTarget is a date, or the next time that the world's clock shows a time of day.
type clockTarget struct {
	date      moment
	timeOfDay time.Duration // since midnight in EAT, when date is zero
}

func (t *clockTarget) UnmarshalText(b []byte) error {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if at, err := time.Parse(layout, string(b)); err == nil {
			t.timeOfDay = at.Sub(at.Truncate(24 * time.Hour))
			return nil
		}
	}
	if t.date.UnmarshalText(b) != nil {
		return fmt.Errorf("%q is not a time; write 18:00, 2030-01-01T18:00 (EAT) or 2030-01-01T18:00:00+03:00", b)
	}
	return nil
}

// dayDuration is a duration that may be given in days, as in 90d.
type dayDuration time.Duration

func (d *dayDuration) UnmarshalText(text []byte) error {
	const day, most = 24 * time.Hour, 36_500
	got, err := time.ParseDuration(string(text))
	if number, ok := strings.CutSuffix(string(text), "d"); ok {
		var n int
		n, err = strconv.Atoi(number)
		if n > most {
			return fmt.Errorf("%q is over a hundred years", text)
		}
		got = time.Duration(n) * day
	}
	if err != nil || got < 0 {
		return fmt.Errorf("%q is not a time such as 90d or 12h", text)
	}
	*d = dayDuration(got)
	return nil
}

// lifetime is how long a key is valid, as in 36h, 90d or never, which has no end.
type lifetime string

const never = "never"

func (l *lifetime) UnmarshalText(text []byte) error {
	if string(text) != never && new(dayDuration).UnmarshalText(text) != nil {
		return fmt.Errorf("%q is not a time; write 36h or 90d, or never for no end", text)
	}
	*l = lifetime(text)
	return nil
}

// overlap is how long what is replaced stays valid, as in 48h or 2d.
type overlap string

func (o *overlap) UnmarshalText(text []byte) error {
	if new(dayDuration).UnmarshalText(text) != nil {
		return fmt.Errorf("%q is not a time; write 0s, 48h or 2d", text)
	}
	*o = overlap(text)
	return nil
}

// hash is SHA-256 in hex.
type hash []byte

func (h *hash) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != 32 {
		return errors.New("a hash is 64 hexadecimal digits")
	}
	*h = raw
	return nil
}

// thenText is a `then` of the scenario language, kept as JSON.
type thenText json.RawMessage

func (t *thenText) UnmarshalText(b []byte) error {
	var document yaml.Node
	err := yaml.Load(b, &document)
	if err == nil {
		*t = thenText(toJSON(document.Content[0]))
	}
	if err != nil || document.Content[0].Kind != yaml.MappingNode || !json.Valid(*t) {
		return fmt.Errorf("%q is no outcome; write it as in a scenario file: '{result: 1032, after: 3s}'", b)
	}
	return nil
}

// toJSON is what n says, in its order. What JSON does not write so is a text: 0011 is a
// result code, not the number 9.
func toJSON(n *yaml.Node) string {
	var parts []string
	for _, child := range n.Content {
		parts = append(parts, toJSON(child))
	}
	switch {
	case n.Kind == yaml.SequenceNode:
		return "[" + strings.Join(parts, ",") + "]"
	case n.Kind == yaml.MappingNode:
		var members []string
		for member := range slices.Chunk(parts, 2) {
			members = append(members, strings.Join(member, ":"))
		}
		return "{" + strings.Join(members, ",") + "}"
	case n.ShortTag() != "!!str" && json.Valid([]byte(n.Value)):
		return n.Value
	default:
		text, _ := json.Marshal(n.Value) // a string always marshals
		return string(text)
	}
}

// numberOrText is a number when s is one as JSON writes it.
func numberOrText(s string) any {
	if _, err := strconv.ParseInt(s, 10, 64); err == nil && json.Valid([]byte(s)) {
		return json.Number(s)
	}
	return s
}

// jsonOrText is the value that a text has as JSON: 0, true, "0", null. All else is text.
type jsonOrText string

// MarshalJSON is that value.
func (v jsonOrText) MarshalJSON() ([]byte, error) {
	if json.Valid([]byte(v)) {
		return []byte(v), nil
	}
	return json.Marshal(string(v))
}
