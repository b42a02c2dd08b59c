package loadtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/control/client"
)

// RecordSimulator adds what the simulator knows: the payments of its ledger, and, from
// the file of its journal unless that is "", the prompts and the callbacks, with how
// each was answered.
func RecordSimulator(ctx context.Context, h *History, control, journal string) error {
	entries, err := client.New(control, &http.Client{Timeout: time.Minute}).Ledger(ctx)
	if err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	for _, e := range entries {
		h.Add(Event{At: e.At, Actor: Mpesa, Kind: Paid, Reference: e.AccountReference, Receipt: e.Receipt,
			Cents: e.AmountCents, Message: e.CheckoutRequestID})
	}
	if journal == "" {
		return nil
	}
	if err := recordJournal(h, journal); err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	return nil
}

func recordJournal(h *History, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for dec := json.NewDecoder(f); ; {
		var r client.Record
		err := dec.Decode(&r)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // the last record may be half written
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := eventOf(r); ok {
			h.Add(e)
		}
	}
}

// eventOf is the event of a record, if it has one.
func eventOf(r client.Record) (Event, bool) {
	e := Event{At: r.At, Actor: Mpesa, Reference: r.Reference, Message: r.Payment, HTTP: r.Status}
	if isPush(r) {
		e.Kind = Prompted
		return e, true
	}
	if r.Kind != "callback" || r.Dropped {
		return e, false
	}
	e.Kind, e.Detail, e.Faults = CallbackSent, path.Base(r.URL), r.Faults
	if r.Error != "" {
		e.HTTP = 0 // an answer that broke off acknowledges nothing
	}
	body := bodyOf(r)
	e.Digest = Digest(body)
	if callback, err := daraja.DecodeSTKCallback(body); err == nil {
		e.Result = string(callback.ResultCode)
		if callback.Payment != nil {
			e.Receipt = callback.Payment.Receipt
		}
	}
	return e, true
}

// isPush reports whether a record is a push that became a prompt.
func isPush(r client.Record) bool {
	return r.Kind == "request" && r.API == "stkpush" && r.Payment != ""
}

// bodyOf is a body as it was sent: the journal has what is not JSON as a string.
func bodyOf(r client.Record) []byte {
	var text string
	if json.Unmarshal(r.Request, &text) == nil {
		return []byte(text)
	}
	return r.Request
}
