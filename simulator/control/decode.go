package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// MaxBody is the most that a request may carry, in bytes.
const MaxBody = 256 << 10

// readBody reads a request's body to its end.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is over %d bytes", MaxBody)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the body could not be read to its end: %v", err)
	}
	return body, nil
}

// decode reads a JSON object into v, a pointer to a struct; an empty body leaves v
// as it is. Keys that v does not have are refused.
func decode(r *http.Request, v any) error {
	body, err := readBody(r)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return refuse(http.StatusBadRequest, "%s", explain(err, body, v))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return refuse(http.StatusBadRequest, "the body goes on after its JSON object; it must be one object")
	}
	return nil
}

// noBody is h for requests that carry nothing. A body with keys is refused, so that a
// callback or webhook whose URL is here by mistake, or by malice, changes nothing.
func noBody(h func(World, *http.Request) (response, error)) func(World, *http.Request) (response, error) {
	return func(w World, r *http.Request) (response, error) {
		if err := decode(r, &struct{}{}); err != nil {
			return response{}, err
		}
		return h(w, r)
	}
}

// explain says what is wrong with a body.
func explain(err error, body []byte, v any) string {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	unknown, isUnknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	switch {
	case isUnknown:
		return unknownKey(unknown, keysOf(reflect.TypeOf(v)))
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return fmt.Sprintf("the body is a JSON %s; it must be an object with keys %s", wrongType.Value, strings.Join(keysOf(reflect.TypeOf(v)), ", "))
	case errors.As(err, &wrongType):
		return fmt.Sprintf("%s is a JSON %s; it must be %s", wrongType.Field, wrongType.Value, typeName(wrongType.Type))
	case errors.As(err, &syntax):
		return fmt.Sprintf("the body is not JSON: %s, at byte %d", syntax, syntax.Offset)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Sprintf("the body is not JSON: it ends too early, after %d bytes", len(body))
	default:
		return err.Error()
	}
}

// unknownKey names the key that was probably meant, and all that there are.
func unknownKey(quoted string, keys []string) string {
	word, err := strconv.Unquote(quoted)
	if err != nil {
		word = quoted
	}
	if len(keys) == 0 {
		return fmt.Sprintf("unknown key %.100q; this takes none", word)
	}
	text := fmt.Sprintf("unknown key %.100q; there are %s", word, strings.Join(keys, ", "))
	if near := simulator.Nearest(word, keys); near != "" {
		text += fmt.Sprintf("; did you mean %s?", near)
	}
	return text
}

// keysOf lists the keys of a struct and of the structs in it.
func keysOf(t reflect.Type) []string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return nil
	}
	var keys []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		keys = append(keys, name)
		for _, inner := range keysOf(f.Type) {
			keys = append(keys, name+"."+inner)
		}
	}
	return keys
}

// typeName is what a person calls the JSON that fits t.
func typeName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text in quotes"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Map:
		return "an object of texts"
	default:
		return "an object"
	}
}

// span is a duration in JSON, such as "90s".
type span time.Duration

// UnmarshalJSON implements json.Unmarshaler.
func (s *span) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("%.40s is not a duration; it must be a text with a unit, such as \"90s\" or \"1h30m\"", raw)
	}
	d, err := parseSpan(text)
	*s = span(d)
	return err
}

func parseSpan(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil && d >= 0 {
		return d, nil
	}
	if n, numberErr := strconv.ParseFloat(text, 64); numberErr == nil && n > 0 {
		return 0, fmt.Errorf("the duration %.40q has no unit; did you mean %q?", text, text+"s")
	}
	return 0, fmt.Errorf("%.40q is not a duration such as \"90s\", \"1h30m\" or \"500ms\"", text)
}

// moment is a point in time in JSON, RFC 3339.
type moment time.Time

// UnmarshalJSON implements json.Unmarshaler.
func (m *moment) UnmarshalJSON(raw []byte) error {
	var text string
	err := json.Unmarshal(raw, &text)
	t, parseErr := time.Parse(time.RFC3339, text)
	if err != nil || parseErr != nil {
		return fmt.Errorf("%.60s is not a time; it must be like \"2026-11-24T12:00:00+03:00\"", raw)
	}
	*m = moment(t)
	return nil
}

// phoneNumber reads a number in any form that people write.
func phoneNumber(text string) (daraja.MSISDN, error) {
	m, err := daraja.NormaliseMSISDN(text)
	if err != nil {
		return "", refuse(http.StatusBadRequest, "%.40q is not a phone number; it must be like 254712345678 or 0712345678", text)
	}
	return m, nil
}
