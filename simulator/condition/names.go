package condition

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Request is what an expression can ask of a request.
type Request struct {
	API       string            `expr:"api" doc:"The name of the API, as the key api has it." example:"api == 'oauth'"`
	Phone     string            `expr:"phone" doc:"Twelve digits, however the request writes it." example:"phone startsWith '2547'"`
	Amount    float64           `expr:"amount" doc:"Shillings." example:"amount > 1000 && amount <= 5000"`
	Reference string            `expr:"reference" doc:"The AccountReference." example:"reference matches '^INV-[0-9]+$'"`
	Shortcode string            `expr:"shortcode" doc:"The BusinessShortCode." example:"shortcode == '174379'"`
	Attempt   int               `expr:"attempt" doc:"Which try it is, as the key attempt counts." example:"attempt % 2 == 0"`
	Payment   string            `expr:"checkout_request_id" doc:"A query's; empty for a push." example:"checkout_request_id endsWith '149'"`
	Headers   map[string]string `expr:"headers" doc:"HTTP headers, each word of a name with a capital." example:"headers['User-Agent'] contains 'curl'"`
	Body      map[string]any    `expr:"body" doc:"The JSON of the request, its fields as they were sent." example:"body.TransactionDesc contains 'rent'"`
	Time      Clock             `expr:"time"`
}

// Record is what an expression can ask of a record of the journal: the names of a
// request that a record has, with the same meaning, and the record's own.
type Record struct {
	API       string            `expr:"api"`
	Phone     string            `expr:"phone"`
	Amount    float64           `expr:"amount"`
	Reference string            `expr:"reference"`
	Shortcode string            `expr:"shortcode"`
	Headers   map[string]string `expr:"headers"`
	Body      map[string]any    `expr:"body"`
	Time      Clock             `expr:"time"`

	Kind      string         `expr:"kind"`
	Payment   string         `expr:"payment"`
	Status    int            `expr:"status"`
	ErrorCode string         `expr:"error_code"`
	Method    string         `expr:"method"`
	URL       string         `expr:"url"`
	Reason    string         `expr:"reason"`
	By        string         `expr:"by"`
	Error     string         `expr:"error"`
	Copy      int            `expr:"copy"`
	Dropped   bool           `expr:"dropped"`
	Faults    []string       `expr:"faults"`
	Response  map[string]any `expr:"response"`
}

// Clock is the world's time in East Africa.
type Clock struct {
	Hour    int    `expr:"hour" doc:"0 to 23." example:"time.hour >= 22 || time.hour < 5"`
	Minute  int    `expr:"minute" doc:"0 to 59." example:"time.minute < 10"`
	Second  int    `expr:"second" doc:"0 to 59." example:"time.second >= 30"`
	Weekday string `expr:"weekday" doc:"In English." example:"time.weekday in ['Saturday', 'Sunday']"`
	Day     int    `expr:"day" doc:"Of the month, from 1." example:"time.day == 1"`
	Month   int    `expr:"month" doc:"1 to 12." example:"time.month == 12"`
}

// ClockAt is what expressions see of t.
func ClockAt(t time.Time) Clock {
	t = t.In(daraja.EAT())
	return Clock{t.Hour(), t.Minute(), t.Second(), t.Weekday().String(), t.Day(), int(t.Month())}
}

// Object is the JSON of a body as expressions see it. What is no object has no fields.
func Object(body []byte) map[string]any {
	var fields map[string]any
	_ = json.Unmarshal(body, &fields)
	return fields
}

// Name is a name that expressions know, for documentation.
type Name struct{ Name, Type, Doc, Example string }

// RequestNames are the names that expressions about requests know.
func RequestNames() []Name { return documented(reflect.TypeFor[Request](), "") }

func documented(t reflect.Type, group string) []Name {
	var all []Name
	for i := range t.NumField() {
		f := t.Field(i)
		switch name := group + f.Tag.Get("expr"); {
		case f.Type.Kind() == reflect.Struct:
			all = append(all, documented(f.Type, name+".")...)
		default:
			all = append(all, Name{name, typeWord(f.Type.String()), f.Tag.Get("doc"), f.Tag.Get("example")})
		}
	}
	return all
}

// namesOf are the names at the top of what expressions see.
func namesOf(t reflect.Type) []string {
	var all []string
	for i := range t.NumField() {
		all = append(all, t.Field(i).Tag.Get("expr"))
	}
	return all
}
