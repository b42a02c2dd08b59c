package journal

import (
	"fmt"
	"strings"
	"testing"
)

// Secrets of the header, the URL and the error are not in memory at all.
func TestHeaderSecretsAreNotKept(t *testing.T) {
	const secret = "hunter2hunter2"
	for name, r := range map[string]Record{
		"bearer":       {Header: map[string][]string{"Authorization": {"Bearer " + secret}}},
		"basic":        {Header: map[string][]string{"authorization": {"Basic " + secret}}},
		"other scheme": {Header: map[string][]string{"Authorization": {secret}}},
		"twice":        {Header: map[string][]string{"Authorization": {"Bearer x", secret}}},
		"proxy":        {RequestHeader: map[string]string{"Proxy-Authorization": "Basic " + secret}},
		"cookie":       {Header: map[string][]string{"Cookie": {"a=" + secret}}},
		"api key":      {RequestHeader: map[string]string{"X-Api-Key": secret}},
		"referer":      {Header: map[string][]string{"Referer": {"https://u:" + secret + "@h/?token=" + secret}}},
		"url":          {URL: "https://u:" + secret + "@h/?token=" + secret},
		"error":        {Error: "Post https://u:" + secret + "@h/?token=" + secret + ": refused"},
	} {
		e := newEntry(&r)
		if kept := fmt.Sprintf("%+v", *e); strings.Contains(kept, secret) || !strings.Contains(e.buffer, redacted) {
			t.Errorf("%s is kept as %s", name, kept)
		}
	}
}

// A record keeps nothing else in memory of what its texts were part of.
func TestTextsAreCopied(t *testing.T) {
	r := Record{Phone: "254708374149", Request: []byte("{}"), Header: map[string][]string{"A": {"1"}}}
	e := newEntry(&r)
	if want := "{}254708374149A1"; e.buffer != want || e.decode().Phone != r.Phone {
		t.Errorf("the buffer is %q, want %q", e.buffer, want)
	}
}
