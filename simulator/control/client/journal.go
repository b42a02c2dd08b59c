package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/internal/apiclient"
	"github.com/darajabox/darajabox/simulator/journal"
)

// What the journal keeps, and what it says of it.
type (
	Record     = journal.Record
	Page       = journal.Page
	Verdict    = journal.Verdict
	NearMiss   = journal.NearMiss
	Difference = journal.Difference
)

// Expectation is a check of the journal: how many records must match.
type Expectation struct {
	Match json.RawMessage `json:"match"`
	Count json.RawMessage `json:"count,omitempty"` // at least one when it is left out
}

// WaitFor is an Expectation that may come true within a time.
type WaitFor struct {
	Expectation

	Timeout *Duration `json:"timeout,omitempty"`
}

// Page reads a page of the journal; query is the filter.
func (c *Client) Page(ctx context.Context, query url.Values) (Page, error) {
	return get[Page](ctx, c, "/journal", query)
}

// Record reads one record.
func (c *Client) Record(ctx context.Context, seq uint64) (Record, error) {
	return get[Record](ctx, c, apiclient.Path("journal", strconv.FormatUint(seq, 10)), nil)
}

// Records reads all records of a kind after one, page by page.
func (c *Client) Records(ctx context.Context, kind journal.Kind, after uint64) ([]Record, error) {
	var all []Record
	query := url.Values{"kind": {string(kind)}, "limit": {strconv.Itoa(journal.MaxLimit)}}
	for {
		query.Set("after", strconv.FormatUint(after, 10))
		page, err := c.Page(ctx, query)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Records...)
		if page.Next == 0 {
			return all, nil
		}
		after = page.Next
	}
}

// LatestRecords reads the newest records, the newest first, at most so many.
func (c *Client) LatestRecords(ctx context.Context, most int) (Page, error) {
	return c.Page(ctx, url.Values{"newest": {"1"}, "limit": {strconv.Itoa(most)}})
}

// Export opens the journal in a format, jsonl or har; the caller closes it.
func (c *Client) Export(ctx context.Context, format string, query url.Values) (io.ReadCloser, error) {
	return c.api.Open(ctx, apiclient.Call{Method: http.MethodGet, Path: c.world + "/journal." + url.PathEscape(format), Query: query})
}

// Events opens the world's stream of server-sent events; the caller closes it.
func (c *Client) Events(ctx context.Context) (io.ReadCloser, error) {
	return c.api.Open(ctx, apiclient.Call{Method: http.MethodGet, Path: c.world + "/events"})
}

// ClearJournal empties the journal.
func (c *Client) ClearJournal(ctx context.Context) error {
	return c.do(ctx, http.MethodDelete, "/journal")
}

// Verify checks the journal. match and count are sent as JSON; a nil count is at least one.
func (c *Client) Verify(ctx context.Context, match, count any) (Verdict, error) {
	e, err := newExpectation(match, count)
	if err != nil {
		return Verdict{}, err
	}
	return send[Verdict](ctx, c, http.MethodPost, "/journal/verify", e)
}

// Wait is Verify that waits, in real time, until the check holds. The verdict is not OK
// when it does not within the timeout.
func (c *Client) Wait(ctx context.Context, match, count any, timeout time.Duration) (Verdict, error) {
	e, err := newExpectation(match, count)
	if err != nil {
		return Verdict{}, err
	}
	within := Duration(timeout)
	return call[Verdict](ctx, c, apiclient.Call{
		Method: http.MethodPost, Path: "/journal/wait", Accept: http.StatusRequestTimeout,
		Body: WaitFor{Expectation: e, Timeout: &within},
	})
}

func newExpectation(match, count any) (e Expectation, err error) {
	if e.Match, err = json.Marshal(match); err == nil && count != nil {
		e.Count, err = json.Marshal(count)
	}
	if err != nil {
		err = fmt.Errorf("encoding what is expected: %w", err)
	}
	return e, err
}
