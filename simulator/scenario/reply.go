package scenario

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/suggest"
	"github.com/darajabox/darajabox/simulator"
)

// replyPlan is `reply`: what is the same for every request, and what is drawn.
type replyPlan struct {
	refusal           *daraja.Error
	page              simulator.Page
	raw               *simulator.RawReply
	accepted          *bool
	revoke            bool
	latency, slowBody *wait
	damage            simulator.Damage
}

// draw is the reply of one request.
func (p *replyPlan) draw(c chance) simulator.ReplyFaults {
	if p == nil {
		return simulator.ReplyFaults{}
	}
	return simulator.ReplyFaults{
		Error: p.refusal, Page: p.page, Raw: p.raw, Accepted: p.accepts(), RevokeToken: p.revoke,
		Latency: p.latency.draw(c, drawLatency), SlowBody: p.slowBody.draw(c, drawReplyBody), Damage: p.damage,
	}
}

// accepts reports whether the request is carried out in spite of its answer.
func (p *replyPlan) accepts() bool { return p != nil && p.accepted != nil && *p.accepted }

// refuses reports whether the request is not carried out.
func (p *replyPlan) refuses() bool {
	return p != nil && (p.refusal != nil || p.page != "" || p.raw != nil || p.revoke) && !p.accepts()
}

func replyTable(errors refusals) keyTable[replyPlan] {
	const once = "a request has one answer"
	answers := []string{"error", "page", "raw_error", "raw"}
	pages := wordsForm(simulator.PageSpikeArrest, simulator.PageWAF403, simulator.PageWAF503, simulator.PageEmpty400)
	damages := wordsForm(simulator.DamageTruncated, simulator.DamageMalformed, simulator.DamageReset)
	return keyTable[replyPlan]{
		name: "reply", owner: "reply", notEmpty: true, check: checkReply,
		clashes: []clash{
			{key: "page", with: answers[:1], why: once}, {key: "raw_error", with: answers[:2], why: once}, {key: "raw", with: answers[:3], why: once},
			{key: "revoke_token", is: "true", with: append(slices.Clone(answers), "accepted"),
				why: "a revoked token is answered with 404.001.03, and the request is not carried out"},
			{key: "damage", is: string(simulator.DamageReset), with: append(slices.Clone(answers), "slow_body"),
				why: "a connection that is reset has no answer"},
			{key: "page", is: string(simulator.PageEmpty400), with: []string{"slow_body", "damage"}, why: "an empty answer has no body"},
		},
		fields: []field[replyPlan]{
			value("error", errorForm(errors),
				func(p *replyPlan, e daraja.Error) {
					if e != (daraja.Error{}) { // its mistake is known
						p.refusal = &e
					}
				}),
			value("page", pages, func(p *replyPlan, v simulator.Page) { p.page = v }),
			value("raw_error", rawErrorTable().form(), func(p *replyPlan, e daraja.Error) { p.refusal = &e }),
			value("raw", rawReplyTable().form(), func(p *replyPlan, raw simulator.RawReply) { p.raw = &raw }),
			value("accepted", switchForm(), func(p *replyPlan, b bool) { p.accepted = &b }),
			value("revoke_token", switchForm(), func(p *replyPlan, b bool) { p.revoke = b }),
			value("latency", waitForm(), func(p *replyPlan, w wait) { p.latency = &w }),
			value("slow_body", waitForm(), func(p *replyPlan, w wait) { p.slowBody = &w }),
			value("damage", damages, func(p *replyPlan, v simulator.Damage) { p.damage = v }),
		},
	}
}

// checkReply reports an accepted that changes nothing.
func checkReply(r *reader, m mapping, p *replyPlan) {
	answered := m.has("error") || m.has("page") || m.has("raw_error") || m.has("raw")
	switch {
	case p.accepts() && !answered && !m.has("revoke_token"):
		const what = "accepted: true needs an answer that says otherwise beside it"
		r.add(m.position("accepted"), problem{What: what, Expected: "error, page, raw_error or raw"})
	case p.accepted != nil && !*p.accepted && p.damage == simulator.DamageReset:
		// This error is never sent; it keeps the request from being carried out.
		busy := daraja.ErrInternal()
		p.refusal = &busy
	}
}

