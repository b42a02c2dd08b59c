package journal

// Page is a part of what a filter finds.
type Page struct {
	Records []Record `json:"records"`
	// Next is where the next page begins: After of its filter, or Before when the
	// newest come first. 0 is the end.
	Next  uint64 `json:"next"`
	Total int    `json:"total"` // that the filter finds, on all pages
	Lost  uint64 `json:"lost"`  // evicted so far, so that nothing finds them
}

// Find gives a page of the records that f means.
func (j *Journal) Find(f Filter) Page {
	kept, lost, _ := j.since(0)
	limit := f.Limit
	if limit < 1 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)
	page := Page{Records: []Record{}, Lost: lost}
	q := f.query()
	low, high := f.bounds(kept)
	if q.all() {
		page.Total = kept.len()
	} else {
		page.Total = q.count(kept, kept.first, kept.next)
	}
	bytes, full := 0, false
	f.walk(kept, low, high, func(v *view, length int) bool {
		if !q.holds(v) {
			return true
		}
		if full = len(page.Records) == limit || len(page.Records) > 0 && bytes+length > maxPage; full {
			return false
		}
		bytes += length
		page.Records = append(page.Records, v.record(j.world))
		return true
	})
	if full {
		page.Next = page.Records[len(page.Records)-1].Seq
	}
	return page
}

// Walk calls visit with the records that f means, one after the other, until visit has
// enough and returns false. It takes no account of Limit, and holds up nobody.
func (j *Journal) Walk(f Filter, visit func(Record) (more bool)) {
	kept, _, _ := j.since(0)
	q := f.query()
	low, high := f.bounds(kept)
	f.walk(kept, low, high, func(v *view, _ int) bool {
		return !q.holds(v) || visit(v.record(j.world))
	})
}

// bounds are the numbers that f looks at, from low to before high.
func (f *Filter) bounds(kept records) (low, high uint64) {
	low, high = kept.first, kept.next
	if f.After >= low {
		low = min(f.After, high-1) + 1
	}
	if f.Before > 0 {
		high = min(high, f.Before)
	}
	return low, max(low, high)
}

// walk opens the records from low to before high in the order that f wants, until
// visit has enough.
func (f *Filter) walk(kept records, low, high uint64, visit func(v *view, length int) bool) {
	var v view
	for i := range high - low {
		seq := low + i
		if f.Newest {
			seq = high - 1 - i
		}
		packed := kept.at(seq)
		v.open(seq, packed)
		if !visit(&v, len(packed)) {
			return
		}
	}
}

// count is how many of the records from low to before high are right.
func (q *query) count(kept records, low, high uint64) int {
	n := 0
	var v view
	for seq := low; seq < high; seq++ {
		if v.open(seq, kept.at(seq)); q.holds(&v) {
			n++
		}
	}
	return n
}
