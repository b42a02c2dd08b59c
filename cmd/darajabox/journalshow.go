package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

type journalShowCmd struct {
	Seq    uint64 `arg:"" optional:"" help:"Number of one record, to see all of it."`
	Limit  int    `help:"How many records, the newest." default:"50" env:"-"`
	Follow bool   `help:"Keep running and show new records, until Ctrl-C." short:"f" env:"-"`
	filterFlags
	clientFlags
}

// Help teaches by example.
func (*journalShowCmd) Help() string {
	return `Filters can be combined:

    darajabox journal show --status 4xx          # refusals, each with its reason
    darajabox journal show --kind callback --payment ws_CO_24112026120000153708374149
    darajabox journal show --follow --phone 0708374149
    darajabox journal show 12                    # record 12 with its bodies`
}

// Validate refuses flags that do not go together.
func (c *journalShowCmd) Validate() error {
	switch {
	case c.Limit < 1:
		return errors.New("--limit must be 1 or more; 'journal export' writes everything")
	case c.Seq != 0 && c.Follow:
		return errors.New("one record does not change; leave out its number, or --follow")
	}
	return nil
}

// page is a page of the journal as the control API describes it.
type page struct {
	Records []json.RawMessage `json:"records"`
	Next    uint64            `json:"next"`
	Total   int               `json:"total"`
	Lost    uint64            `json:"lost"`
}

// Run shows the journal.
func (c *journalShowCmd) Run(e *env) error {
	switch {
	case c.Seq != 0:
		return do(e, c.controlFlags, call{method: http.MethodGet, path: c.path("journal", strconv.FormatUint(c.Seq, 10))}, printRecord)
	case c.Follow:
		return c.follow(e)
	}
	body, err := c.ask(e, c.newest())
	if err != nil {
		return err
	}
	return tell(e, c.controlFlags, body, func(w io.Writer, p struct {
		Records []record `json:"records"`
		Total   int      `json:"total"`
		Lost    uint64   `json:"lost"`
	}) {
		if len(p.Records) == 0 {
			fmt.Fprintln(w, c.none())
			return
		}
		sortRecords(p.Records)
		printRecordHead(w)
		printRecords(w, p.Records)
		if p.Total > len(p.Records) {
			fmt.Fprintf(w, "\n%d of %d records; --limit shows more.\n", len(p.Records), p.Total)
		}
		if p.Lost > 0 {
			fmt.Fprintf(w, "\nThe oldest %d records are lost: the journal has a limit.\n", p.Lost)
		}
	})
}

func (c *journalShowCmd) newest() call {
	query := c.query()
	query.Set("limit", strconv.Itoa(c.Limit))
	query.Set("newest", "1")
	return call{method: http.MethodGet, path: c.path("journal"), query: query}
}

func sortRecords(records []record) {
	slices.SortFunc(records, func(a, b record) int { return int(a.Seq) - int(b.Seq) })
}

// follow shows the newest records and those that come. An event says that there is
// something new; what it is comes from the journal itself, so that nothing is
// missed however slow the terminal is.
func (c *journalShowCmd) follow(e *env) error {
	stream, err := c.open(e, call{method: http.MethodGet, path: c.path("events")})
	if err != nil {
		return err
	}
	defer stream.Body.Close()
	if c.Output == "text" {
		printRecordHead(e.stdout)
	}
	last, err := c.showPage(e, c.newest())
	if err != nil {
		return err
	}
	last = max(last, c.After)
	err = readEvents(stream.Body, func(name string, data []byte) error {
		seq, relevant := announced(name, data)
		if !relevant {
			return nil
		}
		if seq != 0 && seq <= last {
			if begins, err := c.beganAnew(e, last); err != nil || !begins {
				return err // it was shown with those before it
			}
			last = seq - 1
		}
		last, err = c.showSince(e, last)
		return err
	})
	if e.ctx.Err() != nil {
		return nil // Ctrl-C is how following ends
	}
	return err
}

// beganAnew tells whether the journal was emptied or restored since record last.
func (c *journalShowCmd) beganAnew(e *env, last uint64) (bool, error) {
	var p struct {
		Records []record `json:"records"`
	}
	query := url.Values{"limit": {"1"}, "newest": {"1"}}
	err := c.read(e, call{method: http.MethodGet, path: c.path("journal"), query: query}, &p)
	return len(p.Records) == 0 || p.Records[0].Seq < last, err
}

// announced tells whether an event may mean new records, and the number of the
// record when it says one.
func announced(event string, data []byte) (seq uint64, relevant bool) {
	switch event {
	case "record":
		var r record
		if json.Unmarshal(data, &r) != nil {
			return 0, true
		}
		return r.Seq, true
	case "lost":
		return 0, true
	}
	return 0, false
}

// showSince shows every record after last and returns the latest number.
func (c *journalShowCmd) showSince(e *env, last uint64) (uint64, error) {
	for {
		query := c.query()
		query.Set("after", strconv.FormatUint(last, 10))
		newest, err := c.showPage(e, call{method: http.MethodGet, path: c.path("journal"), query: query})
		if err != nil || newest <= last {
			return last, err
		}
		last = newest
	}
}

// showPage shows a page and returns the latest number on it.
func (c *journalShowCmd) showPage(e *env, ask call) (newest uint64, err error) {
	var p page
	if err := c.read(e, ask, &p); err != nil {
		return 0, err
	}
	records := make([]record, len(p.Records))
	for i, raw := range p.Records {
		if err := c.decode(raw, &records[i]); err != nil {
			return 0, err
		}
		newest = max(newest, records[i].Seq)
	}
	if c.Output == "text" {
		sortRecords(records)
		printRecords(e.stdout, records)
		return newest, nil
	}
	if len(records) > 1 && records[0].Seq > records[1].Seq {
		slices.Reverse(p.Records)
	}
	for _, raw := range p.Records {
		fmt.Fprintf(e.stdout, "%s\n", raw)
	}
	return newest, nil
}

// maxEvent is the longest line of the stream of events that is read.
const maxEvent = 1 << 20

// readEvents calls f for each server-sent event until the stream or f ends.
func readEvents(r io.Reader, f func(name string, data []byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxEvent)
	var name string
	var data [][]byte
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case field == "event":
			name = value
		case field == "data":
			data = append(data, []byte(value))
		case lines.Text() == "" && name != "":
			if err := f(name, bytes.Join(data, []byte("\n"))); err != nil {
				return err
			}
			name, data = "", nil
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("following the journal: %w", err)
	}
	return errors.New("following the journal: the simulator ended the stream")
}

// indent is JSON over several lines.
func indent(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "  ", "  ") != nil {
		return string(raw)
	}
	return "  " + b.String()
}
