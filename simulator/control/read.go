package control

import (
	"net/http"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/journal"
)

func (s *server) health(*http.Request) (response, error) {
	return response{body: struct {
		Status string `json:"status"`
	}{"ok"}}, nil
}

// outcome is an entry of the catalogue of result codes.
type outcome struct {
	Code       string            `json:"code"` // a string, whatever it is on the wire
	Text       string            `json:"text"`
	Variants   []string          `json:"variants"`
	Meaning    string            `json:"meaning"`
	Confidence daraja.Confidence `json:"confidence"`
	Malipo     string            `json:"malipo,omitempty"`
	MagicPhone string            `json:"magic_phone,omitempty"`
}

func (s *server) outcomes(*http.Request) (response, error) {
	var all []outcome
	for _, r := range daraja.Results() {
		all = append(all, newOutcome(r))
	}
	return response{body: struct {
		Outcomes []outcome `json:"outcomes"`
	}{all}}, nil
}

func newOutcome(r daraja.Result) outcome {
	o := outcome{
		Code: string(r.Code), Text: r.Desc(daraja.DialectDaraja), Variants: append([]string{}, r.Variants...),
		Meaning: r.Meaning, Confidence: r.Confidence, Malipo: r.Malipo,
	}
	phone := r.Code.MagicMSISDN()
	if code, ok := daraja.MagicResult(phone); ok && code == r.Code {
		o.MagicPhone = phone.Digits()
	}
	return o
}

type setting struct {
	Name    string   `json:"name"`
	Value   string   `json:"value"`
	Default string   `json:"default"`
	Allowed []string `json:"allowed"`
	Doc     string   `json:"doc"`
}

func (s *server) settings(*http.Request) (response, error) {
	var all []setting
	for _, v := range s.world.Settings() {
		allowed := v.Allowed
		if allowed == nil {
			allowed = []string{v.Form}
		}
		all = append(all, setting{Name: v.Name, Value: v.Value, Default: v.Default, Allowed: allowed, Doc: v.Doc})
	}
	return response{body: struct {
		Settings []setting `json:"settings"`
	}{all}}, nil
}

func (s *server) requests(r *http.Request) (response, error) {
	n, err := limit(r)
	if err != nil {
		return response{}, err
	}
	return response{body: struct {
		Requests []journal.Request `json:"requests"`
	}{s.journal.Requests(n)}}, nil
}

func (s *server) callbacks(r *http.Request) (response, error) {
	n, err := limit(r)
	if err != nil {
		return response{}, err
	}
	return response{body: struct {
		Callbacks []journal.Callback `json:"callbacks"`
	}{s.journal.Callbacks(n)}}, nil
}

// limit reads ?limit=.
func limit(r *http.Request) (int, error) {
	if !r.URL.Query().Has("limit") {
		return DefaultLimit, nil
	}
	n, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || n < 1 || n > MaxLimit {
		return 0, refuse(http.StatusBadRequest, "limit must be a number from 1 to %d", MaxLimit)
	}
	return n, nil
}

// entry is a payment that moved money. Amount is in cents.
type entry struct {
	Receipt           string       `json:"receipt"`
	At                time.Time    `json:"at"`
	Phone             string       `json:"phone"`
	Shortcode         string       `json:"shortcode"`
	AmountCents       daraja.Money `json:"amount_cents"`
	AccountReference  string       `json:"account_reference"`
	MerchantRequestID string       `json:"merchant_request_id"`
	CheckoutRequestID string       `json:"checkout_request_id"`
}

func (s *server) ledger(*http.Request) (response, error) {
	paid := s.world.Ledger()
	all := make([]entry, len(paid))
	for i, e := range paid {
		all[i] = entry{
			Receipt: e.Receipt, At: e.At.In(daraja.EAT()), Phone: e.Phone.Digits(), Shortcode: e.Shortcode, AmountCents: e.Amount,
			AccountReference: e.AccountReference, MerchantRequestID: e.MerchantRequestID, CheckoutRequestID: e.CheckoutRequestID,
		}
	}
	return response{body: struct {
		Entries []entry `json:"entries"`
	}{all}}, nil
}
