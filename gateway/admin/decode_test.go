package admin_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway/admin"
)

// A refused body names the field, what was found and what is expected, in no words of Go.
func TestBodiesAreRefusedInWordsOfTheAPI(t *testing.T) {
	for _, tt := range []struct{ name, path, body, want string }{
		{"no JSON", "/partners", `{"name":`, "the body is not JSON"},
		{"more behind it", "/partners", `{"name":"duka"} x`, "the body is not JSON"},
		{"a list", "/partners", `["duka"]`, "the body must be a JSON object, not a list"},
		{"null", "/partners", `null`, "the body must be a JSON object, not null"},
		{"a key twice", "/partners", `{"name":"a","name":"b"}`, `the body has the key "name" twice`},
		{"a number for a string", "/partners", `{"name":7}`, "name must be a string, not a number"},
		{"a list for a string", "/partners", `{"Name":["duka"]}`, "name must be a string, not a list"},
		{"an object for a string", "/partners", `{"name":{}}`, "name must be a string, not an object"},
		{"a string for true", "/partners", `{"name":"duka","review_webhooks":"true"}`, "review_webhooks must be true or false, not a string"},
		{"an unknown field", "/partners", `{"title":"duka"}`, `unknown field "title"; there are name, review_webhooks`},
		{"a string for a list", "/partners/duka/keys", `{"scopes":"read"}`, "scopes must be a list of strings, not a string"},
		{"a number in a list", "/partners/duka/keys", `{"scopes":["read",7]}`, "scopes must be a list of strings, not a list with a number"},
		{"a number for a duration", "/partners/duka/keys", `{"expires_in":3600}`, `expires_in must be a duration such as "36h" or "90d", or "never", not a number`},
		{"no duration", "/partners/duka/keys", `{"expires_in":"soon"}`, `expires_in must be a duration such as "36h" or "90d", or "never", not "soon"`},
		{"no overlap", "/keys/k1/rotate", `{"overlap":"1"}`, `overlap must be a duration such as "36h" or "90d", not "1"`},
		{"an object for an overlap", "/keys/k1/rotate", `{"overlap":{"hours":1}}`, `overlap must be a duration such as "36h" or "90d", not an object`},
		{"an unknown field of a rotation", "/keys/k1/rotate", `{"note":"x"}`, `unknown field "note"; there are overlap, expires_in`},
		{"a number for a decision", "/reviews/7/resolve", `{"as":1}`, "as must be a string, not a number"},
		{"a number for a code", "/results", `{"code":1050}`, "code must be a string, not a number"},
		{"a string for a number", "/results", `{"after":"7"}`, "after must be a whole number, not a string"},
		{"half a number", "/results", `{"after":7.5}`, "after must be a whole number, not 7.5"},
		{"too large a number", "/results", `{"after":99999999999999999999}`, "after must be a whole number, not 99999999999999999999"},
		{"a phone as a number", "/customers/erase", `{"phone":254708374149}`, `the body must be a JSON object with phone, a string: {"phone":"2547XXXXXXXX"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDoor(nil)
			w := d.call(http.MethodPost, admin.Base+tt.path, strings.NewReader(tt.body))
			var got struct {
				Error string `json:"error"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if w.Code != http.StatusBadRequest || got.Error != tt.want || d.asked != nil {
				t.Errorf("HTTP %d %q, want %q; asked %v", w.Code, got.Error, tt.want, d.asked)
			}
		})
	}
}
