package journal

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/darajabox/darajabox/daraja"
)

// WriteJSONL writes what f means as JSON lines in canonical order, Seq counted from
// 1: two runs in which the same happened at the same instants give the same bytes,
// in whatever order they came within an instant. What was evicted is not there.
//
// The order is by time, then API, phone and payment, then requests before actions
// before callbacks, then the copy, then everything else of the record. Only records
// that are equal in everything are left, and those may change places. Limit and
// Newest of f choose which records are written, not their order.
func (j *Journal) WriteJSONL(w io.Writer, f Filter) error {
	return writeBuffered(w, "journal", func(out *bufio.Writer) error {
		return j.export(f, func(r Record) error {
			line, err := daraja.Marshal(r)
			if err == nil {
				_, err = out.Write(append(line, '\n'))
			}
			return err
		})
	})
}

// writeBuffered writes to w what write writes. A buffer keeps its first error for its end.
func writeBuffered(w io.Writer, what string, write func(*bufio.Writer) error) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if err := cmp.Or(write(out), out.Flush()); err != nil {
		return fmt.Errorf("writing the %s: %w", what, err)
	}
	return nil
}

// export visits what f means in canonical order.
func (j *Journal) export(f Filter, visit func(Record) error) error {
	var sorted []*canonical
	for d := range f.selected(j.since(0).entries) {
		if f.Limit > 0 && len(sorted) == f.Limit {
			break
		}
		if f.inBounds(d.Seq) {
			sorted = append(sorted, &canonical{decoded: d})
		}
	}
	slices.SortFunc(sorted, compareCanonical)
	for i, c := range sorted {
		r := c.record(j.world)
		r.Seq = uint64(i + 1)
		if err := visit(r); err != nil {
			return err
		}
	}
	return nil
}

// canonical is a record that is compared with others for its position in an export.
type canonical struct {
	*decoded
	content string // made when it is needed
}

// everything is the record in JSON without its number.
func (c *canonical) everything() string {
	if c.content == "" {
		r := c.record("")
		r.Seq = 0
		if b, err := daraja.Marshal(r); err == nil { // a record always marshals
			c.content = string(b)
		}
	}
	return c.content
}

func compareCanonical(a, b *canonical) int {
	if n := cmp.Or(
		a.At.Compare(b.At), cmp.Compare(a.API, b.API), cmp.Compare(a.Phone, b.Phone), cmp.Compare(a.Payment, b.Payment),
		cmp.Compare(a.kindOrder(), b.kindOrder()), cmp.Compare(a.Copy, b.Copy),
	); n != 0 {
		return n
	}
	return cmp.Compare(a.everything(), b.everything())
}

// kindOrder is the order of the kinds within an instant: what was asked for, what was done
// about it, what resulted.
func (r *Record) kindOrder() int {
	return slices.Index([]Kind{KindRequest, KindAction, KindCallback}, r.Kind)
}
