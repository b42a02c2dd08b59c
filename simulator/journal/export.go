package journal

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
)

// WriteJSONL writes what f means as JSON lines in canonical order, Seq counted from
// 1: two runs in which the same happened at the same instants give the same bytes,
// whoever came first within an instant. What was evicted is not there.
//
// The order is by time, then API, phone and payment, then requests before actions
// before callbacks, then the copy, then everything else of the record. Only records
// that are equal in everything are left, and those may change places. Limit and
// Newest of f choose which records are written, not their order.
func (j *Journal) WriteJSONL(w io.Writer, f Filter) error {
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	err := j.export(f, func(r Record) error {
		line = append(AppendJSON(line[:0], r), '\n')
		_, err := out.Write(line)
		return err
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}

// export visits what f means in canonical order.
func (j *Journal) export(f Filter, visit func(Record) error) error {
	kept, _, _ := j.since(0)
	q := f.query()
	low, high := f.bounds(kept)
	var order []canonical
	f.walk(kept, low, high, func(v *view, _ int) bool {
		if q.holds(v) {
			order = append(order, canonical{view: *v})
		}
		return f.Limit < 1 || len(order) < f.Limit
	})
	sorted := make([]*canonical, len(order))
	for i := range order {
		sorted[i] = &order[i]
	}
	slices.SortFunc(sorted, compareCanonical)
	for i, c := range sorted {
		r := c.view.record(j.world)
		r.Seq = uint64(i + 1)
		if err := visit(r); err != nil {
			return err
		}
	}
	return nil
}

// canonical is a record on its way to its place.
type canonical struct {
	view    view
	content []byte // made when it is needed
}

// everything is the record without its number.
func (c *canonical) everything() []byte {
	if c.content == nil {
		r := c.view.record("")
		c.content = appendContent(nil, &r)
	}
	return c.content
}

func compareCanonical(a, b *canonical) int {
	v, w := &a.view, &b.view
	if n := cmp.Or(cmp.Compare(v.sec, w.sec), cmp.Compare(v.nsec, w.nsec)); n != 0 {
		return n
	}
	for _, i := range []int{textAPI, textPhone, textPayment} {
		if n := bytes.Compare(v.texts[i], w.texts[i]); n != 0 {
			return n
		}
	}
	if n := cmp.Or(cmp.Compare(v.rank(), w.rank()), cmp.Compare(v.copy, w.copy)); n != 0 {
		return n
	}
	return bytes.Compare(a.everything(), b.everything())
}

// rank is the order of the kinds within an instant: what somebody asked for, what
// was done about it, what came of it.
func (v *view) rank() int {
	return slices.Index([]string{string(KindRequest), string(KindAction), string(KindCallback)}, string(v.texts[textKind]))
}
