package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// String is the record in a line.
func (r Record) String() string {
	parts := []string{r.At.Format("15:04:05.000"), string(r.Kind)}
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add("%s", string(r.API))
	add("%s", r.Phone)
	add("%s", r.Reference)
	add("%s", strings.TrimSpace(r.Method+" "+r.URL))
	if r.Kind == KindCallback {
		code, _ := FindResult(r.Request)
		add("result %s", code)
	}
	if r.Status != 0 {
		add("HTTP %s", strconv.Itoa(r.Status))
	}
	add("%s", r.ErrorCode)
	add("(%s)", r.Reason)
	add("[%s]", strings.Join(r.Faults, ", "))
	if r.Dropped && len(r.Faults) == 0 {
		add("[%s]", "dropped")
	}
	add("no answer: %s", r.Error)
	add("by %s", r.By)
	return strings.Join(parts, " ")
}

// FindResult is the result code that the body of a callback carries somewhere, with the
// description beside it; "" for another body. Some APIs write resultCode or responseCode.
func FindResult(body []byte) (code, desc string) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	_ = dec.Decode(&v) // what is not JSON has no result
	return resultIn(v)
}

func resultIn(v any) (code, desc string) {
	object, _ := v.(map[string]any)
	for _, names := range [][2]string{{"ResultCode", "ResultDesc"}, {"resultCode", "resultDesc"}, {"responseCode", "responseDescription"}} {
		desc, _ = object[names[1]].(string)
		switch code := object[names[0]].(type) {
		case string:
			return code, desc
		case json.Number:
			return code.String(), desc
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if code, desc := resultIn(object[name]); code != "" {
			return code, desc
		}
	}
	return "", ""
}
