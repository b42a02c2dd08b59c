package scenario

import (
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// condition is `when`, or `not` in it. A nil part holds for everything.
type condition struct {
	apis       []simulator.API
	phones     []glob
	amount     *span
	references []glob
	shortcodes []string
	headers    []header
	attempt    *span
	rate       *rate
	where      *where
	not        *condition
}

// header is a condition on one header, its name as net/http writes it.
type header struct {
	name string
	text glob
}

// rate holds when more than so many requests arrived in the time before.
type rate struct {
	more int
	per  time.Duration
}

func whenFields() []field[condition] {
	return []field[condition]{
		values("api", "The API that is called: stkpush is a push, stkquery a query, oauth a token. Without it, stkpush.", apiForm(), func(c *condition, a []simulator.API) { c.apis = a }),
		values("phone", "The customer's number in any form, or with * for any digits.", phoneGlobForm(), func(c *condition, g []glob) { c.phones = g }),
		value("amount", "The amount in shillings: one, a comparison, or a range that includes both ends.", spanForm(), func(c *condition, s span) { c.amount = &s }),
		values("reference", "The AccountReference, or with * for any characters. Capitals count.", referenceForm(), func(c *condition, g []glob) { c.references = g }),
		values("shortcode", "The BusinessShortCode, exactly.", shortcodeForm(), func(c *condition, s []string) { c.shortcodes = s }),
		{name: "header", doc: "HTTP headers by name, with * for any characters. Capitals count in what a header says, not in its name.",
			expected: headerExpected, example: `header: {User-Agent: "*curl*"}`, schema: headerSchema, read: func(r *reader, n *node, c *condition) { c.headers = readHeaders(r, n) }},
		value("attempt", "Which try it is: 1 is the first push for this phone and reference, the first query for this CheckoutRequestID, or the first token for this consumer key.",
			attemptForm(), func(c *condition, s span) { c.attempt = &s }),
		value("rate", `More requests to this API than so many in the last second or minute, this one counted: "> 5/s".`, rateForm(), func(c *condition, v rate) { c.rate = &v }),
		{name: "where", doc: "Anything more: a condition in the expr language, such as amount > 1000 && time.hour >= 18.",
			expected: whereForm().expected, example: "where: amount > 1000 && time.hour >= 18", schema: textForm(maxWhere).schema, read: readWhere},
	}
}

func notField() field[condition] {
	return field[condition]{name: "not", doc: "The same keys once more: the rule is skipped when all of these hold.", example: `not: {reference: "TEST-*"}`, schema: defined("not"),
		read: func(r *reader, n *node, c *condition) {
			nested := readWhen(r, n, "not", r.language.not)
			c.not = &nested
		}}
}

// readWhen reads `when`, or `not` in it.
func readWhen(r *reader, n *node, name string, fields []field[condition]) condition {
	c := condition{}
	if name == "when" {
		c.apis = []simulator.API{simulator.APISTKPush}
	}
	seen := readMapping(r, n, name, fields, &c)
	if name == "not" && seen != nil && len(seen) == 0 {
		r.add(n.at, problem{what: "not is empty", expected: oneOf(names(fields))})
	}
	if slices.Equal(c.apis, []simulator.API{simulator.APIOAuth}) {
		for _, key := range notOfTokens() {
			if seen.has(key) {
				r.add(seen.at(key), problem{what: "a request for a token has no " + key, expected: "header, attempt, rate or where beside api: oauth"})
			}
		}
	}
	return c
}

// notOfTokens is what no request for a token has.
func notOfTokens() []string { return []string{"phone", "amount", "reference", "shortcode"} }

// maxHeader bounds the text of a header in a rule.
const maxHeader = 500

func headerForm() form[glob] {
	f := textForm(maxHeader)
	return form[glob]{
		expected: `a text such as "curl*", with * for any characters`, schema: f.schema,
		parse: func(r *reader, n *node) (glob, *problem) {
			s, p := f.parse(r, n)
			return glob(s), p
		},
	}
}

const headerExpected = `headers and their texts such as {User-Agent: "*curl*"}`

func headerSchema() object {
	return object{"type": "object", "additionalProperties": headerForm().schema(), "minProperties": 1, "maxProperties": maxHeaders,
		"propertyNames": object{"pattern": `^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$`}, "examples": []any{object{"User-Agent": "*curl*"}}}
}

func readHeaders(r *reader, n *node) []header {
	if n.kind != mapping || len(n.pairs) == 0 || len(n.pairs) > maxHeaders {
		r.add(n.at, problem{what: "header is " + n.describe(), expected: headerExpected})
		return nil
	}
	var out []header
	seen := make(map[string]bool)
	for _, p := range n.pairs {
		name := canonical(p.key)
		switch {
		case name == "":
			r.add(p.at, problem{what: quote(p.key) + " is no name of a header", expected: headerExpected})
		case seen[name]:
			r.add(p.at, problem{what: quote(p.key) + " is written twice in header", expected: "each header once"})
		default:
			if text, ok := readScalar(r, p.value, name, headerForm()); ok {
				out = append(out, header{name, text})
			}
		}
		seen[name] = true
	}
	return out
}

// canonical writes the name of a header as net/http does, "" when it is none.
func canonical(name string) string {
	if name == "" || len(name) > 100 || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+.^_|~-") != "" {
		return ""
	}
	parts := strings.Split(strings.ToLower(name), "-")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "-")
}

// matches reports whether every condition holds.
func (c *condition) matches(q *question) bool {
	return (c.apis == nil || slices.Contains(c.apis, q.API)) &&
		(c.phones == nil || anyMatches(c.phones, q.Phone.Digits())) &&
		(c.amount == nil || c.amount.holds(int64(q.Amount))) &&
		(c.references == nil || anyMatches(c.references, q.Reference)) &&
		(c.shortcodes == nil || slices.Contains(c.shortcodes, q.Shortcode)) &&
		(c.attempt == nil || c.attempt.holds(int64(q.Attempt))) &&
		c.headersMatch(q.Header) &&
		(c.rate == nil || q.arrived.more(*c.rate, q.At)) &&
		(c.where == nil || c.where.holds(q)) &&
		(c.not == nil || !c.not.matches(q))
}

func anyMatches(globs []glob, s string) bool {
	return slices.ContainsFunc(globs, func(g glob) bool { return g.matches(s) })
}

func (c *condition) headersMatch(sent map[string][]string) bool {
	for _, h := range c.headers {
		if !slices.ContainsFunc(sent[h.name], h.text.matches) {
			return false
		}
	}
	return true
}
