package journal

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator/condition"
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
	kept := j.since(0)
	return j.verdict(m, c, m.count(kept.entries), kept)
}

// count is how many of the entries are as m says.
func (m Match) count(entries []*entry) int {
	n := 0
	for _, e := range entries {
		if m.Holds(e.decode()) {
			n++
		}
	}
	return n
}

// Wait returns as soon as Verify would be right, counting records from before and
// from now on; at once when there are more than c allows; and when ctx is over, with
// what is there then. With an upper bound it waits for the lower one only: more records
// may always come. A reset or restore makes it count anew.
func (j *Journal) Wait(ctx context.Context, m Match, c Count) Verdict {
	changed, stop := j.watch()
	defer stop()
	found, last, generation := 0, uint64(0), 0
	for over := false; ; {
		kept := j.since(last)
		if kept.generation != generation {
			kept = j.since(0)
			found, generation = 0, kept.generation
		}
		found += m.count(kept.entries)
		last = kept.next - 1
		if over || found >= c.Min {
			return j.verdict(m, c, found, j.until(last, generation))
		}
		select {
		case <-changed:
		case <-ctx.Done():
			over = true
		}
	}
}

// until is what is kept up to the number last.
func (j *Journal) until(last uint64, generation int) contents {
	kept := j.since(0)
	if kept.generation == generation {
		kept.entries = slices.DeleteFunc(kept.entries, func(e *entry) bool { return e.seq > last })
	}
	return kept
}

// verdict says what is to be said of found records.
func (j *Journal) verdict(m Match, c Count, found int, kept contents) Verdict {
	v := Verdict{OK: c.holds(found), Found: found, Expected: m.expected(c), Records: []Record{}, NearMisses: []NearMiss{}}
	for _, e := range slices.Backward(kept.entries) {
		if len(v.Records) == min(maxFound, found) {
			break
		}
		if d := e.decode(); m.Holds(d) {
			v.Records = append(v.Records, d.record(j.world))
		}
	}
	slices.Reverse(v.Records)
	v.Message = fmt.Sprintf("expected %s, found %d", v.Expected, found)
	if !v.OK && found > 0 {
		v.Message += listFound(v.Records, found)
	}
	if !v.OK && !c.passed(found) {
		v.NearMisses = m.nearMisses(kept.entries, j.world)
		v.Message += tooFew(v.NearMisses, len(kept.entries), kept.lost)
	}
	return v
}

// listFound lists what was found.
func listFound(latest []Record, found int) string {
	var names []string
	for i := range latest {
		names = append(names, latest[i].name())
	}
	before := ": "
	if found > len(latest) {
		before = ", the latest: "
	}
	return before + strings.Join(names, "; ")
}

// tooFew tells what there is instead.
func tooFew(near []NearMiss, kept int, lost uint64) (text string) {
	var lines []string
	for i := range near {
		lines = append(lines, near[i].String())
	}
	switch {
	case kept == 0:
		text = ". The journal is empty"
	case len(near) > 0:
		text = ". Nearest: " + strings.Join(lines, "\n  ")
	}
	if lost > 0 {
		text += fmt.Sprintf("\n%d older records are no longer kept", lost)
	}
	return text
}

// String says what differs, for a person.
func (n *NearMiss) String() string {
	var differs []string
	for _, d := range n.Differs[:min(len(n.Differs), maxDiffers)] {
		differs = append(differs, fmt.Sprintf("%s was %s (wanted %s)", d.Field, d.Got, d.Want))
	}
	if more := len(n.Differs) - maxDiffers; more > 0 {
		differs = append(differs, fmt.Sprintf("and %d more", more))
	}
	return strings.TrimSuffix(n.Record.name()+": "+strings.Join(differs, ", "), ": ")
}

// name is the record in a message: "#7 callback 254708374149 ws_CO_…".
func (r *Record) name() string {
	parts := []string{fmt.Sprintf("#%d", r.Seq)}
	if r.Kind == KindRequest {
		parts = append(parts, string(r.API))
	}
	parts = append(parts, string(r.Kind), r.Phone, r.Reference, r.Payment)
	if r.Phone == "" && r.Payment == "" {
		parts = append(parts, r.Method, condition.Shorten(r.URL))
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return strings.Join(parts, " ")
}

// near is how much of a matcher a record holds.
type near struct {
	*decoded
	held    int
	kind    bool // it is of the right kind
	same    int  // conditions held that say whose it is: phone, payment, reference
	present int  // conditions that do not hold, but there is something to compare
}

// nearest are the records that hold the most conditions. One that holds none is near
// only when there is nothing else to hold. One of another kind than m wants is near only
// when it is of the phone, payment or reference that m wants and none of the right kind
// is: a refused push says why it has no callback.
func (m Match) nearest(entries []*entry) []near {
	var right, others []near
	same := -1 // the most of those of the right kind
	for _, e := range entries {
		switch n := m.nearness(e.decode()); {
		case n.held == len(m.Tests) || n.held == 0 && len(m.Tests) > 1:
		case n.kind:
			right = append(right, n)
			same = max(same, n.same)
		default:
			others = append(others, n)
		}
	}
	others = slices.DeleteFunc(others, func(n near) bool { return n.same <= same })
	slices.SortFunc(right, compareNear)
	slices.SortFunc(others, compareNear)
	others = append(others, right...)
	return others[:min(len(others), maxNearMisses)]
}

// nearMisses says in what the nearest records differ.
func (m Match) nearMisses(entries []*entry, world string) []NearMiss {
	best := m.nearest(entries)
	out := make([]NearMiss, 0, len(best))
	for _, n := range best {
		miss := NearMiss{Record: n.record(world), Differs: []Difference{}}
		for i := range m.Tests {
			if t := &m.Tests[i]; !t.Holds(n.decoded) {
				miss.Differs = append(miss.Differs, Difference{Field: t.Field(), Want: t.Want(), Got: got(t, t.Value(n.decoded))})
			}
		}
		out = append(out, miss)
	}
	return out
}

func (m Match) nearness(d *decoded) near {
	n := near{decoded: d, kind: true}
	for i := range m.Tests {
		t := &m.Tests[i]
		switch key := t.Key; {
		case t.Holds(d):
			n.held++
			if key == fieldPhone || key == fieldPayment || key == fieldReference {
				n.same++
			}
		case key == fieldKind:
			n.kind = false
		case t.Value(d).Present:
			n.present++
		}
	}
	return n
}

// compareNear orders the nearest first, and of those as near the newest.
func compareNear(a, b near) int {
	return cmp.Or(
		cmp.Compare(b.held, a.held), cmp.Compare(b.same, a.same),
		cmp.Compare(b.present, a.present), cmp.Compare(b.Seq, a.Seq),
	)
}

// expected says what m and c look for, for a person.
func (m Match) expected(c Count) string {
	noun, many, api, phone := "record", "records", "", ""
	var rest []string
	for i := range m.Tests {
		t := &m.Tests[i]
		switch {
		case t.Key == fieldKind && t.IsLiteral():
			noun, many = t.Want(), t.Want()+"s"
		case t.Key == fieldAPI && t.IsLiteral():
			api = t.Want() + " "
		case t.Key == fieldPhone && !t.IsPresence():
			phone = " for phone " + t.Want()
		default:
			rest = append(rest, t.String())
		}
	}
	s := c.of(api+noun, api+many)
	if len(rest) > 0 {
		s += " with " + strings.Join(rest, " and ")
	}
	return s + phone
}
