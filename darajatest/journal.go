package darajatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Record is something that happened, as the journal keeps it.
type Record struct {
	Seq       uint64    `json:"seq"`
	At        time.Time `json:"at"`      // the world's time
	Kind      string    `json:"kind"`    // request, callback or action
	API       string    `json:"api"`     // oauth, stkpush, stkquery
	Payment   string    `json:"payment"` // CheckoutRequestID
	Phone     string    `json:"phone"`
	Reference string    `json:"reference"`
	Shortcode string    `json:"shortcode"`
	Amount    string    `json:"amount"`

	Method    string   `json:"method"`
	URL       string   `json:"url"`    // path of a request, URL of a callback
	Status    int      `json:"status"` // of the answer; 0 is none
	ErrorCode string   `json:"error_code"`
	Reason    string   `json:"reason"` // why a request was refused, in words
	By        string   `json:"by"`     // who decided: "rule 2 of hostile"
	Faults    []string `json:"faults"` // what was done on purpose: "copy 2 of 2"
	Copy      int      `json:"copy"`
	Dropped   bool     `json:"dropped"`
	Error     string   `json:"error"` // why there was no answer

	Request  json.RawMessage `json:"request"`  // body that was sent
	Response json.RawMessage `json:"response"` // body that was answered
}

// String is the record in a line.
func (r Record) String() string {
	parts := []string{r.At.Format("15:04:05.000"), r.Kind}
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add("%s", r.API)
	add("%s", r.Phone)
	add("%s", r.Reference)
	add("%s", strings.TrimSpace(r.Method+" "+r.URL))
	if r.Kind == "callback" {
		result := readCallback(r.Request).ResultCode
		add("result %s", result)
	}
	if r.Status != 0 {
		add("HTTP %s", strconv.Itoa(r.Status))
	}
	add("%s", r.ErrorCode)
	add("(%s)", r.Reason)
	add("[%s]", strings.Join(r.Faults, ", "))
	if r.Dropped && len(r.Faults) == 0 {
		add("[%s]", "dropped")
	}
	add("no answer: %s", r.Error)
	add("by %s", r.By)
	return strings.Join(parts, " ")
}

// Entry is a payment that moved money.
type Entry struct {
	Receipt           string    `json:"receipt"`
	At                time.Time `json:"at"`
	Phone             string    `json:"phone"`
	Shortcode         string    `json:"shortcode"`
	AmountCents       int64     `json:"amount_cents"`
	AccountReference  string    `json:"account_reference"`
	MerchantRequestID string    `json:"merchant_request_id"`
	CheckoutRequestID string    `json:"checkout_request_id"`
}

// Requests are the requests that came, in order.
func (s *Simulator) Requests() []Record {
	s.helper()
	return s.records("request")
}

// Callbacks are the attempts to deliver callbacks, in order, those that were dropped
// on purpose included.
func (s *Simulator) Callbacks() []Record {
	s.helper()
	return s.records("callback")
}

// Ledger lists the payments that moved money, in order.
func (s *Simulator) Ledger() []Entry {
	s.helper()
	var ledger struct {
		Entries []Entry `json:"entries"`
	}
	if err := s.control.do(http.MethodGet, "/ledger", nil, &ledger); err != nil {
		s.fail("reading the ledger", err)
	}
	return ledger.Entries
}

func (s *Simulator) records(kind string) []Record {
	s.helper()
	all, err := s.find(url.Values{"kind": {kind}})
	if err != nil {
		s.fail("reading the journal", err)
	}
	return all
}

// find reads every page of the journal.
func (s *Simulator) find(query url.Values) ([]Record, error) {
	var all []Record
	for {
		var page struct {
			Records []Record `json:"records"`
			Next    uint64   `json:"next"`
		}
		if err := s.control.do(http.MethodGet, "/journal?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Records...)
		if page.Next == 0 {
			return all, nil
		}
		query.Set("after", strconv.FormatUint(page.Next, 10))
	}
}

// storyLength is how many records a failed test logs.
const storyLength = 50

// story is the end of the journal in short, for the log of a failed test.
func (s *Simulator) story() string {
	var page struct {
		Records []Record `json:"records"`
		Total   int      `json:"total"`
	}
	if err := s.control.do(http.MethodGet, fmt.Sprintf("/journal?newest=1&limit=%d", storyLength), nil, &page); err != nil {
		return fmt.Sprintf("darajatest: the journal could not be read: %v", err)
	}
	if len(page.Records) == 0 {
		return "darajatest: nothing reached the simulator at " + s.URL
	}
	var b strings.Builder
	fmt.Fprintf(&b, "darajatest: the simulator's journal, %d of %d records:", len(page.Records), page.Total)
	if first, last := page.Records[0], page.Records[len(page.Records)-1]; first.Seq > last.Seq {
		for i := len(page.Records) - 1; i >= 0; i-- {
			fmt.Fprintf(&b, "\n  %d %s", page.Records[i].Seq, page.Records[i])
		}
		return b.String()
	}
	for _, r := range page.Records {
		fmt.Fprintf(&b, "\n  %d %s", r.Seq, r)
	}
	return b.String()
}
