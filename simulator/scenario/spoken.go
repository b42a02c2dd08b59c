package scenario

import (
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// meant is a word that people say, and those of the language that it may stand for.
type meant struct {
	said  []string
	words []string
}

// spokenKeys are what people call keys before they know the language.
func spokenKeys() []meant {
	return []meant{
		{[]string{"if", "match", "matches", "condition", "conditions", "where"}, []string{"when", "where"}},
		{[]string{"do", "action", "actions", "outcome", "return", "returns"}, []string{"then"}},
		{[]string{"probability", "percent", "odds"}, []string{"chance"}},
		{[]string{"count", "limit", "repeat", "max_times"}, []string{"times"}},
		{[]string{"code", "result_code", "resultcode", "status"}, []string{"result", "error", "code"}},
		{[]string{"description", "result_desc", "resultdesc", "text"}, []string{"desc", "description", "message"}},
		{[]string{"steps", "results", "outcomes"}, []string{"sequence"}},
		{[]string{"duplicate", "duplicates", "duplicated", "times"}, []string{"copies"}},
		{[]string{"lost", "lose", "missing", "dropped", "skip"}, []string{"drop"}},
		{[]string{"wait", "sleep", "slow", "latency"}, []string{"latency", "delay", "after"}},
		{[]string{"delay"}, []string{"latency"}},
		{[]string{"invalid", "garbage", "broken", "corrupt"}, []string{"malformed", "damage"}},
		{[]string{"stddev", "sd", "sigma", "dev"}, []string{"deviation"}},
		{[]string{"average", "avg"}, []string{"mean"}},
		{[]string{"out_of_order", "order"}, []string{"reorder"}},
		{[]string{"msisdn", "number", "customer"}, []string{"phone"}},
		{[]string{"account", "account_reference", "accountreference"}, []string{"reference"}},
		{[]string{"paybill", "business_shortcode", "businessshortcode"}, []string{"shortcode"}},
		{[]string{"headers"}, []string{"header"}},
		{[]string{"includes", "import", "imports", "extends", "preset"}, []string{"include"}},
		{[]string{"response", "answer"}, []string{"reply"}},
		{[]string{"webhook", "notification"}, []string{"callback"}},
		{[]string{"organizations", "businesses"}, []string{"organisations"}},
	}
}

// spokenKey is the key that a word stands for among those that are known, or "".
func spokenKey(word string, known []string) string {
	for _, m := range spokenKeys() {
		if !slices.Contains(m.said, strings.ToLower(word)) {
			continue
		}
		for _, w := range m.words {
			if slices.Contains(known, w) {
				return w
			}
		}
	}
	return ""
}

// spokenResult is the code that people mean by a word, or "".
func spokenResult(word string) string {
	for _, m := range []meant{
		{[]string{"paid", "success", "successful", "ok", "completed"}, []string{"0"}},
		{[]string{"insufficient", "insufficient_funds", "insufficient balance", "insufficient funds", "no money"}, []string{"1"}},
		{[]string{"cancelled", "canceled", "cancel", "rejected", "declined"}, []string{"1032"}},
		{[]string{"timeout", "timed out", "unreachable", "ignored", "no response", "no answer", "off"}, []string{"1037"}},
		{[]string{"wrong_pin", "wrong pin", "wrong-pin", "bad pin"}, []string{"2001"}},
		{[]string{"locked", "pin locked", "blocked"}, []string{"8006"}},
		{[]string{"expired"}, []string{"1019"}},
		{[]string{"busy"}, []string{"1001"}},
		{[]string{"error", "failed", "failure", "system error"}, []string{"9999"}},
	} {
		if slices.Contains(m.said, strings.ToLower(word)) {
			return m.words[0]
		}
	}
	return ""
}

// spokenAPI is the API that people mean by a word, or "".
func spokenAPI(word string) string {
	switch strings.ToLower(word) {
	case "push", "stk", "pay", "payment", "processrequest":
		return string(simulator.APISTKPush)
	case "query", "status", "stkpushquery":
		return string(simulator.APISTKQuery)
	case "token", "auth", "authorization", "generate":
		return string(simulator.APIOAuth)
	}
	return ""
}

// spokenStatus is the answer that people mean by an HTTP status, or "".
func spokenStatus(word string) string {
	switch word {
	case "403":
		return "page: " + string(simulator.PageWAF403)
	case "429":
		return "page: " + string(simulator.PageSpikeArrest)
	case "503":
		return "page: " + string(simulator.PageWAF503)
	case "500":
		return daraja.ErrInternal().Code
	case "401":
		return daraja.ErrInvalidToken().Code
	}
	return ""
}

// spelledOut finds the key that a value without one was meant for: the first that
// would take the value, or a switch that the value names. It is "" when there is none.
func spelledOut[T any](r *reader, n *node, fields []field[T]) string {
	if n.kind == list && slices.Contains(names(fields), "sequence") {
		return "{sequence: […]}"
	}
	if n.kind != scalar || r.trial {
		return ""
	}
	takes := func(f field[T], text string) bool { return len(tryValue(r, f, text)) == 0 }
	named := n.text
	if key := spokenKey(n.text, names(fields)); key != "" {
		named = key
	}
	for _, f := range fields {
		switch {
		case slices.Contains(takeAnything(), f.name):
		case f.name == named && takes(f, "true"):
			return "{" + f.name + ": true}"
		case takes(f, n.text):
			return "{" + f.name + ": " + written(n.text) + "}"
		case f.name == "result" && spokenResult(n.text) != "":
			return "{result: " + spokenResult(n.text) + "}"
		}
	}
	return ""
}

// takeAnything is the keys whose value is any text, which tell nothing.
func takeAnything() []string {
	return []string{"name", "description", "desc", "message", "reference", "state", "goto", "include", "where", "passkey"}
}

// written is a value as it has to stand in a file.
func written(text string) string {
	if strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == "" {
		return oneLine(text)
	}
	return strconv.Quote(text)
}
