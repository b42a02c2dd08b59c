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
	"github.com/darajabox/darajabox/internal/strict"
)

// accepted answers an order, its keys in this order.
type accepted struct {
	Status        string `json:"status"`
	TransactionID int64  `json:"transaction_id"`
	Message       string `json:"message"`
}

// keyed refuses an idempotency key that cannot be used before the body is read.
func (a *api) keyed(h partnerHandler) partnerHandler {
	return func(r *http.Request, partner gateway.Partner) (response, error) {
		if _, err := strict.Header(r.Header, "X-Idempotency-Key"); err != nil {
			return response{}, gateway.Invalidf("%v", err)
		}
		return h(r, partner)
	}
}

// stkPush is POST /api/v1/mpesa/stk_push.
func (a *api) stkPush(r *http.Request, partner gateway.Partner) (response, error) {
	idempotencyKey, err := strict.Header(r.Header, "X-Idempotency-Key")
	if err != nil {
		return response{}, gateway.Invalidf("%v", err)
	}
	body, err := readBody(r)
	if err != nil {
		return response{}, err
	}
	order, err := decodeOrder(body)
	if err != nil {
		return response{}, err
	}
	order.IdempotencyKey = idempotencyKey
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
	fields, err := strict.Object(body)
	if err != nil {
		return gateway.Order{}, gateway.Invalidf("%v", err)
	}
	if err := misspelt(fields, "phone", "amount", "callback_url"); err != nil {
		return gateway.Order{}, err
	}
	var o gateway.Order
	for _, f := range []struct {
		name    string
		numbers bool
		to      *string
	}{
		{"phone", true, &o.Phone},
		{"amount", true, &o.Amount},
		{"reference", false, &o.Reference},
		{"callback_url", false, &o.CallbackURL},
	} {
		text, err := textOf(f.name, fields[f.name].Value, f.numbers)
		if err != nil {
			return gateway.Order{}, err
		}
		*f.to = text
	}
	return o, nil
}

// misspelt refuses an order in which a required field is missing and another is there
// that has its letters.
func misspelt(fields map[string]strict.Member, required ...string) error {
	for _, name := range required {
		if fields[name].Value != nil {
			continue
		}
		for _, unknown := range slices.Sorted(maps.Keys(fields)) {
			if len(unknown) <= 40 && letters(unknown) == letters(name) {
				return gateway.Invalidf("unknown field %s; did you mean %s?", fields[unknown].Key, name)
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
		return "", gateway.Invalidf("%s must be a string or a number, not %s", name, strict.Kind(raw))
	default:
		return "", gateway.Invalidf("%s must be a string, not %s", name, strict.Kind(raw))
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
