package scenario

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// replyPlan is `reply`, and `error` in it while it is read.
type replyPlan struct {
	code, message string
	fault         *daraja.Error
	page          simulator.Page
	accepted      *bool
	revoke        bool
	latency       *wait
	slowBody      *wait
	damage        simulator.Damage
}

// reply is the plan for one request.
func (p *replyPlan) reply(c chance) simulator.Reply {
	if p == nil {
		return simulator.Reply{}
	}
	return simulator.Reply{
		Error: p.fault, Page: p.page, Accepted: p.accepted != nil && *p.accepted, RevokeToken: p.revoke,
		Latency: drawn(p.latency, c, drawLatency), SlowBody: drawn(p.slowBody, c, drawReplyBody), Damage: p.damage,
	}
}

// refuses reports whether the request is not carried out.
func (p *replyPlan) refuses() bool {
	return p != nil && (p.fault != nil || p.page != "" || p.revoke) && (p.accepted == nil || !*p.accepted)
}

func replyFields() []field[replyPlan] {
	return []field[replyPlan]{
		{name: "error", doc: "A refusal by Daraja, by its errorCode. The request is not carried out, unless accepted says so.",
			expected: errorCodeForm().expected + ", or {code, message}", example: "error: 500.003.1001", schema: errorSchema, read: readError},
		value("page", "An answer from what stands before Daraja: spike_arrest is a 429 in Apigee's form, waf_403 and waf_503 are HTML of the firewall, empty_400 has no body. "+
			"The request is not carried out, unless accepted says so.", pageForm(),
			func(p *replyPlan, v simulator.Page) { p.page = v }),
		value("accepted", "true: the push is carried out in spite of the error or page beside it. false, beside damage: reset: it is not carried out.", switchForm(),
			func(p *replyPlan, b bool) { p.accepted = &b }).shown("page: waf_503, accepted: true"),
		value("revoke_token", "true: the access token that the request came with is invalid from now on, this request included, which gets 404.001.03.", switchForm(),
			func(p *replyPlan, b bool) { p.revoke = b }),
		waitField("latency", "Time before the first byte of the answer.", func(p *replyPlan, w wait) { p.latency = &w }),
		waitField("slow_body", "Time over which the body of the answer is spread.", func(p *replyPlan, w wait) { p.slowBody = &w }),
		value("damage", "What happens to the answer on its way: truncated ends too early, malformed is not JSON, reset is a broken connection and no answer. The request is carried out.", damageForm(),
			func(p *replyPlan, v simulator.Damage) { p.damage = v }),
	}
}

// replyClashes is what cannot stand together in a reply.
func replyClashes() []clash {
	return []clash{
		{key: "page", with: []string{"error"}, why: "a request has one answer"},
		{key: "revoke_token", is: "true", with: []string{"error", "page", "accepted"}, why: "a revoked token is answered with 404.001.03, and the request is not carried out"},
		{key: "damage", is: string(simulator.DamageReset), with: []string{"error", "page", "slow_body"}, why: "a connection that is reset has no answer"},
		{key: "page", is: string(simulator.PageEmpty400), with: []string{"slow_body", "damage"}, why: "an empty answer has no body"},
	}
}

func readReply(r *reader, n *node) *replyPlan {
	var p replyPlan
	seen := readMapping(r, n, "reply", r.language.reply, &p)
	if seen != nil && len(seen) == 0 {
		r.add(n.at, problem{what: "reply is empty", expected: oneOf(names(r.language.reply))})
	}
	r.clashes(seen, replyClashes())
	if p.accepted == nil {
		return &p
	}
	switch answered := seen.has("error") || seen.has("page"); {
	case *p.accepted && !answered && !seen.has("revoke_token"):
		r.add(seen.at("accepted"), problem{what: "accepted: true needs an answer that says otherwise beside it", expected: "error or page"})
	case !*p.accepted && p.damage == simulator.DamageReset:
		// Nothing of this error is ever sent; it keeps the request from being carried out.
		busy := daraja.ErrInternal()
		p.fault = &busy
	}
	return &p
}

func pageForm() form[simulator.Page] {
	return wordsForm(simulator.PageSpikeArrest, simulator.PageWAF403, simulator.PageWAF503, simulator.PageEmpty400)
}

func damageForm() form[simulator.Damage] {
	return wordsForm(simulator.DamageTruncated, simulator.DamageMalformed, simulator.DamageReset)
}

// errorFields are the keys of `error`.
func errorFields() []field[replyPlan] {
	return []field[replyPlan]{
		value("code", "The errorCode. Required.", errorCodeForm(), func(p *replyPlan, s string) { p.code = s }),
		value("message", "Which of the errorMessages that go with the code. Without it, the first.", textForm(maxDescription),
			func(p *replyPlan, s string) { p.message = s }).shown("code: 500.001.1001, message: Merchant does not exist"),
	}
}

