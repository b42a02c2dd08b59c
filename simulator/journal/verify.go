package journal

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Limits of a verdict.
const (
	maxFound      = 10 // records in it
	maxNearMisses = 5
	maxDiffers    = 3 // fields of a near miss in the message
)

// Verdict is whether what was expected is in the journal.
type Verdict struct {
	OK         bool       `json:"ok"`
	Found      int        `json:"found"`
	Expected   string     `json:"expected"`    // in words
	Message    string     `json:"message"`     // for a person, with the near misses when it failed
	Records    []Record   `json:"records"`     // the latest of those found, at most 10, oldest first
	NearMisses []NearMiss `json:"near_misses"` // when there were too few: at most 5, nearest first
}

// NearMiss is a record that is not what was looked for, but nearly.
type NearMiss struct {
	Record  Record       `json:"record"`
	Differs []Difference `json:"differs"`
}

// Difference is a field that is not as it should be, in the words of the matcher.
type Difference struct {
	Field string `json:"field"`
	Want  string `json:"want"`
	Got   string `json:"got"`
}

// Verify reports whether as many records as c says are as m says, among those that
// are kept.
func (j *Journal) Verify(m Match, c Count) Verdict {
	kept, lost, _ := j.since(0)
	q := query{conditions: m.conditions}
	return j.verdict(m, c, q.count(kept, kept.first, kept.next), kept, lost)
}

// Wait returns as soon as Verify would be right, counting records from before and
// from now on; at once when there are more than c allows; and when ctx is over, with
// what is there then. With an upper bound it waits for the lower one only: nobody
// knows what will still come. A reset or restore makes it count anew.
func (j *Journal) Wait(ctx context.Context, m Match, c Count) Verdict {
	changed, stop := j.watch()
	defer stop()
	q := query{conditions: m.conditions}
	found, last, era := 0, uint64(0), 0
	for over := false; ; {
		kept, lost, now := j.since(last)
		if now != era {
			found, era = 0, now
			kept, lost, _ = j.since(0)
		}
		found += q.count(kept, kept.first, kept.next)
		last = kept.next - 1
		if over || found >= c.Min {
			return j.verdict(m, c, found, j.until(last, era), lost)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			over = true
		}
	}
}

// until is a view up to the number last, as far as that is still kept.
func (j *Journal) until(last uint64, era int) records {
	kept, _, now := j.since(0)
	if now == era {
		kept.next = max(kept.first, min(kept.next, last+1))
	}
	return kept
}

// verdict says what is to be said of found records.
func (j *Journal) verdict(m Match, c Count, found int, kept records, lost uint64) Verdict {
	v := Verdict{OK: c.holds(found), Found: found, Expected: m.expected(c), Records: []Record{}, NearMisses: []NearMiss{}}
	all := Filter{Newest: true}
	all.walk(kept, kept.first, kept.next, func(x *view, _ int) bool {
		if hold(m.conditions, x) {
			v.Records = append(v.Records, x.record(j.world))
		}
		return len(v.Records) < min(maxFound, found)
	})
	slices.Reverse(v.Records)
	v.Message = fmt.Sprintf("expected %s, found %d", v.Expected, found)
	if !v.OK && found > 0 {
		v.Message += listFound(v.Records, found)
	}
	if !v.OK && !c.passed(found) {
		v.NearMisses = m.nearMisses(kept, j.world)
		v.Message += tooFew(v.NearMisses, kept.len(), lost)
	}
	return v
}

// listFound lists what was found.
func listFound(latest []Record, found int) string {
	var names []string
	for i := range latest {
		names = append(names, latest[i].name())
	}
	if found > len(latest) {
		return ", the latest: " + strings.Join(names, "; ")
	}
	return ": " + strings.Join(names, "; ")
}

// tooFew tells what there is instead.
func tooFew(near []NearMiss, kept int, lost uint64) string {
	var b strings.Builder
	switch {
	case kept == 0:
		b.WriteString(". The journal is empty")
	case len(near) > 0:
		b.WriteString(". Nearest: ")
	}
	for i := range near {
		if i > 0 {
			b.WriteString("\n  ")
		}
		b.WriteString(near[i].String())
	}
	if lost > 0 {
		fmt.Fprintf(&b, "\n%d older records are no longer kept", lost)
	}
	return b.String()
}

// String says what differs, for a person.
func (n *NearMiss) String() string {
	var b strings.Builder
	b.WriteString(n.Record.name())
	separator := ": "
	for _, d := range n.Differs[:min(len(n.Differs), maxDiffers)] {
		fmt.Fprintf(&b, "%s%s was %s (wanted %s)", separator, d.Field, d.Got, d.Want)
		separator = ", "
	}
	if more := len(n.Differs) - maxDiffers; more > 0 {
		fmt.Fprintf(&b, ", and %d more", more)
	}
	return b.String()
}

