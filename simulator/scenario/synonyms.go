package scenario

import (
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// synonyms are words that people write, and the words of the language that they may stand
// for, each between commas.
type synonyms struct{ words, meanings string }

// meaning is the first of the known meanings of a word, or "". Without known ones, any is.
func meaning(table []synonyms, word string, known []string) string {
	for _, s := range table {
		if !slices.Contains(strings.Split(s.words, ", "), strings.ToLower(word)) {
			continue
		}
		for _, m := range strings.Split(s.meanings, ", ") {
			if known == nil || slices.Contains(known, m) {
				return m
			}
		}
	}
	return ""
}

// keySynonym is the key that a word stands for among those that are known, or "".
func keySynonym(word string, known []string) string {
	return meaning([]synonyms{
		{"if, match, matches, condition, conditions, where", "when, where"},
		{"do, action, actions, outcome, return, returns", "then"},
		{"probability, percent, odds", "chance"},
		{"count, limit, repeat, max_times", "times"},
		{"code, result_code, resultcode, status", "result, error, code"},
		{"description, result_desc, resultdesc, text", "desc, description, message"},
		{"steps, results, outcomes", "sequence"},
		{"duplicate, duplicates, duplicated, times", "copies"},
		{"lost, lose, missing, dropped, skip", "drop"},
		{"wait, sleep, slow, latency", "latency, delay, after"},
		{"delay", "latency"},
		{"invalid, garbage, broken, corrupt", "malformed, damage"},
		{"stddev, sd, sigma, dev", "deviation"},
		{"average, avg", "mean"},
		{"out_of_order, order", "reorder"},
		{"msisdn, number, customer", "phone"},
		{"account, account_reference, accountreference", "reference"},
		{"paybill, business_shortcode, businessshortcode", "shortcode"},
		{"headers", "header"},
		{"includes, import, imports, extends, preset", "include"},
		{"response, answer", "reply"},
		{"webhook, notification", "callback"},
		{"organizations, businesses", "organisations"},
	}, word, known)
}

// resultSynonym is the result code that people mean by a word, or "".
func resultSynonym(word string) string {
	return meaning([]synonyms{
		{"paid, success, successful, ok, completed", "0"},
		{"insufficient, insufficient_funds, insufficient balance, insufficient funds, no money", "1"},
		{"cancelled, canceled, cancel, rejected, declined", "1032"},
		{"timeout, timed out, unreachable, ignored, no response, no answer, off", "1037"},
		{"wrong_pin, wrong pin, wrong-pin, bad pin", "2001"},
		{"locked, pin locked, blocked", "8006"},
		{"expired", "1019"},
		{"busy", "1001"},
		{"error, failed, failure, system error", "9999"},
	}, word, nil)
}

// statusSynonym is the answer that people mean by an HTTP status, or "".
func statusSynonym(status string) string {
	return map[string]string{
		"403": "page: " + string(simulator.PageWAF403),
		"429": "page: " + string(simulator.PageSpikeArrest),
		"503": "page: " + string(simulator.PageWAF503),
		"500": daraja.ErrInternal().Code,
		"401": daraja.ErrInvalidToken().Code,
	}[status]
}
