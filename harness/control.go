package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// control is the simulator's second port.
type control struct {
	*client
	base string
}

// request is a call of Daraja's API as the simulator's journal has it.
type request struct {
	Seq       int             `json:"seq"`
	API       string          `json:"api"`
	Status    int             `json:"status"`
	ErrorCode string          `json:"error_code"`
	Reason    string          `json:"reason"`
	PromptID  string          `json:"payment"`
	Body      json.RawMessage `json:"request"`
}

// fields of a push that the features look at; numbers and strings are the same.
type pushFields struct {
	BusinessShortCode any
	PartyB            any
	TransactionType   any
	PhoneNumber       any
	AccountReference  any
	CallBackURL       any
	CheckoutRequestID any
}

func (r request) fields() pushFields {
	var f pushFields
	_ = json.Unmarshal(r.Body, &f) // what is not JSON has no fields
	return f
}

// accepted says whether a prompt came of it, whatever became of the answer.
func (r request) accepted() bool { return r.API == "stkpush" && r.PromptID != "" }

// sentCallback is one attempt of M-PESA to tell its result.
type sentCallback struct {
	Seq      int             `json:"seq"`
	PromptID string          `json:"payment"`
	URL      string          `json:"url"`
	Copy     int             `json:"copy"`
	Status   int             `json:"status"`
	Error    string          `json:"error"`
	Dropped  bool            `json:"dropped"`
	Body     json.RawMessage `json:"request"`
}

// entry is a payment that moved money.
type entry struct {
	Receipt  string `json:"receipt"`
	At       string `json:"at"`
	Phone    string `json:"phone"`
	Cents    int64  `json:"amount_cents"`
	PromptID string `json:"checkout_request_id"`
}

// requests lists the calls in the journal after a record.
func (c control) requests(ctx context.Context, since int) ([]request, error) {
	return records[request](ctx, c, "request", since)
}

// callbacks lists the callbacks in the journal after a record.
func (c control) callbacks(ctx context.Context, since int) ([]sentCallback, error) {
	return records[sentCallback](ctx, c, "callback", since)
}

// records reads the journal's records of a kind after one, page by page.
func records[R any](ctx context.Context, c control, kind string, since int) ([]R, error) {
	const most = 1000
	var all []R
	for {
		var page struct {
			Records []R `json:"records"`
			Next    int `json:"next"`
		}
		if err := c.get(ctx, fmt.Sprintf("%s/journal?kind=%s&after=%d&limit=%d", c.base, kind, since, most), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Records...)
		if page.Next == 0 {
			return all, nil
		}
		since = page.Next
	}
}

// latest is the sequence number of the last record in the journal.
func (c control) latest(ctx context.Context) (int, error) {
	var page struct {
		Records []request `json:"records"`
	}
	if err := c.get(ctx, c.base+"/journal?newest=1&limit=1", nil, &page); err != nil || len(page.Records) == 0 {
		return 0, err
	}
	return page.Records[0].Seq, nil
}

func (c control) ledger(ctx context.Context) ([]entry, error) {
	var list struct {
		Entries []entry `json:"entries"`
	}
	err := c.get(ctx, c.base+"/ledger", nil, &list)
	return list.Entries, err
}

// loadFile puts a scenario file in charge. The answer tells of a mistake in it.
func (c control) loadFile(ctx context.Context, source string) (answer, error) {
	return c.do(ctx, call{
		method: http.MethodPut, url: c.base + "/scenario", body: []byte(source),
		header: map[string]string{"Content-Type": "application/yaml"},
	})
}

// loadReady puts one of the simulator's own files in charge.
func (c control) loadReady(ctx context.Context, name string) error {
	return c.command(ctx, http.MethodPut, c.base+"/scenario?name="+url.QueryEscape(name), nil)
}

// unload takes the scenario file away.
func (c control) unload(ctx context.Context) error {
	return c.command(ctx, http.MethodDelete, c.base+"/scenario", nil)
}
