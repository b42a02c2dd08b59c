package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

// A control port that is not where commands look comes with a line to paste.
func TestBannerOfAMovedControlPort(t *testing.T) {
	b := plainUp()
	const line = "\n  export DARAJABOX_CONTROL=http://127.0.0.1:21001\n"
	if strings.Contains(b.String(), "DARAJABOX_CONTROL") {
		t.Errorf("it is in the plain banner:\n%s", b)
	}
	b.ControlURL = "http://127.0.0.1:21001"
	alone := plainFacts()
	alone.ControlURL = b.ControlURL
	if !strings.Contains(b.String(), line) || !strings.Contains(alone.String(), line) {
		t.Errorf("it is not in\n%s", b)
	}
}

// The address of the Daraja API in the place of the control port is recognised.
func TestControlFlagWithTheAddressOfDaraja(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		body, err := daraja.Marshal(daraja.ErrNotFound().Because("x").Envelope("1"))
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(body)
	}))
	defer api.Close()
	got := darajabox(t, "payments", "--control", api.URL)
	if want := api.URL + " is the address of the Daraja API, not that of a simulator's control port; set --control URL"; got.code != exitUnreachable || !strings.Contains(got.stderr, want) {
		t.Errorf("exit %d, %s, want %s", got.code, got.stderr, want)
	}
}

// A long reason does not make the table of payments wide, and an amount that could not
// be read is none.
func TestListedRefusal(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"payments":[{"record":4,"status":"refused","status_text":"` + strings.Repeat("reason ", 40) + `"}],"next":""}`))
	}))
	defer api.Close()
	got := darajabox(t, "payments", "--control", api.URL)
	for line := range strings.Lines(got.stdout) {
		if len([]rune(line)) > 140 || strings.Contains(line, "KES 0.00") {
			t.Errorf("printed %s", line)
		}
	}
	if !strings.Contains(got.stdout, "refused: reason reason") || !strings.Contains(got.stdout, "…") {
		t.Errorf("printed %s", got.stdout)
	}
}

func TestMissingCallBackURL(t *testing.T) {
	if err := daraja.CheckCallbackURL("", daraja.URLAny); err == nil || err.Error() != "CallBackURL is missing or empty" {
		t.Error(err)
	}
}
