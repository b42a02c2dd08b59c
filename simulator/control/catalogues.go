package control

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

// health says that the server is up, and what is wrong with it.
func (s *server) health(*http.Request) (any, error) {
	body := struct {
		Status   string   `json:"status"` // ok, or degraded
		Warnings []string `json:"troubles,omitempty"`
	}{Status: "ok"}
	if s.Warnings != nil {
		body.Warnings = s.Warnings()
	}
	if len(body.Warnings) > 0 {
		body.Status = "degraded"
	}
	return body, nil
}

// outcome is an entry of the catalogue of result codes.
type outcome struct {
	Code       string            `json:"code"` // a string, whatever it is on the wire
	Text       string            `json:"text"`
	Short      string            `json:"short"` // for a list of payments: "wrong PIN"
	Variants   []string          `json:"variants"`
	Meaning    string            `json:"meaning"`
	Confidence daraja.Confidence `json:"confidence"`
	Malipo     string            `json:"malipo,omitempty"`
	MagicPhone string            `json:"magic_phone,omitempty"`
}

func (s *server) outcomes(*http.Request) (any, error) {
	var all []outcome
	for _, r := range s.Products.Results() {
		all = append(all, newOutcome(r))
	}
	return map[string]any{"outcomes": all}, nil
}

func newOutcome(r daraja.Result) outcome {
	o := outcome{
		Code: string(r.Code), Text: r.Text, Short: r.Short, Variants: append([]string{}, r.Variants...),
		Meaning: r.Meaning, Confidence: r.Confidence, Malipo: r.Dialects[simulator.DialectMalipo],
	}
	if r.Code != daraja.ResultProcessing {
		o.MagicPhone = simulator.MagicMSISDN(r.Code).Digits()
	}
	return o
}

func (s *server) errors(*http.Request) (any, error) {
	return map[string]any{"errors": s.Products.Errors()}, nil
}

func (s *server) settings(w World, _ *http.Request) (any, error) {
	var all []client.Setting
	for _, v := range w.Domain().Settings() {
		allowed := v.Allowed
		if allowed == nil {
			allowed = []string{v.Form}
		}
		all = append(all, client.Setting{Name: v.Name, Value: v.Value, Default: v.Default, Allowed: allowed, Doc: v.Doc})
	}
	return client.Settings{Settings: all}, nil
}

func (s *server) ledger(w World, _ *http.Request) (any, error) {
	paid := w.Domain().Ledger()
	all := make([]client.LedgerEntry, len(paid))
	for i, e := range paid {
		all[i] = client.LedgerEntry{
			Receipt: e.Receipt, At: e.At.In(daraja.EAT()), Phone: e.Phone().Digits(), Shortcode: e.Shortcode(), AmountCents: int64(e.Amount),
			AccountReference: e.Reference, MerchantRequestID: e.RequestID, CheckoutRequestID: e.ID,
		}
	}
	return client.Ledger{Entries: all}, nil
}

// changeSettings sets settings while the world runs.
func (s *server) changeSettings(w World, r *http.Request, body map[string]json.RawMessage) (any, error) {
	if len(body) == 0 {
		return nil, refuse(http.StatusBadRequest, `the body names no setting; it must be an object such as {"think_time": "5s"}`)
	}
	values := make(map[string]string, len(body))
	var changes []string
	for _, name := range slices.Sorted(maps.Keys(body)) {
		var value string
		if err := json.Unmarshal(body[name], &value); err != nil || string(body[name]) == "null" {
			return nil, refuse(http.StatusBadRequest, "setting %.60s is %.60s; it must be a text in quotes", name, body[name])
		}
		values[name] = value
		changes = append(changes, name+" "+value)
	}
	if err := w.Domain().ChangeSettings(values); err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	recordAction(w, r, journal.Record{Reason: fmt.Sprintf("settings were changed: %s", strings.Join(changes, ", "))})
	return s.settings(w, r)
}
