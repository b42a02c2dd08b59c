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
	"github.com/darajabox/darajabox/internal/suggest"
)

// MaxBody is the most that a request may carry, in bytes.
const MaxBody = 256 << 10

// readBody reads a request's body to its end.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is over %d bytes", tooBig.Limit)
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

// explain says what is wrong with a body.
func explain(err error, body []byte, v any) string {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	var wrongTime *time.ParseError
	unknown, isUnknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	switch {
	case isUnknown:
		word, _ := strconv.Unquote(unknown) // encoding/json has quoted it
		return unknownKey(word, keysOf(reflect.TypeOf(v)))
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return fmt.Sprintf("the body is a JSON %s; it must be an object with keys %s", wrongType.Value, strings.Join(keysOf(reflect.TypeOf(v)), ", "))
	case errors.As(err, &wrongType):
		return fmt.Sprintf("%s is a JSON %s; it must be %s", wrongType.Field, wrongType.Value, typeName(wrongType.Type))
	case errors.As(err, &wrongTime):
		return fmt.Sprintf("%.60q is not a time; it must be like \"2026-11-24T12:00:00+03:00\"", wrongTime.Value)
	case strings.HasPrefix(err.Error(), "Time.UnmarshalJSON"):
		return `a time must be a text like "2026-11-24T12:00:00+03:00"`
	case errors.As(err, &syntax):
		return fmt.Sprintf("the body is not JSON: %s, at byte %d", syntax, syntax.Offset)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Sprintf("the body is not JSON: it ends too early, after %d bytes", len(body))
	default:
		return err.Error()
	}
}

// unknownKey names the key that was probably meant, and all that there are.
func unknownKey(word string, keys []string) string {
	if len(keys) == 0 {
		return fmt.Sprintf("unknown key %.100q; this takes none", word)
	}
	return fmt.Sprintf("unknown key %.100q; there are %s", word, strings.Join(keys, ", ")) + didYouMean(word, keys)
}

// didYouMean asks for the nearest of the known words, "" when none is near.
func didYouMean(word string, known []string) string {
	if near := suggest.Nearest(word, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
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
		if f.Anonymous {
			keys = append(keys, keysOf(f.Type)...)
		}
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

// phoneNumber reads a number in any form that people write.
func phoneNumber(text string) (daraja.MSISDN, error) {
	m, err := daraja.NormaliseMSISDN(text)
	if err != nil {
		return "", refuse(http.StatusBadRequest, "%.40q is not a phone number; it must be like 254712345678 or 0712345678", text)
	}
	return m, nil
}
