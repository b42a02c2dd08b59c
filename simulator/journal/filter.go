package journal

import (
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/condition"
)

// Limits of a page.
const (
	DefaultLimit = 100   // records on a page
	MaxLimit     = 1_000 // records on a page at most

	maxPage       = 8 << 20 // bytes on a page, as they are kept; one record is on it whatever its length
	maxFilterText = 512     // bytes of a text in a filter
)

// Filter says which records are meant. A field that is zero is not looked at.
type Filter struct {
	Match Match
	Text  string // anywhere in the record as it is written there, in any case

	After  uint64 // only records with a greater Seq
	Before uint64 // only records with a smaller Seq; 0 is no bound
	Limit  int    // at most so many; 0 is DefaultLimit in Find and all in an export
	Newest bool   // the newest first
}

// ParseFilter reads a filter from the query of a URL, where fields have the names and
// values that they have in a matcher, and besides there are where, text, after, before,
// limit and newest. What is empty, or copy 0, is not looked at. apis are the values of
// api; without any it takes every text. An error says what would be right.
func ParseFilter(query url.Values, apis ...simulator.API) (Filter, error) {
	read := language(apis...)
	var f Filter
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		if len(values) > 1 {
			return Filter{}, fmt.Errorf("the filter %s is given %d times", condition.Shorten(name), len(values))
		}
		s := strings.TrimSpace(strings.Join(values, ""))
		if len(s) > maxFilterText {
			return Filter{}, fmt.Errorf("the filter %s is longer than %d bytes", condition.Shorten(name), maxFilterText)
		}
		if err := f.set(read, name, s); err != nil {
			return Filter{}, err
		}
	}
	return f, nil
}

// set reads a field that came as text.
func (f *Filter) set(read *condition.Reader, name, s string) (err error) {
	if names := filterNames(); !slices.Contains(names, name) {
		return fmt.Errorf("there is no filter %q%s; there are %s", condition.Shorten(name), didYouMean(name, names), strings.Join(names, ", "))
	}
	if s == "" || name == "copy" && s == "0" {
		return nil
	}
	switch name {
	case "text":
		f.Text = s
	case "limit":
		f.Limit, err = parseLimit(name, s)
	case "after":
		f.After, err = parseSeq(name, s)
	case "before":
		f.Before, err = parseSeq(name, s)
	case "newest":
		f.Newest, err = parseBool(name, s)
	case fieldDropped:
		var dropped bool
		if dropped, err = parseBool(name, s); err == nil {
			err = f.add(read, name, strconv.FormatBool(dropped))
		}
	default:
		err = f.add(read, name, s)
	}
	return err
}

// add adds a condition of the language.
func (f *Filter) add(read *condition.Reader, name, s string) error {
	t, err := read.Text(name, s)
	f.Match.Tests = append(f.Match.Tests, t)
	return err
}

func filterNames() []string {
	var names []string
	for _, field := range fields() {
		names = append(names, field.Name)
	}
	return append(names, condition.KeyWhere, "text", "after", "before", "limit", "newest")
}

func parseLimit(name, s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > MaxLimit {
		return 0, condition.FieldErrorf(name, " is a number from 1 to %d, not %q", MaxLimit, condition.Shorten(s))
	}
	return n, nil
}

func parseSeq(name, s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, condition.FieldErrorf(name, " is the seq of a record, such as 17, not %q", condition.Shorten(s))
	}
	return n, nil
}

func parseBool(name, s string) (bool, error) {
	switch s {
	case "1", "true":
		return true, nil
	case "0", "false":
		return false, nil
	}
	return false, condition.FieldErrorf(name, " is true or false (or 1 or 0), not %q", condition.Shorten(s))
}

// contains reports whether a text in small letters is anywhere in d, in any case.
func (d *decoded) contains(lower string) bool {
	in := func(s string) bool { return strings.Contains(strings.ToLower(s), lower) }
	for i := firstText; i < len(d.entry.ends); i++ {
		if in(d.entry.part(i)) {
			return true
		}
	}
	return in(strconv.Itoa(d.Status)) || in(string(d.body(requestBody))) || in(string(d.body(responseBody)))
}

// inBounds reports whether the number of a record is between After and Before.
func (f *Filter) inBounds(seq uint64) bool {
	return seq > f.After && (f.Before == 0 || seq < f.Before)
}

// everything reports whether f selects all records between After and Before.
func (f *Filter) everything() bool { return len(f.Match.Tests) == 0 && f.Text == "" }

// selected are the records that f selects, in the order that it wants, whatever After,
// Before and Limit are.
func (f *Filter) selected(entries []*entry) iter.Seq[*decoded] {
	text, order := strings.ToLower(f.Text), slices.All(entries)
	if f.Newest {
		order = slices.Backward(entries)
	}
	return func(yield func(*decoded) bool) {
		for _, e := range order {
			d := e.decode()
			if f.Match.Holds(d) && (text == "" || d.contains(text)) && !yield(d) {
				return
			}
		}
	}
}