// errorForm is a code, or {code, message}.
func errorForm(errors refusals) form[daraja.Error] {
	code := errors.codeForm()
	t := keyTable[daraja.Error]{
		name: "error", required: []requirement{{"code", "code: 500.001.1001 or another errorCode"}}, check: errors.check,
		fields: []field[daraja.Error]{
			value("code", code, func(e *daraja.Error, s string) { e.Code = s }),
			value("message", textForm(maxDescription), func(e *daraja.Error, s string) { e.Message = s }),
		},
	}
	f := mapped(code, func(code string, _ *node) daraja.Error { return append(errors.of(code), simulator.Refusal{})[0].Error }).or(t)
	f.expected += ", or {code, message}"
	return f
}

// refusals are the errors of the products.
type refusals []simulator.Refusal

// check finds the error with the code and message, or reports what it can say.
func (all refusals) check(r *reader, m mapping, e *daraja.Error) {
	if e.Code == "" {
		return // its mistake is known
	}
	var texts []string
	for _, known := range all.of(e.Code) {
		if e.Message == "" || known.Message == e.Message || known.Pattern != "" && regexp.MustCompile(known.Pattern).MatchString(e.Message) {
			known.Message = cmp.Or(e.Message, known.Message)
			*e = known.Error
			return
		}
		texts = append(texts, known.Message)
	}
	r.add(m.position("message"), wrongText("message", e.Message, "error "+e.Code, texts))
	*e = daraja.Error{}
}

// of lists the errors of one code.
func (all refusals) of(code string) []simulator.Refusal {
	return slices.DeleteFunc(slices.Clone(all), func(e simulator.Refusal) bool { return e.Code != code })
}

// codes lists the codes, each once.
func (all refusals) codes() []string {
	var codes []string
	for _, e := range all {
		if !slices.Contains(codes, e.Code) {
			codes = append(codes, e.Code)
		}
	}
	return codes
}

// errorCodeExpected is what is expected of an error.
const errorCodeExpected = "an errorCode such as 500.003.1001"

func (all refusals) codeForm() form[string] {
	return scalar(errorCodeExpected, all.codeSchema(), func(n *node) (string, *problem) {
		codes := all.codes()
		if slices.Contains(codes, n.text) {
			return n.text, nil
		}
		return "", &problem{
			What:     quote(n.text) + " is not an errorCode of Daraja",
			Expected: oneOf(codes) + ", or raw_error: {code, message, status} for any other", Nearest: all.nearCode(n.text),
		}
	})
}

// nearCode finds the code that was meant: misspelt, or told by its status or message. A
// code of another status is another error.
func (all refusals) nearCode(text string) string {
	codes := all.codes()
	if status, _, whole := strings.Cut(text, "."); whole {
		codes = slices.DeleteFunc(codes, func(code string) bool { return !strings.HasPrefix(code, status+".") })
	}
	if near := cmp.Or(statusSynonym(text), suggest.Nearest(text, codes)); near != "" {
		return near
	}
	for _, e := range all {
		if text == strconv.Itoa(e.Status) || len(text) >= 4 && strings.Contains(strings.ToLower(e.Message), strings.ToLower(text)) {
			return e.Code
		}
	}
	return ""
}

// codeSchema offers each code with its messages.
func (all refusals) codeSchema() object {
	var choices []object
	for _, code := range all.codes() {
		var texts []string
		for _, e := range all.of(code) {
			texts = append(texts, e.Message)
		}
		choices = append(choices, object{"const": code, "description": fmt.Sprintf("HTTP %d: %s", all.of(code)[0].Status, strings.Join(texts, " / "))})
		if strings.Count(code, ".") == 1 { // which an editor takes for a number
			choices = append(choices, object{"const": json.Number(code)})
		}
	}
	return object{"anyOf": choices}
}
