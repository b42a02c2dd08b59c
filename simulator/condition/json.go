package condition

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/internal/suggest"
)

// Limits of a condition in JSON.
const (
	maxTests   = 64
	maxChoices = 100     // of one key
	maxPattern = 1 << 10 // bytes
	maxNesting = 20      // of objects under a key with paths
)

// Reader reads conditions in JSON.
type Reader struct {
	Noun     string // is read, for messages: "matcher"
	Keys     []Key
	Synonyms map[string]string // what people write for which key
	Compile  func(text string) (*Expression, *Problem)
}

// Read reads a condition. Each key of the object is a test. A *FieldError says which
// key is wrong.
func (r *Reader) Read(given map[string]json.RawMessage) (Condition, error) {
	c, err := r.read(given, KeyWhere, KeyNot)
	if err == nil && len(c.Tests) > maxTests {
		err = fmt.Errorf("the %s has more than %d conditions", r.Noun, maxTests)
	}
	return c, err
}

// read reads the keys of r and the further ones.
func (r *Reader) read(given map[string]json.RawMessage, further ...string) (Condition, error) {
	var c Condition
	keys := slices.Concat(r.Keys, Keys(further...))
	var names []string
	for i := range keys {
		names = append(names, keys[i].Name)
		if raw, there := given[keys[i].Name]; there {
			if err := r.key(&c, &keys[i], bytes.TrimSpace(raw)); err != nil {
				return c, err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(names, name) {
			return c, r.unknown(name, names)
		}
	}
	return c, nil
}

func (r *Reader) not(raw json.RawMessage) (Test, error) {
	var given map[string]json.RawMessage
	if json.Unmarshal(raw, &given) != nil || len(given) == 0 {
		return Test{}, FieldErrorf(KeyNot, ` is an object with keys of a %s, such as {"reference":"TEST-*"}`, r.Noun)
	}
	c, err := r.read(given, KeyWhere)
	if err != nil {
		return Test{}, FieldErrorf(KeyNot, ": %w", err)
	}
	return Not(c), nil
}

func (r *Reader) key(c *Condition, key *Key, raw json.RawMessage) (err error) {
	t := Test{Key: key.Name}
	switch {
	case key.Paths && raw[0] == '{':
		return r.paths(c, key, "", raw, 0)
	case key.Name == KeyHeader:
		return errors.New(`header is an object, such as {"Content-Type":"application/json*"}`)
	case key.Name == KeyWhere:
		t, err = r.where(raw)
	case key.Name == KeyNot:
		t, err = r.not(raw)
	default:
		t.Patterns, err = r.patterns(key, raw)
	}
	c.Tests = append(c.Tests, t)
	return err
}

// patterns reads what a field must be: one value, or one of a list.
func (r *Reader) patterns(key *Key, raw json.RawMessage) (all []Pattern, err error) {
	values := []json.RawMessage{raw}
	if raw[0] == '[' && !key.Paths {
		if err := json.Unmarshal(raw, &values); err != nil || len(values) == 0 || len(values) > maxChoices {
			return nil, FieldErrorf(key.Name, " is a list of 1 to %d values, or one value", maxChoices)
		}
	}
	for _, value := range values {
		p, err := r.pattern(key, value)
		if err != nil && key.Paths {
			return nil, FieldErrorf(key.Name, " is %w; or an object of paths, such as {\"Result.ResultCode\":0}", err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// pattern reads what a field must be.
func (r *Reader) pattern(key *Key, raw json.RawMessage) (Pattern, error) {
	free, text, err := scalar(raw)
	if err != nil && !key.Paths {
		return free, FieldErrorf(key.Name, " is %w", err)
	}
	if err != nil || free.absent {
		return free, err
	}
	p, problem := key.read(text)
	if problem != nil {
		return p, r.describe(key, text, problem)
	}
	p.strict = free.strict
	return p, nil
}

// Text reads a key whose value came as text, as in the query of a URL.
func (r *Reader) Text(name, text string) (Test, error) {
	i := slices.IndexFunc(r.Keys, func(k Key) bool { return k.Name == name })
	if i < 0 {
		return r.expression(text)
	}
	p, problem := r.Keys[i].read(text)
	if problem != nil {
		return Test{}, r.describe(&r.Keys[i], text, problem)
	}
	return Any(name, p), nil
}

// scalar reads a value without looking at what it may be.
func scalar(raw json.RawMessage) (Pattern, string, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) > maxPattern {
		return Pattern{}, "", fmt.Errorf("longer than %d bytes", maxPattern)
	}
	switch raw[0] {
	case 'n':
		return Pattern{absent: true}, "", nil
	case '{', '[':
		return Pattern{}, "", errors.New("a text, a number, true, false or null, not an object or an array")
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return Pattern{}, "", fmt.Errorf("no text: %w", err)
		}
		return Text(s), s, nil
	}
	p := Text(string(raw))
	p.strict = p.number != nil
	return p, string(raw), nil
}

// where reads an expression.
func (r *Reader) where(raw json.RawMessage) (Test, error) {
	var text string
	if json.Unmarshal(raw, &text) != nil || len(text) > MaxExpression {
		return Test{}, FieldErrorf(KeyWhere, " is a text of at most %d characters: %s", MaxExpression, Example)
	}
	return r.expression(text)
}

func (r *Reader) expression(text string) (Test, error) {
	e, problem := r.Compile(text)
	if problem == nil && len(e.neverTrue) > 0 {
		problem = &e.neverTrue[0]
	}
	if problem != nil {
		return Test{}, r.describe(&Key{Name: KeyWhere}, text, problem)
	}
	return Where(e), nil
}

// describe is the error of a value, with what is allowed and what was probably meant.
func (r *Reader) describe(key *Key, text string, p *Problem) error {
	var b strings.Builder
	switch expected := key.expected(); {
	case expected != "" && p.Expected == "" && strings.HasPrefix(p.What, "cannot be "):
		fmt.Fprintf(&b, " is %s, not %s", expected, Quote(text))
	case p.Expected == "":
		b.WriteString(" " + p.What)
	default:
		fmt.Fprintf(&b, " %s; expected %s", p.What, p.Expected)
	}
	if p.Nearest != "" {
		fmt.Fprintf(&b, "; did you mean %s?", p.Nearest)
	}
	if key.Name == KeyWhere {
		fmt.Fprintf(&b, " (at character %d)", p.At+1)
	}
	return FieldErrorf(key.Name, "%s", b.String())
}

// unknown is the error of a key that does not exist.
func (r *Reader) unknown(name string, names []string) error {
	near := cmp.Or(r.Synonyms[strings.ToLower(name)], suggest.Nearest(name, names))
	if near != "" {
		near = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("a %s has no %q%s; it has %s", r.Noun, Shorten(name), near, strings.Join(names, ", "))
}

// paths reads an object of paths; what is nested in it are longer paths.
func (r *Reader) paths(c *Condition, key *Key, above string, raw json.RawMessage, depth int) error {
	if depth > maxNesting {
		return FieldErrorf(key.Name, " is nested more than %d deep", maxNesting)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil {
		return FieldErrorf(key.Name, ` is not what it should be, such as {"Result.ResultCode":0}`)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		raw, name := bytes.TrimSpace(given[name]), above+name
		if len(c.Tests) > maxTests {
			return fmt.Errorf("the %s has more than %d conditions", r.Noun, maxTests)
		}
		if raw[0] == '{' && key.Name != KeyHeader {
			if err := r.paths(c, key, name+".", raw, depth+1); err != nil {
				return err
			}
			continue
		}
		t := Test{Key: key.Name, name: name}
		if key.Name == KeyHeader {
			t.name = cmp.Or(HeaderName(name), name)
		} else {
			var err error
			if t.path, err = parsePath(name); err != nil {
				return FieldErrorf(key.Name, ": %q is no path: %w", Shorten(name), err)
			}
		}
		p, _, err := scalar(raw)
		if err != nil {
			return FieldErrorf(key.Name, ": %s is %w%s", Shorten(name), err, byIndex(raw, name))
		}
		t.Patterns = []Pattern{p}
		c.Tests = append(c.Tests, t)
	}
	return nil
}

// byIndex says how to look into an array.
func byIndex(raw json.RawMessage, name string) string {
	if raw[0] != '[' {
		return ""
	}
	return fmt.Sprintf("; an element of an array is %s[0], or %s[Name=Amount] by a field of it", Shorten(name), Shorten(name))
}

// FieldError is a value that a key cannot have.
type FieldError struct {
	Field string // the key, with which the text begins
	err   error
}

// Error implements error.
func (e *FieldError) Error() string { return e.err.Error() }

// Unwrap returns the error with its causes.
func (e *FieldError) Unwrap() error { return e.err }

// FieldErrorf is the error of a key; its text begins with the key.
func FieldErrorf(key, format string, args ...any) error {
	return &FieldError{Field: key, err: fmt.Errorf("%s%w", key, fmt.Errorf(format, args...))}
}
