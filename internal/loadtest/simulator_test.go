package loadtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/internal/loadtest"
)

// The history gets money, prompts and callbacks, with the bytes of each callback.
func TestRecordSimulator(t *testing.T) {
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"entries":[{"receipt":"UKP1","amount_cents":1000,"account_reference":"A-1","checkout_request_id":"ws_CO_1"}]}`)
	}))
	defer control.Close()
	journal := filepath.Join(t.TempDir(), "default.jsonl")
	lines := []string{
		`{"kind":"request","api":"oauth","status":200}`,
		`{"kind":"request","api":"stkpush","payment":"ws_CO_1","reference":"A-1","status":200}`,
		`{"kind":"request","api":"stkpush","payment":"","reference":"A-2","status":403}`,
		`{"kind":"callback","payment":"ws_CO_1","reference":"A-1","status":200,"url":"http://x/daraja/stk/aa","faults":["copy 1 of 2"],"request":` + paidBody + `}`,
		`{"kind":"callback","payment":"ws_CO_1","reference":"A-1","status":200,"url":"http://x/daraja/stk/aa","error":"cut off","request":"{\"Body\""}`,
		`{"kind":"callback","payment":"ws_CO_1","reference":"A-1","dropped":true,"request":""}`,
		`{"kind":"request","api":"stkpush","payment":"half wr`,
	}
	if err := os.WriteFile(journal, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &loadtest.History{}
	if err := loadtest.RecordSimulator(t.Context(), h, control.URL, journal); err != nil {
		t.Fatal(err)
	}
	got := h.Events()
	for i := range got {
		got[i].At = loadtest.Event{}.At
	}
	sent := loadtest.Event{Actor: loadtest.Mpesa, Kind: loadtest.CallbackSent, Reference: "A-1", Message: "ws_CO_1", Detail: "aa"}
	paid, cut := sent, sent
	paid.HTTP, paid.Result, paid.Receipt, paid.Digest, paid.Faults = 200, "0", "UKP1ABCDEF", loadtest.Digest([]byte(paidBody)), []string{"copy 1 of 2"}
	cut.Digest = loadtest.Digest([]byte(`{"Body"`)) // what is not JSON is a string in the journal, and no answer is none
	want := []loadtest.Event{
		{Actor: loadtest.Mpesa, Kind: loadtest.Paid, Reference: "A-1", Receipt: "UKP1", Cents: 1000, Message: "ws_CO_1"},
		{Actor: loadtest.Mpesa, Kind: loadtest.Prompted, Reference: "A-1", Message: "ws_CO_1", HTTP: 200},
		paid, cut,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("recorded\n%+v, want\n%+v", got, want)
	}
}
