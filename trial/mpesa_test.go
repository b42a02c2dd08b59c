package trial_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/trial"
)

// The judge hears of money, prompts and callbacks, with the bytes of each callback.
func TestHearMpesa(t *testing.T) {
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
	}
	if err := os.WriteFile(journal, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &trial.History{}
	if err := trial.HearMpesa(t.Context(), h, control.URL, journal); err != nil {
		t.Fatal(err)
	}
	got := h.Events()
	for i := range got {
		got[i].At = trial.Event{}.At
	}
	called := trial.Event{Who: trial.Mpesa, What: trial.Called, Reference: "A-1", Message: "ws_CO_1", Detail: "aa"}
	paid, cut := called, called
	paid.HTTP, paid.Result, paid.Receipt, paid.Digest, paid.Faults = 200, "0", "UKP1ABCDEF", trial.Digest([]byte(paidBody)), []string{"copy 1 of 2"}
	cut.Digest = trial.Digest([]byte(`{"Body"`)) // what is not JSON is a string in the journal, and no answer is none
	want := []trial.Event{
		{Who: trial.Mpesa, What: trial.Received, Reference: "A-1", Receipt: "UKP1", Cents: 1000, Message: "ws_CO_1"},
		{Who: trial.Mpesa, What: trial.Prompted, Reference: "A-1", Message: "ws_CO_1", HTTP: 200},
		paid, cut,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("heard\n%+v, want\n%+v", got, want)
	}
}