// readError reads a code, or {code, message}.
func readError(r *reader, n *node, p *replyPlan) {
	if n.kind != mapping {
		code, ok := readScalar(r, n, "error", errorCodeForm())
		if ok {
			p.fault = &messagesOf(code)[0]
		}
		return
	}
	seen := readMapping(r, n, "error", r.language.fault, p)
	switch {
	case lacks(seen, r.language.fault, "code"):
		r.add(n.at, problem{what: "this error has no code", expected: "code: 500.001.1001 or another errorCode"})
	case p.code == "": // said already
	case p.message == "":
		p.fault = &messagesOf(p.code)[0]
	default:
		p.fault = chooseMessage(r, seen.at("message"), p.code, p.message)
	}
}

// messagesOf is the catalogue's errors of one code, in its order.
func messagesOf(code string) []daraja.Error {
	return slices.DeleteFunc(daraja.Errors(), func(e daraja.Error) bool { return e.Code != code })
}

// chooseMessage finds the error of a code that says text, or reports what it can say.
func chooseMessage(r *reader, at place, code, text string) *daraja.Error {
	var texts []string
	for _, e := range messagesOf(code) {
		if e.Message == text || sameTemplate(e, text) {
			e.Message = text
			return &e
		}
		texts = append(texts, e.Message)
	}
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = fmt.Sprintf("%q", t)
	}
	p := problem{what: fmt.Sprintf("message %s is not a text of error %s", quote(text), code), expected: oneOf(quoted)}
	if near := simulator.Nearest(text, texts); near != "" {
		p.nearest = fmt.Sprintf("%q", near)
	}
	r.add(at, p)
	return nil
}

// sameTemplate reports whether text is e about another field, verb or type.
func sameTemplate(e daraja.Error, text string) bool {
	for _, t := range []struct{ code, pattern string }{
		{daraja.ErrInvalidField("").Code, `^Bad Request - Invalid [A-Za-z]{1,40}$`},
		{daraja.ErrMethodNotAllowed("").Code, `^[A-Z]{3,10} Method Not Allowed$`},
		{daraja.ErrTypeNotAllowed("").Code, `^Merchant not allowed to carry out transaction type [A-Za-z]{1,40}$`},
	} {
		shape := regexp.MustCompile(t.pattern)
		if e.Code == t.code && shape.MatchString(e.Message) && shape.MatchString(text) {
			return true
		}
	}
	return false
}

// errorCodes are the codes of the catalogue, each once.
func errorCodes() []string {
	var codes []string
	for _, e := range daraja.Errors() {
		if !slices.Contains(codes, e.Code) {
			codes = append(codes, e.Code)
		}
	}
	return codes
}

func errorCodeForm() form[string] {
	return form[string]{
		expected: "an errorCode such as 500.003.1001", example: "500.003.1001",
		schema: errorCodeSchema,
		parse: func(_ *reader, n *node) (string, *problem) {
			codes := errorCodes()
			if slices.Contains(codes, n.text) {
				return n.text, nil
			}
			p := &problem{what: quote(n.text) + " is not an errorCode of Daraja", expected: oneOf(codes), nearest: nearCode(n.text, codes)}
			return "", p
		},
	}
}

// nearCode finds the code that was meant: misspelt, or told by its status or message.
func nearCode(text string, codes []string) string {
	if near := cmp.Or(spokenStatus(text), simulator.Nearest(text, codes)); near != "" {
		return near
	}
	for _, e := range daraja.Errors() {
		if text == strconv.Itoa(e.Status) || len(text) >= 4 && strings.Contains(strings.ToLower(e.Message), strings.ToLower(text)) {
			return e.Code
		}
	}
	return ""
}

// errorCodeSchema offers each code with its messages.
func errorCodeSchema() object {
	var choices []object
	for _, code := range errorCodes() {
		var texts []string
		for _, e := range messagesOf(code) {
			texts = append(texts, e.Message)
		}
		choices = append(choices, object{"const": code, "description": fmt.Sprintf("HTTP %d: %s", messagesOf(code)[0].Status, strings.Join(texts, " / "))})
		if strings.Count(code, ".") == 1 { // which an editor takes for a number
			choices = append(choices, object{"const": jsonNumber(code)})
		}
	}
	return object{"anyOf": choices}
}

func errorSchema() object {
	return object{"anyOf": []object{errorCodeSchema(), {"$ref": "#/$defs/error"}}}
}
