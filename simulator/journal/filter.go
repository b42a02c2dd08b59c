package journal

import (
	"fmt"
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

	maxPage       = 8 << 20 // bytes on a page, packed; one record is on it whatever its length
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

// query is a filter made ready to look at many records.
type query struct {
	conditions []condition
	text       *folded
	noPayment  bool
	impossible bool
}

func (f *Filter) query() query {
	conditions, err := f.conditions()
	q := query{conditions: conditions, noPayment: f.NoPayment, impossible: err != nil}
	if f.Text != "" {
		text := newFolded(f.Text)
		q.text = &text
	}
	return q
}

// all reports whether every record is meant.
func (q *query) all() bool {
	return len(q.conditions) == 0 && q.text == nil && !q.noPayment && !q.impossible
}

func (q *query) holds(v *view) bool {
	if q.noPayment && len(v.texts[textPayment]) > 0 {
		return false
	}
	return !q.impossible && hold(q.conditions, v) && (q.text == nil || v.mentions(*q.text))
}
