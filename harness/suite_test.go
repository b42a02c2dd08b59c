package harness

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cucumber/godog"

	"github.com/darajabox/darajabox/features"
)

// quiet is a stack whose gateway accepts every order and says that it has a
// status, and in which nothing else happens.
func quiet(t *testing.T, status string) Stack {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := "{}"
		switch {
		case r.URL.Path == "/oauth/v1/generate":
			body = `{"access_token":"abc","expires_in":"3599"}`
		case r.Method == http.MethodPost:
			body = `{"status":"success","transaction_id":7,"message":"STK Push accepted for processing"}`
		case strings.HasPrefix(r.URL.Path, "/api/v1/transactions/"):
			body = `{"transaction_id":7,"status":"` + status + `"}`
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return External{Label: "quiet", At: Addresses{
		Simulator: server.URL, Control: server.URL, Gateway: server.URL, Inbox: server.URL,
		InboxForGateway: server.URL, GatewayForDaraja: server.URL, PartnerKey: "a", OtherPartnerKey: "b",
	}}
}

// run runs one feature against a quiet stack.
func run(t *testing.T, status, feature string) (Result, error) {
	t.Helper()
	fs := fstest.MapFS{"x/x.feature": {Data: []byte(feature)}}
	return Run(t.Context(), quiet(t, status), Options{Features: fs, Output: t.Output(), Timeout: 50 * time.Millisecond})
}

const token = `When an app asks for a token with the key "k" and the secret "s"`

// TestRun promises that only what was done and held counts as passed.
func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		feature string
		want    Result
		fails   bool
	}{
		"what holds passes": {"Scenario: a\n" + token + "\nThen it gets a token that lasts 3599 seconds", Result{Passed: 1}, false},
		"rows are counted": {
			"Scenario Outline: a\n" + token + "\nThen it gets a token that lasts <n> seconds\nExamples:\n|n|\n|3599|\n|3600|\n|3599|",
			Result{Passed: 2, Failed: 1}, true,
		},
		"what does not hold fails": {"Scenario: a\n" + token + "\nThen it gets a token that lasts 1 seconds", Result{Failed: 1}, true},
		"what the stack cannot do is left out": {
			"Scenario: a\n" + token + "\nScenario: b\nGiven M-PESA is slow to answer the gateway\n" + token, Result{Passed: 1, LeftOut: 1}, false,
		},
		"nothing but what is left out fails": {"Scenario: b\nGiven M-PESA is slow to answer the gateway\n" + token, Result{LeftOut: 1}, true},
		"an undefined step fails":            {"Scenario: a\n" + token + "\nThen it gets a cup of tea", Result{Failed: 1}, true},
		"no scenario at all fails":           {"", Result{}, true},
		"what is not Gherkin fails":          {"Scenery: a", Result{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := run(t, "pending", "Feature: f\n"+c.feature+"\n")
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// TestViolationFails promises that a scenario whose steps all passed fails when the
// records contradict each other: here a settled payment without a webhook.
func TestViolationFails(t *testing.T) {
	const feature = "Feature: f\nScenario: a\nGiven a customer\nWhen the partner asks for KES 150\nThen the order is accepted\n"
	if got, err := run(t, "pending", feature); err != nil || got != (Result{Passed: 1}) {
		t.Errorf("a pending payment: %+v, %v", got, err)
	}
	if got, err := run(t, "successful", feature); err == nil || got != (Result{Failed: 1}) {
		t.Errorf("a payment without a webhook: %+v, %v", got, err)
	}
}

// TestNoScenarioSelected promises that a path without scenarios is no success.
func TestNoScenarioSelected(t *testing.T) {
	o := Options{Features: fstest.MapFS{"x/x.feature": {Data: []byte("Feature: f\n")}}, Output: t.Output()}
	if got, err := Run(t.Context(), quiet(t, "pending"), o); err == nil || got != (Result{}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestSentences promises that each sentence of the features means one thing, and
// that no step is there for nothing.
func TestSentences(t *testing.T) {
	suite := godog.TestSuite{Options: &godog.Options{FS: features.FS(), Paths: []string{"."}}}
	parsed, err := suite.RetrieveFeatures()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSuite(t.Context(), quiet(t, "pending"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	steps := s.newWorld().steps()
	sentences := make([]*regexp.Regexp, len(steps))
	for i, step := range steps {
		sentences[i] = regexp.MustCompile(step.says)
	}
	used := make(map[string]bool)
	for _, feature := range parsed {
		for _, scenario := range feature.Pickles {
			for _, sentence := range scenario.Steps {
				var meanings []string
				for i, step := range steps {
					if sentences[i].MatchString(sentence.Text) {
						meanings = append(meanings, step.says)
						used[step.says] = true
					}
				}
				if len(meanings) != 1 {
					t.Errorf("%s: %q has %d meanings: %s", feature.Uri, sentence.Text, len(meanings), strings.Join(meanings, " "))
				}
			}
		}
	}
	for _, step := range steps {
		if !used[step.says] {
			t.Errorf("no feature says %s", step.says)
		}
	}
}

// TestEventually promises the last reason when something never happens.
func TestEventually(t *testing.T) {
	looks := 0
	err := eventually(t.Context(), time.Minute, func(context.Context) error {
		if looks++; looks < 4 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil || looks != 4 {
		t.Errorf("%d looks, %v", looks, err)
	}
	err = eventually(t.Context(), 10*time.Millisecond, func(context.Context) error { return errors.New("never") })
	if err == nil || !strings.Contains(err.Error(), "never") {
		t.Errorf("got %v", err)
	}
}
