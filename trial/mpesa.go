package trial

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// maxRecord bounds a line of the simulator's journal, in bytes.
const maxRecord = 1 << 20

// HearMpesa writes down what the simulator knows: the money in its ledger, and, from
// the file of its journal unless that is "", the prompts and the callbacks, with
// how each was answered.
func HearMpesa(ctx context.Context, h *History, control, journal string) error {
	if err := hearLedger(ctx, h, control); err != nil {
		return err
	}
	if journal == "" {
		return nil
	}
	return hearJournal(h, journal)
}

func hearLedger(ctx context.Context, h *History, control string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, control+"/ledger", nil)
	if err != nil {
		return fmt.Errorf("asking for the ledger: %w", err)
	}
	client := http.Client{Timeout: time.Minute}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("asking for the ledger: %w", err)
	}
	defer res.Body.Close()
	var ledger struct {
		Entries []struct {
			Receipt   string    `json:"receipt"`
			At        time.Time `json:"at"`
			Cents     int64     `json:"amount_cents"`
			Reference string    `json:"account_reference"`
			Prompt    string    `json:"checkout_request_id"`
		} `json:"entries"`
	}
	if err := json.NewDecoder(res.Body).Decode(&ledger); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("reading the ledger: %s %w", res.Status, err)
	}
	for _, e := range ledger.Entries {
		h.Add(Event{At: e.At, Who: Mpesa, What: Received, Reference: e.Reference, Receipt: e.Receipt, Cents: e.Cents, Message: e.Prompt})
	}
	return nil
}

func hearJournal(h *History, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewReaderSize(f, maxRecord)
	for {
		line, err := lines.ReadSlice('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the journal: %w", err)
		}
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return fmt.Errorf("reading the journal: %w", err)
		}
		if e, ok := r.event(); ok {
			h.Add(e)
		}
	}
}

// record is a line of the simulator's journal.
type record struct {
	At        time.Time       `json:"at"`
	Kind      string          `json:"kind"`
	API       string          `json:"api"`
	Prompt    string          `json:"payment"`
	Reference string          `json:"reference"`
	Status    int             `json:"status"`
	URL       string          `json:"url"`
	Faults    []string        `json:"faults"`
	Dropped   bool            `json:"dropped"`
	Error     string          `json:"error"`
	Request   json.RawMessage `json:"request"`
}

// event is what the judge hears of r, if anything.
func (r record) event() (Event, bool) {
	e := Event{At: r.At, Who: Mpesa, Reference: r.Reference, Message: r.Prompt, HTTP: r.Status}
	switch {
	case r.Kind == "request" && r.API == "stkpush" && r.Prompt != "":
		e.What = Prompted
	case r.Kind == "callback" && !r.Dropped:
		e.What, e.Detail, e.Faults = Called, path.Base(r.URL), r.Faults
		if r.Error != "" {
			e.HTTP = 0 // an answer that broke off acknowledges nothing
		}
		body := bodyOf(r.Request)
		e.Digest = Digest(body)
		if cb, err := daraja.DecodeSTKCallback(body); err == nil {
			e.Result = string(cb.ResultCode)
			if cb.Payment != nil {
				e.Receipt = cb.Payment.Receipt
			}
		}
	default:
		return e, false
	}
	return e, true
}

// bodyOf is a body as it was sent: the journal has what is not JSON as a string.
func bodyOf(kept json.RawMessage) []byte {
	var text string
	if len(kept) > 0 && kept[0] == '"' && json.Unmarshal(kept, &text) == nil {
		return []byte(text)
	}
	return kept
}
