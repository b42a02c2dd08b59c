package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/simulator/control/client"
)

type journalShowCmd struct {
	Seq    uint64 `arg:"" optional:"" help:"Number of one record, to see all of it."`
	Limit  int    `help:"How many records, the newest." default:"50" env:"-"`
	Follow bool   `help:"Keep running and show new records, until Ctrl-C." short:"f" env:"-"`
	filterFlags
	clientFlags
}

func (c *journalShowCmd) Validate() error {
	switch {
	case c.Limit < 1:
		return errors.New("--limit must be 1 or more; 'journal export' writes everything")
	case c.Seq != 0 && c.Follow:
		return errors.New("one record does not change; leave out its number, or --follow")
	}
	return nil
}

func (c *journalShowCmd) Run(e *env) error {
	switch {
	case c.Seq != 0:
		return answerOf(c.world().Record(e.ctx, c.Seq)).print(e, c, printRecord)
	case c.Follow:
		return c.follow(e)
	}
	return answerOf(c.world().Page(e.ctx, c.newest())).print(e, c, func(w io.Writer, p client.Page) {
		if len(p.Records) == 0 {
			fmt.Fprintln(w, c.none())
			return
		}
		sortRecords(p.Records)
		printRecordHeader(w)
		printRecords(w, p.Records)
		if p.Total > len(p.Records) {
			fmt.Fprintf(w, "\n%d of %d records; --limit shows more.\n", len(p.Records), p.Total)
		}
		if p.Lost > 0 {
			fmt.Fprintf(w, "\nThe oldest %d records are lost: the journal has a limit.\n", p.Lost)
		}
	})
}

func (c *journalShowCmd) newest() url.Values {
	query := c.query()
	query.Set("limit", strconv.Itoa(c.Limit))
	query.Set("newest", "1")
	return query
}

func sortRecords(records []client.Record) {
	slices.SortFunc(records, func(a, b client.Record) int { return cmp.Compare(a.Seq, b.Seq) })
}

// follow prints the newest records and those that come. An event announces a record; the
// record is read from the journal, so that a slow terminal misses none.
func (c *journalShowCmd) follow(e *env) error {
	stream, err := c.world().Events(e.ctx)
	if err != nil {
		return c.explain(e, err)
	}
	defer stream.Close()
	if c.Output == "text" {
		printRecordHeader(e.stdout)
	}
	last, err := c.printPage(e, c.newest())
	lines, event := bufio.NewScanner(stream), ""
	lines.Buffer(nil, maxEvent)
	for err == nil && lines.Scan() {
		switch field, value, _ := strings.Cut(lines.Text(), ": "); {
		case field == "event":
			event = value
		case field == "data" && (event == "record" || event == "lost"): // always one line
			last, err = c.printAnnounced(e, max(last, c.After), []byte(value))
		}
	}
	switch {
	case e.ctx.Err() != nil:
		return nil // Ctrl-C ends following
	case err != nil:
		return err
	}
	return fmt.Errorf("following the journal: %w", cmp.Or(lines.Err(), errors.New("the simulator ended the stream")))
}

// maxEvent is the longest line of the stream of events that is read.
const maxEvent = 1 << 20

// printAnnounced prints every record after last, since an event says that there is one. It
// returns the latest number.
func (c *journalShowCmd) printAnnounced(e *env, last uint64, event []byte) (uint64, error) {
	var r client.Record // without a number when the event has none
	_ = json.Unmarshal(event, &r)
	if r.Seq != 0 && r.Seq <= last { // printed already, or numbered anew
		newest, err := c.world().LatestRecords(e.ctx, 1)
		if err != nil || len(newest.Records) > 0 && newest.Records[0].Seq >= last {
			return last, c.explain(e, err)
		}
		last = r.Seq - 1 // the journal was emptied or restored
	}
	return c.printSince(e, last)
}

// printSince prints every record after last and returns the latest number.
func (c *journalShowCmd) printSince(e *env, last uint64) (uint64, error) {
	for {
		query := c.query()
		query.Set("after", strconv.FormatUint(last, 10))
		newest, err := c.printPage(e, query)
		if err != nil || newest <= last {
			return last, err
		}
		last = newest
	}
}

// printPage prints a page and returns the latest number on it.
func (c *journalShowCmd) printPage(e *env, query url.Values) (newest uint64, err error) {
	p, err := c.world().Page(e.ctx, query)
	if err != nil || len(p.Records) == 0 {
		return 0, c.explain(e, err)
	}
	sortRecords(p.Records)
	newest = p.Records[len(p.Records)-1].Seq
	if c.Output == "text" {
		printRecords(e.stdout, p.Records)
		return newest, nil
	}
	for _, r := range p.Records {
		if err := printJSON(e, r); err != nil {
			return newest, err
		}
	}
	return newest, nil
}
