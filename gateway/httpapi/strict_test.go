package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// post sends an order with exactly these values of a header.
func (f *front) post(t *testing.T, body, header string, values ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, pushPath, strings.NewReader(body))
	r.Header.Set("X-API-KEY", key)
	r.Header[http.CanonicalHeaderKey(header)] = values
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

// An idempotency key that is sent and empty is the mistake of a template, and without
// it the same request would push twice.
func TestHeadersAreSentOnce(t *testing.T) {
	const empty = "X-Idempotency-Key is empty; give it a value, or leave the header out"
	for name, tt := range map[string]struct {
		header  string
		values  []string
		message string
	}{
		"an empty key":            {"X-Idempotency-Key", []string{""}, empty},
		"a blank key":             {"X-Idempotency-Key", []string{" "}, empty},
		"a tab as key":            {"X-Idempotency-Key", []string{"\t"}, empty},
		"two keys":                {"X-Idempotency-Key", []string{"a", "b"}, "X-Idempotency-Key must be sent once"},
		"the same key twice":      {"X-Idempotency-Key", []string{"a", "a"}, "X-Idempotency-Key must be sent once"},
		"an empty key and one":    {"X-Idempotency-Key", []string{"", "a"}, "X-Idempotency-Key must be sent once"},
		"two API keys":            {"X-API-KEY", []string{key, "other"}, "X-API-KEY must be sent once"},
		"two API keys, one empty": {"X-API-KEY", []string{"", key}, "X-API-KEY must be sent once"},
		"the same API key twice":  {"X-API-KEY", []string{key, key}, "X-API-KEY must be sent once"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, nil)
			want(t, f.post(t, goodBody, tt.header, tt.values...), 400, `{"status":"error","message":"`+tt.message+`"}`)
			if len(f.orders) != 0 {
				t.Errorf("collected %+v", f.orders)
			}
		})
	}
}

// encoding/json takes the last of two keys that differ in case or in escapes only, so
// the phone might be prompted for another amount than the sender looked at.
func TestKeysOfAnOrderAreSentOnce(t *testing.T) {
	for name, body := range map[string]string{
		"twice":                `{"amount":1,"amount":2}`,
		"twice the same":       `{"amount":1,"amount":1}`,
		"in another case":      `{"amount":1,"Amount":2}`,
		"escaped":              `{"amount":1,"\u0061mount":2}`,
		"with a Kelvin sign":   `{"callback_url":"https://a.example.com","callbac` + "\u212a" + `_url":"https://b.example.com"}`,
		"null, then a value":   `{"amount":null,"amount":2}`,
		"of no known field":    `{"note":1,"note":2}`,
		"a phone behind it":    `{"phone":"254708374149","amount":1,"PHONE":"254708374140"}`,
		"a reference, escaped": `{"reference":"A","reference":"B"}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, nil)
			w := f.call(t, http.MethodPost, pushPath, body)
			if w.Code != 400 || !strings.Contains(w.Body.String(), " twice") {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			if len(f.orders) != 0 {
				t.Errorf("collected %+v", f.orders)
			}
		})
	}
}

func TestBodiesAreUTF8(t *testing.T) {
	f := newFront(t, nil)
	w := f.call(t, http.MethodPost, pushPath, "{\"callback_url\":\"https://a.example.com/\xff\"}")
	want(t, w, 400, `{"status":"error","message":"the body is not JSON"}`)
}

// Of two parameters with one name the second was ignored, and of a query that cannot be
// read all that could not.
func TestParametersAreGivenOnce(t *testing.T) {
	for list, own := range map[string][]string{
		"/api/v1/deliveries":   {"state=due&state=exhausted", "state=exhausted;limit=1"},
		"/api/v1/transactions": {"status=pending&status=failed", "status=failed;limit=1"},
	} {
		for _, query := range append(own, "limit=1&limit=500", "after=1&after=2", "limit=%zz") {
			f := newFront(t, nil)
			w := f.call(t, http.MethodGet, list+"?"+query, "")
			if w.Code != 400 || !strings.Contains(w.Body.String(), "given twice") && !strings.Contains(w.Body.String(), "cannot be read") {
				t.Errorf("%s?%s: %d %s", list, query, w.Code, w.Body)
			}
		}
	}
}
