package control

import (
	"net/http"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// entry is a payment that moved money.
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

func (s *server) ledger(w World, _ *http.Request) (response, error) {
	paid := w.Domain().Ledger()
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

// organisation is a business and its account.
type organisation struct {
	Shortcode    string       `json:"shortcode"`
	Name         string       `json:"name"`
	Till         string       `json:"till"` // "" for a paybill
	BalanceCents daraja.Money `json:"balance_cents"`
}

func (s *server) organisations(w World, _ *http.Request) (response, error) {
	all := []organisation{}
	for _, o := range w.Domain().Organisations() {
		all = append(all, organisation{Shortcode: o.Shortcode, Name: o.Name, Till: o.Till, BalanceCents: o.Balance})
	}
	return response{body: struct {
		Organisations []organisation `json:"organisations"`
	}{all}}, nil
}
