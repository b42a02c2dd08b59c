package httpapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// accepted answers an order, its keys in this order.
type accepted struct {
	Status        string `json:"status"`
	TransactionID int64  `json:"transaction_id"`
	Message       string `json:"message"`
}

// stkPush is POST /api/v1/mpesa/stk_push.
func (a *api) stkPush(r *http.Request, partner gateway.Partner) (response, error) {
	keys := r.Header.Values("X-Idempotency-Key")
	if len(keys) > 1 {
		return response{}, gateway.Invalidf("X-Idempotency-Key must be sent once")
	}
	body, err := readBody(r)
	if err != nil {
		return response{}, err
	}
	order, err := decodeOrder(body)
	if err != nil {
		return response{}, err
	}
	order.IdempotencyKey = r.Header.Get("X-Idempotency-Key")
	got, err := a.Gateway.Collect(r.Context(), partner, order)
	if err != nil {
		return response{}, err
	}
	entryOf(r).payment = got.PaymentID
	if got.Duplicate {
		return ok(accepted{"duplicate", got.PaymentID, "Duplicate request (idempotency)"}), nil
	}
	return ok(accepted{"success", got.PaymentID, "STK Push accepted for processing"}), nil
}

// decodeOrder reads an order. Fields that it does not know are left alone; null
// is a field that is not there.
func decodeOrder(body []byte) (gateway.Order, error) {
	if !json.Valid(body) {
		return gateway.Order{}, gateway.Invalidf("the body is not JSON")
	}
	var fields struct {
		Phone       json.RawMessage `json:"phone"`
		Amount      json.RawMessage `json:"amount"`
		Reference   json.RawMessage `json:"reference"`
		CallbackURL json.RawMessage `json:"callback_url"`
	}
	if kind(body) != '{' || json.Unmarshal(body, &fields) != nil {
		return gateway.Order{}, gateway.Invalidf("the body must be a JSON object")
	}
	if fields.CallbackURL == nil || fields.Phone == nil || fields.Amount == nil {
		if err := misspelt(body, "phone", "amount", "callback_url"); err != nil {
			return gateway.Order{}, err
		}
	}
	var o gateway.Order
	for _, f := range []struct {
		name    string
		raw     json.RawMessage
		numbers bool
		to      *string
	}{
		{"phone", fields.Phone, true, &o.Phone},
		{"amount", fields.Amount, true, &o.Amount},
		{"reference", fields.Reference, false, &o.Reference},
		{"callback_url", fields.CallbackURL, false, &o.CallbackURL},
	} {
		text, err := textOf(f.name, f.raw, f.numbers)
		if err != nil {
			return gateway.Order{}, err
		}
		*f.to = text
	}
	return o, nil
}

// misspelt refuses an order in which a required field is missing and another is there
// that has its letters.
func misspelt(body []byte, required ...string) error {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(body, &all) // the body was read as an object before
	for _, unknown := range slices.Sorted(maps.Keys(all)) {
		for _, name := range required {
			if len(unknown) <= 40 && !strings.EqualFold(unknown, name) && letters(unknown) == letters(name) {
				return gateway.Invalidf("unknown field %s; did you mean %s?", unknown, name)
			}
		}
	}
	return nil
}

// letters are those of a field's name, without what stands between them.
func letters(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}

// textOf reads a field that is a string or, where numbers are allowed, a number.
func textOf(name string, raw json.RawMessage, numbers bool) (string, error) {
	k := kind(raw)
	switch {
	case k == 0, k == 'n', k == '"', k == '0' && numbers:
	case numbers:
		return "", gateway.Invalidf("%s must be a string or a number", name)
	default:
		return "", gateway.Invalidf("%s must be a string", name)
	}
	if k == 0 {
		return "", nil
	}
	var t daraja.Text
	if err := t.UnmarshalJSON(raw); err != nil {
		return "", gateway.Invalidf("%s cannot be read", name)
	}
	return string(t), nil
}

// kind tells valid JSON by its first character, with the digit 0 for any number
// and a zero byte for nothing at all.
func kind(raw []byte) byte {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	switch {
	case len(raw) == 0:
		return 0
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return '0'
	default:
		return raw[0]
	}
}
