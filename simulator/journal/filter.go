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
)

// Limits of a page.
const (
	DefaultLimit = 100   // records on a page
	MaxLimit     = 1_000 // records on a page at most

	maxPage       = 8 << 20 // bytes on a page, as they are kept; one record is on it whatever its length
	maxFilterText = 512     // bytes of a text in a filter
)

// Filter says which records are meant. A field that is zero is not looked at; in
// texts * stands for any letters, and * alone for anything but nothing.
type Filter struct {
	Kind      Kind
	API       simulator.API
	Phone     string // in any form: 2547…, 07…
	Payment   string
	Reference string
	Shortcode string
	Amount    string
	Status    string // "200", "4xx", or "0" for no answer
	ErrorCode string
	Method    string
	URL       string
	Reason    string
	By        string
	Error     string
	Fault     string // one of the faults
	Copy      int
	Dropped   *bool
	NoPayment bool   // only records that belong to no payment
	Text      string // anywhere in the record as it is written there, in any case

	After  uint64 // only records with a greater Seq
	Before uint64 // only records with a smaller Seq; 0 is no bound
	Limit  int    // at most so many; 0 is DefaultLimit in Find and all in an export
	Newest bool   // the newest first
}

// texts are the fields that fields() has.
func (f *Filter) texts() map[string]*string {
	return map[string]*string{
		"kind": (*string)(&f.Kind), "api": (*string)(&f.API), "phone": &f.Phone, "payment": &f.Payment,
		"reference": &f.Reference, "shortcode": &f.Shortcode, "amount": &f.Amount, "status": &f.Status,
		"error_code": &f.ErrorCode, "method": &f.Method, "url": &f.URL, "reason": &f.Reason, "by": &f.By,
		"error": &f.Error, "fault": &f.Fault,
	}
}

// ParseFilter reads a filter from the query of a URL, where fields have the names
// that they have in a record, and besides there are fault, text, after, before, limit
// and newest. What is empty is not looked at. An error says what would be right.
func ParseFilter(query url.Values) (Filter, error) {
	var f Filter
	known := f.texts()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		if len(values) > 1 {
			return Filter{}, fmt.Errorf("the filter %s is given %d times", shorten(name), len(values))
		}
		s := strings.TrimSpace(strings.Join(values, ""))
		if len(s) > maxFilterText {
			return Filter{}, fmt.Errorf("the filter %s is longer than %d bytes", shorten(name), maxFilterText)
		}
		if err := f.set(name, s, known); err != nil {
			return Filter{}, err
		}
	}
	if _, err := f.conditions(); err != nil {
		return Filter{}, err
	}
	return f, nil
}

// set reads a field that came as text.
func (f *Filter) set(name, s string, known map[string]*string) (err error) {
	if field, ok := known[name]; ok {
		*field = s
		return nil
	}
	if !slices.Contains(otherFilters(), name) {
		names := filterNames()
		return fmt.Errorf("there is no filter %q%s; there are %s", shorten(name), didYouMean(name, names), strings.Join(names, ", "))
	}
	if s == "" {
		return nil
	}
	switch name {
	case "text":
		f.Text = s
	case "copy":
		f.Copy, err = parseNumber(name, s, 0, maxCount)
	case "limit":
		f.Limit, err = parseNumber(name, s, 1, MaxLimit)
	case "after":
		f.After, err = parseSeq(name, s)
	case "before":
		f.Before, err = parseSeq(name, s)
	case "newest":
		f.Newest, err = parseBool(name, s)
	case "dropped":
		var dropped bool
		dropped, err = parseBool(name, s)
		f.Dropped = &dropped
	}
	return err
}

// otherFilters are those that are not simply texts.
func otherFilters() []string {
	return []string{"copy", "dropped", "text", "after", "before", "limit", "newest"}
}

func filterNames() []string {
	var names []string
	for _, field := range fields() {
		names = append(names, field.name)
	}
	for _, name := range otherFilters() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func parseNumber(name, s string, least, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, wrong(name, " is a number from %d to %d, not %q", least, most, shorten(s))
	}
	return n, nil
}

func parseSeq(name, s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, wrong(name, " is the seq of a record, such as 17, not %q", shorten(s))
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
	return false, wrong(name, " is true or false (or 1 or 0), not %q", shorten(s))
}

// conditions are what a record must hold for f, without Text and the bounds of Seq.
func (f *Filter) conditions() ([]condition, error) {
	wanted := f.texts()
	copies, dropped := "", ""
	if f.Copy != 0 {
		copies = strconv.Itoa(f.Copy)
	}
	if f.Dropped != nil {
		dropped = strconv.FormatBool(*f.Dropped)
	}
	wanted["copy"], wanted["dropped"] = &copies, &dropped
	var all []condition
	for _, field := range fields() {
		s := *wanted[field.name]
		if s == "" {
			continue
		}
		c, err := newCondition(field, newPattern(s))
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// selection is a filter made ready to be compared with many records.
type selection struct {
	conditions []condition
	text       string // in small letters
	noPayment  bool
	impossible bool
}

func (f *Filter) selection() selection {
	conditions, err := f.conditions()
	return selection{conditions: conditions, text: strings.ToLower(f.Text), noPayment: f.NoPayment, impossible: err != nil}
}

func (s *selection) holds(d *decoded) bool {
	if s.impossible || s.noPayment && d.Payment != "" {
		return false
	}
	return hold(s.conditions, d) && (s.text == "" || d.contains(s.text))
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
func (f Filter) everything() bool {
	f.After, f.Before, f.Limit, f.Newest = 0, 0, 0, false
	return f == Filter{}
}

// selected are the records that f selects, in the order that it wants, whatever After,
// Before and Limit are.
func (f *Filter) selected(entries []*entry) iter.Seq[*decoded] {
	s, order := f.selection(), slices.All(entries)
	if f.Newest {
		order = slices.Backward(entries)
	}
	return func(yield func(*decoded) bool) {
		for _, e := range order {
			if d := e.decode(); s.holds(d) && !yield(d) {
				return
			}
		}
	}
}