// name is how a message speaks of a record: "#7 callback 254708374149 ws_CO_…".
func (r *Record) name() string {
	words := []string{fmt.Sprintf("#%d", r.Seq)}
	if r.Kind == KindRequest && r.API != "" {
		words = append(words, string(r.API))
	}
	words = append(words, string(r.Kind), r.Phone, r.Reference, r.Payment)
	if r.Phone == "" && r.Payment == "" {
		words = append(words, r.Method, shorten(r.URL))
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	return strings.Join(words, " ")
}

// near is how much of a matcher a record holds.
type near struct {
	seq     uint64
	held    int
	kind    int // 1 when it is of the right kind
	same    int // conditions held that say whose it is: phone, payment, reference
	present int // conditions that do not hold, but there is something to compare
}

// nearList is the nearest records of those that were added, the nearest first.
type nearList struct {
	best []near
	same int // the most of near.same
}

func (l *nearList) add(n near) {
	l.same = max(l.same, n.same)
	at, _ := slices.BinarySearchFunc(l.best, n, compareNear)
	if l.best = slices.Insert(l.best, at, n); len(l.best) > maxNearMisses {
		l.best = l.best[:maxNearMisses]
	}
}

// nearest are the records that hold the most conditions. One that holds none is near
// only when there is nothing else to hold. One of another kind than m wants is near only
// when it is of the phone, payment or reference that m wants and none of the right kind
// is: a refused push says why it has no callback.
func (m Match) nearest(kept records) []near {
	var right, others nearList
	all := Filter{Newest: true}
	all.walk(kept, kept.first, kept.next, func(v *view, _ int) bool {
		switch n := m.nearness(v); {
		case n.held == len(m.conditions) || n.held == 0 && len(m.conditions) > 1:
		case n.kind == 1:
			right.add(n)
		default:
			others.add(n)
		}
		return true
	})
	if len(right.best) == 0 {
		return others.best
	}
	found := slices.DeleteFunc(others.best, func(n near) bool { return n.same <= right.same })
	found = append(found, right.best...)
	return found[:min(len(found), maxNearMisses)]
}

// nearMisses says in what the nearest records differ.
func (m Match) nearMisses(kept records, world string) []NearMiss {
	best := m.nearest(kept)
	out := make([]NearMiss, 0, len(best))
	var v view
	for _, n := range best {
		v.open(n.seq, kept.at(n.seq))
		miss := NearMiss{Record: v.record(world), Differs: []Difference{}}
		for i := range m.conditions {
			if c := &m.conditions[i]; !c.holds(&v) {
				miss.Differs = append(miss.Differs, Difference{Field: c.field, Want: c.wanted(), Got: c.got(&v)})
			}
		}
		out = append(out, miss)
	}
	return out
}

func (m Match) nearness(v *view) near {
	n := near{seq: v.seq, kind: 1}
	var room [20]byte
	for i := range m.conditions {
		c := &m.conditions[i]
		switch {
		case c.holds(v):
			n.held++
			if c.place == textPhone || c.place == textPayment || c.place == textReference {
				n.same++
			}
		case c.place == textKind:
			n.kind = 0
		case c.value(v, room[:0]).there:
			n.present++
		}
	}
	return n
}

// compareNear orders the nearest first, and of those as near the newest.
func compareNear(a, b near) int {
	return cmp.Or(
		cmp.Compare(b.held, a.held), cmp.Compare(b.same, a.same),
		cmp.Compare(b.present, a.present), cmp.Compare(b.seq, a.seq),
	)
}

// expected says what m and c look for, for a person.
func (m Match) expected(c Count) string {
	noun, many, api, phone := "record", "records", "", ""
	var rest []string
	for i := range m.conditions {
		x := &m.conditions[i]
		plain := x.want.plain()
		switch {
		case x.place == textKind && plain:
			noun, many = x.want.shown, x.want.shown+"s"
		case x.place == textAPI && plain:
			api = x.want.shown + " "
		case x.place == textPhone && !x.want.absent && !x.want.any:
			phone = " for phone " + x.want.shown
		default:
			rest = append(rest, x.String())
		}
	}
	s := c.of(api+noun, api+many)
	if len(rest) > 0 {
		s += " with " + strings.Join(rest, " and ")
	}
	return s + phone
}

// String says what must be, for a person: "status 200", "no error_code".
func (c *condition) String() string {
	switch {
	case c.want.absent:
		return "no " + c.field
	case c.want.any:
		return "any " + c.field
	case c.want.shown == "":
		return "an empty " + c.field
	}
	return c.field + " " + shorten(c.want.shown)
}
