package daraja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// STKReading has the fields of a posted callback as they are, for a program that moves
// money: it must know what is missing, unreadable or repeated. DecodeSTKCallback is for
// other readers.
type STKReading struct {
	MerchantRequestID string
	CheckoutRequestID string     // "" when it is missing
	ResultCode        ResultCode // as it is written; "" when it is missing or null
	ResultDesc        string     // cut to 1000 bytes

	// Metadata is true when there is CallbackMetadata, with or without items.
	Metadata bool
	// Unreadable is true when CallbackMetadata is no list of items.
	Unreadable bool
	// The items' values as text, "" when they are missing or null.
	Amount, Receipt, TransactionDate, PhoneNumber string

	// Contradiction says how the body contradicts itself, in words without values: a
	// repeated key or item, or something after the JSON value. Of two values the last is
	// read. "" when there is none.
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
	type member struct {
		object int // by number
		key    string
	}
	seen := make(map[member]bool)
	opened, open := 0, make([]int, 0, 8) // objects and lists so far, and those that have not ended, the innermost last
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			opened++
			open = append(open, opened)
		case '}', ']':
			open = open[:max(len(open)-1, 0)]
		case '"':
			end := endOfString(b, i)
			if last := len(open) - 1; last >= 0 && isKey(b[end:]) {
				m := member{open[last], FoldKey(unquote(b[i:end]))}
				if seen[m] {
					return true
				}
				seen[m] = true
			}
			i = end - 1
		}
	}
	return false
}

// endOfString is where the JSON string that begins at i has ended.
func endOfString(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(b))
}

func unquote(b []byte) string {
	var s Text
	_ = s.UnmarshalJSON(b) // b is a string of valid JSON
	return string(s)
}

// isKey reports whether what follows a string makes it a key.
func isKey(after []byte) bool {
	after = bytes.TrimLeft(after, " \t\r\n")
	return len(after) > 0 && after[0] == ':'
}

// FoldKey returns the form that a key has in common with all that encoding/json takes
// for the same field: it ignores case as strings.EqualFold does. Letters of ASCII become
// small ones.
func FoldKey(key string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return unicode.ToLower(r)
		}
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
