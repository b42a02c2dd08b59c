package inbox

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// open asks for / as a browser or a program does.
func open(t *testing.T, in *Inbox, accept string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, in.URL()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// The page lists what came, newest first, without the customers' numbers, and says how
// a test uses the inbox.
func TestStartPage(t *testing.T) {
	in, _ := start(t, nil)
	if status, page := open(t, in, "text/html"); status != http.StatusOK || !strings.Contains(page, "No webhook has come yet") || !strings.Contains(page, "PUT /behaviour") {
		t.Errorf("HTTP %d %s", status, page)
	}
	for _, body := range []string{paid, `{"transaction_id":103,"status":"<b>failed</b>","phone":"254708374149"}`, `no JSON`} {
		res, err := http.Post(in.URL()+"/webhook", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	status, page := open(t, in, "text/html")
	if status != http.StatusOK || strings.Contains(page, "254708374149") || strings.Contains(page, "<b>") {
		t.Errorf("HTTP %d %s", status, page)
	}
	failed, successful := strings.Index(page, "&lt;b&gt;failed"), strings.Index(page, "RKT7S9T2UB")
	if failed < 0 || successful < failed || !strings.Contains(page, "2025-05-22 15:00:00") || !strings.Contains(page, "not checked") {
		t.Errorf("the list is wrong:\n%s", page)
	}
	if status, body := open(t, in, "*/*"); status != http.StatusNotFound || strings.Contains(body, "<html") {
		t.Errorf("a program gets HTTP %d %s", status, body)
	}
}
