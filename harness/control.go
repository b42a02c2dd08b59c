package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// How many entries of a journal are asked for: the latest few, and more only when
// those do not reach back to where a scenario began.
const (
	fewEntries  = 16
	manyEntries = 2000
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
	PromptID  string          `json:"checkout_request_id"`
	Body      json.RawMessage `json:"request"`
}

// fields of a push that the features look at; numbers and strings are the same.
type pushFields struct {
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

// accepted says whether a prompt came of it.
func (r request) accepted() bool { return r.API == "stkpush" && r.Status == http.StatusOK }

// sentCallback is one attempt of M-PESA to tell its result.
type sentCallback struct {
	Seq      int             `json:"seq"`
	PromptID string          `json:"checkout_request_id"`
	URL      string          `json:"url"`
	Copy     int             `json:"copy"`
	Status   int             `json:"status"`
	Error    string          `json:"error"`
	Dropped  bool            `json:"dropped"`
	Body     json.RawMessage `json:"body"`
}

// entry is a payment that moved money.
type entry struct {
	Receipt  string `json:"receipt"`
	At       string `json:"at"`
	Phone    string `json:"phone"`
	Cents    int64  `json:"amount_cents"`
	PromptID string `json:"checkout_request_id"`
}

// requests lists the journal of requests after an entry.
func (c control) requests(ctx context.Context, since int) ([]request, error) {
	return entriesSince(since, func(r request) int { return r.Seq }, func(limit int) ([]request, error) {
		var list struct {
			Requests []request `json:"requests"`
		}
		err := c.get(ctx, fmt.Sprintf("%s/requests?limit=%d", c.base, limit), nil, &list)
		return list.Requests, err
	})
}

// callbacks lists the journal of callbacks after an entry.
func (c control) callbacks(ctx context.Context, since int) ([]sentCallback, error) {
	return entriesSince(since, func(s sentCallback) int { return s.Seq }, func(limit int) ([]sentCallback, error) {
		var list struct {
			Callbacks []sentCallback `json:"callbacks"`
		}
		err := c.get(ctx, fmt.Sprintf("%s/callbacks?limit=%d", c.base, limit), nil, &list)
		return list.Callbacks, err
	})
}

// entriesSince reads as much of a journal as it needs to, newest last.
func entriesSince[E any](since int, seq func(E) int, read func(limit int) ([]E, error)) ([]E, error) {
	for _, limit := range []int{fewEntries, manyEntries} {
		all, err := read(limit)
		if err != nil {
			return nil, err
		}
		first := slices.IndexFunc(all, func(e E) bool { return seq(e) > since })
		switch {
		case first < 0:
			return nil, nil
		case first > 0 || len(all) < limit || limit == manyEntries:
			return all[first:], nil
		}
	}
	return nil, nil
}

// latest is the sequence number of the last request in the journal, and of the
// last callback.
func (c control) latest(ctx context.Context) (lastRequest, lastCallback int, err error) {
	var list struct {
		Requests  []request      `json:"requests"`
		Callbacks []sentCallback `json:"callbacks"`
	}
	for _, name := range []string{"requests", "callbacks"} {
		if err := c.get(ctx, c.base+"/"+name+"?limit=1", nil, &list); err != nil {
			return 0, 0, err
		}
	}
	for _, r := range list.Requests {
		lastRequest = r.Seq
	}
	for _, s := range list.Callbacks {
		lastCallback = s.Seq
	}
	return lastRequest, lastCallback, nil
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
