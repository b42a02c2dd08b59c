package daraja

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"
)

// The fault of the gateway, to the byte.
func TestSpikeArrestOfTheEdge(t *testing.T) {
	got := EdgeSpikeArrest(5)
	const want = `{"fault":{"faultstring":"Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5, periodInMicroseconds=1000000, maxBurstMessageCount=1.0}","detail":{"errorcode":"policies.ratelimit.SpikeArrestViolation"}}}`
	if got.Status != 429 || got.ContentType != "application/json" || string(got.Body) != want {
		t.Errorf("got %d %s\n%s\nwant\n%s", got.Status, got.ContentType, got.Body, want)
	}
	if !json.Valid(got.Body) {
		t.Error("it is not JSON")
	}
}

// The firewall's pages are HTML that names an incident, and no client takes them for
// Daraja's refusals.
func TestPagesOfTheFirewall(t *testing.T) {
	form := regexp.MustCompile(`^<html .*incident_id=([0-9]{16}-[0-9]{17})&edet=.*Request unsuccessful\. Incapsula incident ID: ([0-9]{16}-[0-9]{17})</iframe></body></html>$`)
	for status, page := range map[int]func(string) EdgeAnswer{403: EdgeForbidden, 503: EdgeUnavailable} {
		got := page("a")
		if got.Status != status || got.ContentType != "text/html" {
			t.Errorf("HTTP %d %s, want %d", got.Status, got.ContentType, status)
		}
		if ids := form.FindSubmatch(got.Body); ids == nil || !bytes.Equal(ids[1], ids[2]) {
			t.Errorf("%d: page %s", status, got.Body)
		}
		if _, ok := ParseError(got.Status, got.Body); ok {
			t.Errorf("%d was read as a refusal of Daraja's", status)
		}
		if again := page("a"); !bytes.Equal(again.Body, got.Body) {
			t.Errorf("%d: the same seed gives another page", status)
		}
		if other := page("b"); bytes.Equal(other.Body, got.Body) {
			t.Errorf("%d: another seed gives the same page", status)
		}
	}
	if EdgeForbidden("a").Status == EdgeUnavailable("a").Status || bytes.Equal(EdgeForbidden("a").Body, EdgeUnavailable("a").Body) {
		t.Error("both pages are the same")
	}
}

func TestEmptyAnswerOfTheEdge(t *testing.T) {
	if got := EdgeEmpty(); got.Status != 400 || got.ContentType != "" || len(got.Body) != 0 {
		t.Errorf("got %+v", got)
	}
}
