package journal

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/suggest"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/condition"
)

// The fields of a record that verdicts treat in their own way, or that have bodies.
const (
	fieldKind      = "kind"
	fieldPayment   = "payment"
	fieldStatus    = condition.KeyStatus
	partBody       = condition.KeyBody
	partResponse   = condition.KeyResponse
	fieldDropped   = "dropped"
	fieldFault     = "fault"
	fieldPhone     = condition.KeyPhone
	fieldAPI       = condition.KeyAPI
	fieldReference = condition.KeyReference
)

// fields are the keys that both filters and matchers have, in the order in which they
// are compared. apis are the values of api; without any it takes every text.
func fields(apis ...simulator.API) []condition.Key {
	named := condition.NamedKey
	return append([]condition.Key{
		condition.EnumKey(fieldKind, kinds()...), apiKey(apis), named(fieldPhone).AnyText(), named(fieldPayment), named(fieldReference),
		named(condition.KeyShortcode).AnyText(), named(condition.KeyAmount).AnyText(),
	}, append(condition.Keys(fieldStatus, "error_code", "method", "url", "reason", "by", "error", condition.KeyCopy),
		condition.EnumKey(fieldDropped, "true", "false"), named(fieldFault))...)
}

// apiKey takes the names of apis, or every text when there are none. What no product
// answers is on record as unknown.
func apiKey(apis []simulator.API) condition.Key {
	if len(apis) == 0 {
		return condition.NamedKey(fieldAPI)
	}
	var names []string
	for _, api := range apis {
		names = append(names, string(api))
	}
	return condition.EnumKey(fieldAPI, append(names, string(simulator.APIUnknown))...)
}

// language reads the conditions on records.
func language(apis ...simulator.API) *condition.Reader {
	return &condition.Reader{
		Noun: "matcher", Keys: append(fields(apis...), condition.Keys(condition.KeyHeader, partBody, partResponse)...),
		Synonyms: map[string]string{
			"checkout_request_id": fieldPayment, "msisdn": fieldPhone, "request": partBody, "path": "url", "account": fieldReference,
			"headers": condition.KeyHeader, "request_header": condition.KeyHeader, "faults": fieldFault, "result_code": partBody, "code": "error_code",
		},
		Compile: condition.CompileRecord,
	}
}

var _ condition.Subject = (*decoded)(nil)

// Field implements condition.Subject.
func (d *decoded) Field(key string) condition.Value {
	switch key {
	case fieldStatus:
		return number(d.Status)
	case condition.KeyCopy:
		return number(d.Copy)
	case condition.KeyAmount:
		return condition.Value{Text: d.Amount, Numeric: true, Present: d.Amount != ""}
	case fieldDropped:
		return condition.Value{Text: strconv.FormatBool(d.Dropped), Present: true}
	case fieldFault:
		if len(d.Faults) > 0 {
			return condition.Value{Text: d.Faults[0], Others: d.Faults[1:], Present: true}
		}
	case partBody:
		return whole(d.body(requestBody))
	case partResponse:
		return whole(d.body(responseBody))
	}
	for _, field := range d.texts() {
		if field.name == key {
			return condition.TextValue(*field.text)
		}
	}
	return condition.Value{Missing: true}
}

// number is a count that is nothing when it is 0.
func number(n int) condition.Value {
	v := condition.Count(n)
	v.Text, v.Present = strconv.Itoa(n), n != 0
	return v
}

// whole is a body as it came, without its secrets.
func whole(shown json.RawMessage) condition.Value {
	text := bodyText(shown)
	return condition.Value{Text: text, Present: text != "" && string(shown) != "null"}
}

// Header implements condition.Subject.
func (d *decoded) Header(name string) condition.Value {
	for given, line := range d.header {
		if strings.EqualFold(given, name) {
			return condition.Value{Text: line, Present: true}
		}
	}
	return condition.Value{Missing: true}
}

// Body implements condition.Subject.
func (d *decoded) Body(key string) json.RawMessage {
	if key == partResponse {
		return d.body(responseBody)
	}
	return d.body(requestBody)
}

// ExceedsRate implements condition.Subject: no condition on records asks it.
func (d *decoded) ExceedsRate(int, time.Duration) bool { return false }

// Env implements condition.Subject.
func (d *decoded) Env() any {
	amount, _ := daraja.ParseMoney(d.Amount) // 0 when it is none
	return &condition.Record{
		API: string(d.API), Phone: d.Phone, Amount: float64(amount) / float64(daraja.Shilling), Reference: d.Reference, Shortcode: d.Shortcode,
		Headers: maps.Collect(d.header), Body: condition.Object(d.body(requestBody)), Response: condition.Object(d.body(responseBody)),
		Time: condition.ClockAt(d.At), Kind: string(d.Kind), Payment: d.Payment, Status: d.Status, ErrorCode: d.ErrorCode, Method: d.Method, URL: d.URL,
		Reason: d.Reason, By: d.By, Error: d.Error, Copy: d.Copy, Dropped: d.Dropped, Faults: d.Faults,
	}
}

// got is what a record has, for people.
func got(t *condition.Test, found condition.Value) string {
	field := t.Field()
	switch {
	case field == fieldStatus && !found.Present:
		return "0 (no answer)"
	case found.Missing && strings.HasPrefix(field, partBody+"."), found.Missing && strings.HasPrefix(field, partResponse+"."):
		return "absent"
	case found.Text == "":
		return "empty"
	}
	return condition.Shorten(strings.Join(append([]string{found.Text}, found.Others...), ", "))
}

func kinds() []string {
	return []string{string(KindRequest), string(KindCallback), string(KindAction)}
}

// FieldError is a value that a filter, a matcher or a count cannot have.
type FieldError = condition.FieldError

// didYouMean is a question that names the nearest word, if one is near.
func didYouMean(word string, known []string) string {
	if near := suggest.Nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}
