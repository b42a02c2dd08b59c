package daraja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// STKReading is what a posted callback says, field by field, without a judgement.
// DecodeSTKCallback is for readers that want one meaning of any body; a program that
// moves money wants to know what is missing, unreadable or said twice.
type STKReading struct {
	MerchantRequestID string
	CheckoutRequestID string     // "" when it is missing
	ResultCode        ResultCode // as it is written; "" when it is missing or null
	ResultDesc        string     // cut to 1000 bytes

	// Metadata tells that there is CallbackMetadata, whatever is in it.
	Metadata bool
	// Unreadable tells that CallbackMetadata is no list of items.
	Unreadable bool
	// The items' values as text, "" when they are missing or null.
	Amount, Receipt, TransactionDate, PhoneNumber string

	// Contradiction says how the body contradicts itself, in words without values: a key
	// or an item that stands there twice, or something after the JSON value. Of two values
	// the last is read. "" when there is none.
	Contradiction string
}

// ReadSTKCallback reads a callback. It fails on what is no JSON with Body.stkCallback,
// and when an id or the ResultCode is over 100 bytes.
func ReadSTKCallback(b []byte) (STKReading, error) {
	var e struct {
		Body struct {
			STKCallback *struct {
				MerchantRequestID, CheckoutRequestID, ResultCode, ResultDesc Text
				CallbackMetadata                                             json.RawMessage
			} `json:"stkCallback"`
		}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&e); err != nil {
		return STKReading{}, fmt.Errorf("reading STK callback: %w", err)
	}
	in := e.Body.STKCallback
	if in == nil {
		return STKReading{}, fmt.Errorf("reading STK callback: no Body.stkCallback")
	}
	if max(len(in.CheckoutRequestID), len(in.MerchantRequestID), len(in.ResultCode)) > maxID {
		return STKReading{}, fmt.Errorf("reading STK callback: an id or ResultCode is over %d bytes", maxID)
	}
	r := STKReading{
		MerchantRequestID: string(in.MerchantRequestID), CheckoutRequestID: string(in.CheckoutRequestID),
		ResultCode: ResultCode(in.ResultCode), ResultDesc: string(in.ResultDesc[:min(len(in.ResultDesc), maxDesc)]),
	}
	r.readMetadata(in.CallbackMetadata)
	value, rest := b[:d.InputOffset()], b[d.InputOffset():]
	if RepeatsKey(value) {
		r.Contradiction = "a key stands there twice"
	}
	if len(bytes.Trim(rest, " \t\r\n")) > 0 {
		r.Contradiction = "more follows after the JSON value"
	}
	return r, nil
}

// readMetadata reads the items of CallbackMetadata. Two items of one name contradict
// each other, in whatever case they are written.
func (r *STKReading) readMetadata(raw json.RawMessage) {
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	r.Metadata = true
	var m struct {
		Item []struct{ Name, Value Text }
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		r.Unreadable = true
		return
	}
	seen := make(map[string]bool, len(m.Item))
	for _, item := range m.Item {
		name := strings.TrimSpace(string(item.Name))
		if folded := FoldKey(name); seen[folded] {
			r.Contradiction = "an item stands there twice"
		} else {
			seen[folded] = true
		}
		switch name {
		case "Amount":
			r.Amount = string(item.Value)
		case "MpesaReceiptNumber":
			r.Receipt = string(item.Value)
		case "TransactionDate":
			r.TransactionDate = string(item.Value)
		case "PhoneNumber":
			r.PhoneNumber = string(item.Value)
		}
	}
}

// RepeatsKey reports whether an object anywhere in a JSON value has a key twice, written
// alike or so that encoding/json takes both for the same field: "Amount", "amount" and
// "\u0041mount". b must be valid JSON.
func RepeatsKey(b []byte) bool {
	var keys objectKeys
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			keys.open()
		case '}', ']':
			keys.close()
		case '"':
			end := i + 1
			for end < len(b) && b[end] != '"' {
				if b[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(b) {
				return false // not valid
			}
			key := b[i+1 : end]
			i = end
			if isKey(b[end+1:]) && keys.repeats(key) {
				return true
			}
		}
	}
	return false
}

// isKey reports whether what follows a string makes it a key.
func isKey(after []byte) bool {
	after = bytes.TrimLeft(after, " \t\r\n")
	return len(after) > 0 && after[0] == ':'
}

// objectKeys are the keys of the objects that have not ended, the innermost last.
type objectKeys struct {
	keys   [][]byte
	starts []int             // where those of each object, or list, begin
	many   []map[string]bool // the folded keys of each that has many
}

func (k *objectKeys) open() { k.starts, k.many = append(k.starts, len(k.keys)), append(k.many, nil) }

func (k *objectKeys) close() {
	if n := len(k.starts) - 1; n >= 0 {
		k.keys, k.starts, k.many = k.keys[:k.starts[n]], k.starts[:n], k.many[:n]
	}
}

// repeats takes a key in, as it is written, and reports whether its object has it. Of few
// keys a look at each is cheapest.
func (k *objectKeys) repeats(key []byte) bool {
	const few = 32
	if bytes.IndexByte(key, '\\') >= 0 {
		var plain string
		if json.Unmarshal(slices.Concat([]byte{'"'}, key, []byte{'"'}), &plain) == nil {
			key = []byte(plain)
		}
	}
	in := len(k.starts) - 1
	if in < 0 {
		return false // not valid
	}
	before := k.keys[k.starts[in]:]
	k.keys = append(k.keys, key)
	if len(before) < few {
		return slices.ContainsFunc(before, func(other []byte) bool { return bytes.EqualFold(other, key) })
	}
	if k.many[in] == nil {
		k.many[in] = make(map[string]bool)
		for _, other := range before {
			k.many[in][FoldKey(string(other))] = true
		}
	}
	folded := FoldKey(string(key))
	repeated := k.many[in][folded]
	k.many[in][folded] = true
	return repeated
}

// FoldKey returns the form that a key has in common with all that encoding/json takes
// for the same field: it ignores case as strings.EqualFold does. Letters of ASCII become
// small ones.
func FoldKey(key string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		if 'A' <= least && least <= 'Z' { // the least of a letter of ASCII is its capital
			least += 'a' - 'A'
		}
		return least
	}, key)
}
