package darajatest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator/control/client"
)

// Record is something that happened, as the journal keeps it. Its String is a line.
type Record = client.Record

// Entry is a payment that moved money.
type Entry = client.LedgerEntry

// Requests are the requests that came, in order.
func (s *Simulator) Requests() []Record {
	s.tb.Helper()
	all, err := s.control.Records(context.Background(), "request", 0)
	s.check("reading the journal", err)
	return all
}

// Callbacks are the attempts to deliver callbacks, in order, those that were dropped
// on purpose included.
func (s *Simulator) Callbacks() []Record {
	s.tb.Helper()
	all, err := s.control.Records(context.Background(), "callback", 0)
	s.check("reading the journal", err)
	return all
}

// Ledger lists the payments that moved money, in order.
func (s *Simulator) Ledger() []Entry {
	s.tb.Helper()
	entries, err := s.control.Ledger(context.Background())
	s.check("reading the ledger", err)
	return entries
}

// journalEnd is the end of the journal in short, for the log of a failed test.
func (s *Simulator) journalEnd() string {
	const most = 50
	page, err := s.control.LatestRecords(context.Background(), most)
	if err != nil {
		return fmt.Sprintf("darajatest: the journal could not be read: %v", err)
	}
	if len(page.Records) == 0 {
		return "darajatest: nothing reached the simulator at " + s.URL
	}
	var b strings.Builder
	fmt.Fprintf(&b, "darajatest: the simulator's journal, %d of %d records:", len(page.Records), page.Total)
	for _, r := range slices.Backward(page.Records) {
		fmt.Fprintf(&b, "\n  %d %s", r.Seq, r)
	}
	return b.String()
}
