package journal

import "cmp"

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
	kept := j.since(0)
	limit := min(cmp.Or(max(f.Limit, 0), DefaultLimit), MaxLimit)
	page := Page{Records: []Record{}, Lost: kept.lost}
	bytes := 0
	for d := range f.selected(kept.entries) {
		if page.Next != 0 && f.everything() {
			break // the total is known
		}
		page.Total++
		if page.Next != 0 || !f.inBounds(d.Seq) {
			continue
		}
		if n := len(page.Records); n == limit || n > 0 && bytes+len(d.entry.buffer) > maxPage {
			page.Next = page.Records[n-1].Seq
			continue
		}
		bytes += len(d.entry.buffer)
		page.Records = append(page.Records, d.record(j.world))
	}
	if f.everything() {
		page.Total = len(kept.entries)
	}
	return page
}

// Walk calls visit with the records that f means, one after the other, until visit has
// enough and returns false. It takes no account of Limit. Records can be added
// meanwhile.
func (j *Journal) Walk(f Filter, visit func(Record) (more bool)) {
	for d := range f.selected(j.since(0).entries) {
		if f.inBounds(d.Seq) && !visit(d.record(j.world)) {
			return
		}
	}
}
