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
)

// maxRecord bounds a line of the simulator's journal, in bytes.
const maxRecord = 1 << 20

// HearMpesa writes down what the simulator knows: the money in its ledger, and, from
// the file of its journal unless that is "", the prompts and the callbacks that were
// acknowledged.
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
		var r struct {
			At        time.Time `json:"at"`
			Kind      string    `json:"kind"`
			API       string    `json:"api"`
			Prompt    string    `json:"payment"`
			Reference string    `json:"reference"`
			Status    int       `json:"status"`
			URL       string    `json:"url"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return fmt.Errorf("reading the journal: %w", err)
		}
		e := Event{At: r.At, Who: Mpesa, Reference: r.Reference, Message: r.Prompt, HTTP: r.Status}
		switch {
		case r.Kind == "request" && r.API == "stkpush" && r.Prompt != "":
			e.What = Prompted
		case r.Kind == "callback" && r.Status/100 == 2:
			e.What, e.Detail = Acked, path.Base(r.URL)
		default:
			continue
		}
		h.Add(e)
	}
}
