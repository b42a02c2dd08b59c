package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/app"
)

// A condition holds for the same push wherever it is written: in a rule's when, in the
// queue, in verify and in wait, and as an expression in where. The push is of KES 150 by
// 254708374149 to 174379 for INV-1, at noon of a Tuesday.
func TestConditionsMeanTheSameEverywhere(t *testing.T) {
	s := start(t, app.Config{Clock: frozen()})
	url, _ := merchant(t)
	for _, test := range []struct {
		keys  string // in JSON, which is YAML as well
		where string
		holds bool
	}{
		{`"phone": "254708374149"`, `phone == '254708374149'`, true},
		{`"phone": "0708374149"`, `phone in ['254708374149']`, true},
		{`"phone": "+254 708 374-149"`, `phone endsWith '149'`, true},
		{`"phone": "708374149"`, `len(phone) == 12`, true},
		{`"phone": 254708374149`, `int(phone) == 254708374149`, true},
		{`"phone": "0711000000"`, `phone == '254711000000'`, false},
		{`"phone": "07083*"`, `phone startsWith '25470837'`, true},
		{`"phone": "+254 70*"`, `phone startsWith '25470'`, true},
		{`"phone": "*149"`, `hasSuffix(phone, '149')`, true},
		{`"phone": "2547*4*49"`, `phone matches '^2547.*4.*49$'`, true},
		{`"phone": "2541*"`, `phone startsWith '2541'`, false},
		{`"phone": ["0711000000", "07083*"]`, `phone == '254711000000' || phone startsWith '25470837'`, true},
		{`"phone": ["0711000000", "0711*"]`, `phone in ['254711000000'] or phone startsWith '254711'`, false},
		{`"phone": "*"`, `phone != ''`, true},
		{`"amount": 150`, `amount == 150`, true},
		{`"amount": "150.00"`, `amount == 150.00`, true},
		{`"amount": 149`, `amount == 149`, false},
		{`"amount": "> 149.99"`, `amount > 149.99`, true},
		{`"amount": ">150"`, `amount > 150`, false},
		{`"amount": ">= 150"`, `amount >= 150`, true},
		{`"amount": "< 150"`, `amount < 150`, false},
		{`"amount": "<= 150"`, `amount <= 150`, true},
		{`"amount": "100..150"`, `amount in 100..150`, true},
		{`"amount": "151..200"`, `amount >= 151 && amount <= 200`, false},
		{`"reference": "INV-1"`, `reference == 'INV-1'`, true},
		{`"reference": "inv-1"`, `reference == 'inv-1'`, false},
		{`"reference": "INV-*"`, `reference startsWith 'INV-'`, true},
		{`"reference": ["TEST-*", "INV-1"]`, `reference in ['INV-1'] || reference startsWith 'TEST-'`, true},
		{`"shortcode": "174379"`, `shortcode == '174379'`, true},
		{`"shortcode": 174379`, `int(shortcode) == 174379`, true},
		{`"shortcode": "1743*"`, `shortcode startsWith '1743'`, true},
		{`"shortcode": ["600100", "600101"]`, `shortcode in ['600100', '600101']`, false},
		{`"header": {"user-agent": "Go-http*"}`, `headers['User-Agent'] startsWith 'Go-http'`, true},
		{`"header": {"User-Agent": "*curl*"}`, `headers['User-Agent'] contains 'curl'`, false},
		{`"header": {"X-Test": "*"}`, `'X-Test' in headers`, false},
		{`"api": "stkpush"`, `api == 'stkpush'`, true},
		{`"not": {"phone": "0708374149"}`, `not (phone == '254708374149')`, false},
		{`"not": {"phone": "0708374149", "amount": "> 150"}`, `not (phone == '254708374149' && amount > 150)`, true},
		{`"where": "time.hour == 12 && time.weekday == 'Tuesday' && time.day == 24"`, `time.hour == 12`, true},
		{`"where": "time.hour >= 22"`, `time.hour >= 22`, false},
		{`"where": "body.PartyA == 254708374149"`, `body.Amount == 150`, true},
		{`"where": "body.NoSuchField > 1"`, `body.NoSuchField > 1`, false},
		{`"phone": "07*", "amount": "100..200", "reference": "INV-*", "not": {"shortcode": "600*"}`, `true`, true},
		{`"phone": "07*", "amount": "100..200", "reference": "TEST-*"`, `false`, false},
	} {
		t.Run(test.keys, func(t *testing.T) {
			for place, got := range map[string]bool{
				"when":               s.ruleHolds(t, url, "{"+test.keys+"}"),
				"where":              s.ruleHolds(t, url, fmt.Sprintf("{where: %q}", test.where)),
				"queue":              s.queueHolds(t, url, test.keys),
				"queue, where":       s.queueHolds(t, url, fmt.Sprintf(`"where": %q`, test.where)),
				"verify":             s.matchHolds(t, url, "verify", test.keys),
				"wait":               s.matchHolds(t, url, "wait", test.keys),
				"verify, with where": s.matchHolds(t, url, "verify", fmt.Sprintf(`"where": %q`, test.where)),
			} {
				if got != test.holds {
					t.Errorf("%s: holds is %v, want %v", place, got, test.holds)
				}
			}
		})
	}
}

// ruleHolds reports whether a rule with the condition decides a push.
func (s *sim) ruleHolds(t *testing.T, url, when string) bool {
	t.Helper()
	w := s.create(t, "")
	w.ask(t, http.MethodPut, "/scenario", "rules:\n  - when: "+when+"\n    then: {result: 1032}\n")
	w.accepted(t, "254708374149", url)
	return strings.Contains(w.ask(t, http.MethodGet, "/journal?api=stkpush&kind=request", ""), `"by":"rule 1 of `)
}

// queueHolds reports whether an outcome that is queued with the condition decides a push.
func (s *sim) queueHolds(t *testing.T, url, keys string) bool {
	t.Helper()
	w := s.create(t, "")
	w.ask(t, http.MethodPost, "/queue", "{"+keys+`, "then": {"result": 1032}}`)
	w.accepted(t, "254708374149", url)
	return strings.Contains(w.ask(t, http.MethodGet, "/journal?api=stkpush&kind=request", ""), `"by":"queued outcome 1"`)
}

// matchHolds reports whether verify or wait finds a push by the condition.
func (s *sim) matchHolds(t *testing.T, url, how, keys string) bool {
	t.Helper()
	w := s.create(t, "")
	w.accepted(t, "254708374149", url)
	if !strings.Contains(keys, `"api"`) {
		keys += `, "api": "stkpush"`
	}
	timeout := ""
	if how == "wait" {
		timeout = `, "timeout": "1ms"`
	}
	status, answer := w.control(t, http.MethodPost, "/journal/"+how, `{"match": {"kind": "request", `+keys+`}`+timeout+`}`)
	if status != http.StatusOK && status != http.StatusRequestTimeout {
		t.Fatalf("HTTP %d %s", status, answer)
	}
	return strings.HasPrefix(answer, `{"ok":true`)
}
