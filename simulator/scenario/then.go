package scenario

import (
	"fmt"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// step is what a rule decides once.
type step struct {
	result   *daraja.ResultCode
	desc     string
	after    *wait
	reply    *replyPlan
	callback *callbackPlan
}

// answer is `then`, or an item of its sequence, as written.
type answer struct {
	step
	sequence []answer
	wrote    keys
	at       place
	name     string // "then", "this item"
}

func stepFields() []field[answer] {
	return []field[answer]{
		value("result", "The result code. Without it the phone number decides, or the person who answers the prompt, or the customer's wallet.", resultForm(), func(a *answer, c daraja.ResultCode) { a.result = &c }),
		value("desc", "Another text for the result: one of those that this code was seen with.", descForm(), func(a *answer, s string) { a.desc = s }).
			shown("result: 1032, desc: Request Cancelled by user."),
		waitField("after", "Time from the push to the end of the prompt, when the result is known. Without it, the setting think_time.", func(a *answer, w wait) { a.after = &w }),
		{name: "reply", doc: "What goes wrong with the answer to the request itself. Without it, the right answer at once.", example: "reply: {error: 500.003.1001}", schema: defined("reply"),
			read: func(r *reader, n *node, a *answer) { a.reply = readReply(r, n) }},
		{name: "callback", doc: "What goes wrong with the callback. Without it, it is sent once, at once.", example: "callback: {delay: 5s, copies: 2}", schema: defined("callback"),
			read: func(r *reader, n *node, a *answer) { a.callback = readCallback(r, n) }},
	}
}

func sequenceField() field[answer] {
	const doc = "What happens the 1st, 2nd, 3rd… time that the rule decides, for all customers together; then the last item repeats. " +
		"after, reply and callback beside it hold for the items that have none of their own."
	const expected = "a list of results such as [4005, 0]"
	return field[answer]{name: "sequence", doc: doc, expected: expected, example: "sequence: [4005, {result: 0, after: 1s}]", schema: listOf("step", maxSteps), read: func(r *reader, n *node, a *answer) {
		readList(r, n, "sequence", expected, maxSteps, func(item *node) { a.sequence = append(a.sequence, readStep(r, item)) })
	}}
}

// readStep reads an item of a sequence: a code, or an answer.
func readStep(r *reader, n *node) answer {
	a := answer{at: n.at, name: "this item"}
	if n.kind == mapping {
		a.wrote = readMapping(r, n, "an item of sequence", r.language.step, &a)
		checkAnswer(r, &a)
		return a
	}
	if c, ok := readScalar(r, n, "an item of sequence", resultForm()); ok {
		a.result = &c
	}
	return a
}

// readThen reads `then` into what happens the first, second, … time.
func readThen(r *reader, n *node) []answer {
	a := answer{at: n.at, name: "then"}
	a.wrote = readMapping(r, n, "then", r.language.then, &a)
	checkAnswer(r, &a)
	if !a.wrote.has("sequence") {
		return []answer{a}
	}
	for _, other := range sequenceExcludes() {
		if a.wrote.has(other) {
			r.add(a.wrote.later("sequence", other), problem{what: "then has both " + other + " and sequence", expected: "one of them"})
		}
	}
	var out []answer
	for _, item := range a.sequence {
		out = append(out, item.beside(r, a))
	}
	return out
}

// sequenceExcludes is what each item of a sequence says for itself.
func sequenceExcludes() []string { return []string{"result", "desc"} }

// beside is a, with what it does not say taken from the then that it is in.
func (a answer) beside(r *reader, then answer) answer {
	out := a
	out.after, out.reply, out.callback = firstOf(a.after, then.after), firstOf(a.reply, then.reply), firstOf(a.callback, then.callback)
	if out.step != a.step {
		checkParts(r, out)
	}
	return out
}

// checkAnswer reports what single values cannot show: too little, or a contradiction.
func checkAnswer(r *reader, a *answer) {
	if a.wrote == nil {
		return
	}
	if len(a.wrote) == 0 {
		r.add(a.at, problem{what: a.name + " is empty", expected: "a result, such as {result: 1032}"})
	}
	if a.wrote.has("desc") && !a.wrote.has("result") && !a.wrote.has("sequence") {
		r.add(a.wrote.at("desc"), problem{what: "desc has no result beside it", expected: "the result that the text belongs to"})
	}
	if a.result != nil && a.desc != "" {
		if texts := r.results[*a.result].Wordings(); !slices.Contains(texts, a.desc) {
			r.add(a.wrote.at("desc"), wrongDesc(*a.result, a.desc, texts))
		}
	}
	checkParts(r, *a)
}

// checkParts reports parts of an answer that contradict each other.
func checkParts(r *reader, a answer) {
	at := func(key string) place {
		if a.wrote.has(key) {
			return a.wrote.at(key)
		}
		return a.at
	}
	if a.callback != nil && a.result != nil && *a.result != daraja.ResultSuccess {
		checkReceipt(r, at("callback"), a.callback, *a.result)
	}
	if a.callback != nil && a.callback.BeforeAck && a.after != nil {
		r.add(at("after"), problem{what: "after and before_ack contradict each other: a callback that comes first waits for nothing", expected: "one of them"})
	}
	if !a.reply.refuses() {
		return
	}
	for _, key := range []struct {
		name  string
		there bool
	}{{"result", a.result != nil}, {"after", a.after != nil}, {"callback", a.callback != nil}} {
		if key.there {
			r.add(at(key.name), problem{what: "reply refuses the request, so nothing comes of this " + key.name, expected: "accepted: true in reply, or one of the two"})
			return
		}
	}
}

// checkAPIs reports what only a push can have in the answers of a rule that is for
// other APIs too.
func checkAPIs(r *reader, apis []simulator.API, a answer) {
	i := slices.IndexFunc(apis, func(api simulator.API) bool { return api != simulator.APISTKPush })
	if i < 0 {
		return
	}
	at := func(key string) place {
		if a.wrote.has(key) {
			return a.wrote.at(key)
		}
		return a.at
	}
	report := func(key string) {
		r.add(at(key), problem{what: fmt.Sprintf("%s has no %s: only a push has", apis[i], key), expected: "reply, or a rule for api: stkpush"})
	}
	switch {
	case a.result != nil:
		report("result")
	case a.after != nil:
		report("after")
	case a.callback != nil:
		report("callback")
	case a.reply != nil && a.reply.accepted != nil && *a.reply.accepted:
		r.add(at("reply"), problem{what: fmt.Sprintf("%s cannot be accepted: only a push is carried out", apis[i]), expected: "reply without accepted"})
	case a.reply != nil && a.reply.revoke && slices.Contains(apis, simulator.APIOAuth):
		r.add(at("reply"), problem{what: "oauth has no token to revoke: a request for a token comes without one", expected: "api: stkpush or stkquery"})
	}
}

func wrongDesc(code daraja.ResultCode, desc string, texts []string) problem {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = fmt.Sprintf("%q", t)
	}
	p := problem{what: fmt.Sprintf("desc %s is not a text of result %s", quote(desc), code), expected: oneOf(quoted)}
	if near := simulator.Nearest(desc, texts); near != "" && len(texts) > 1 {
		p.nearest = fmt.Sprintf("%q", near)
	}
	return p
}

// outcome is the step for one request.
func (s step) outcome(c chance) simulator.Outcome {
	out := simulator.Outcome{Desc: s.desc, Reply: s.reply.reply(c), Callback: s.callback.plan(c)}
	if s.result != nil {
		out.Result = *s.result
	}
	if s.after != nil {
		after := s.after.draw(c, drawAfter)
		out.After = &after
	}
	return out
}

// drawn is the wait of one request, 0 when there is none.
func drawn(w *wait, c chance, p purpose) time.Duration {
	if w == nil {
		return 0
	}
	return w.draw(c, p)
}

// ParseThen reads one `then` without a sequence, in YAML or JSON, into what becomes
// of a single request. It can draw nothing, so its waits are fixed. The error is an
// *Error and is the first mistake.
func ParseThen(src []byte) (simulator.Outcome, error) {
	r := newReader("then")
	a := answer{at: place{1, 1}, name: "then"}
	if n := readYAML(r, src); n != nil {
		a.at = n.at
		if n.kind == mapping && slices.ContainsFunc(n.pairs, func(p pair) bool { return p.key == "sequence" }) {
			r.add(a.at, problem{what: "a single request has no sequence", expected: "a result, and one then for each request"})
		}
		a.wrote = readMapping(r, n, "then", r.language.step, &a)
		checkAnswer(r, &a)
		checkFixed(r, a)
	}
	if errs := r.sorted(); len(errs) > 0 {
		return simulator.Outcome{}, errs[0]
	}
	return a.outcome(0), nil
}

// checkFixed reports a wait that would have to be drawn.
func checkFixed(r *reader, a answer) {
	check := func(key string, w *wait) {
		if w == nil {
			return
		}
		if _, ok := w.fixed(); !ok {
			r.add(a.wrote.at(key), problem{what: "there is nothing to draw a time from here", expected: "fixed durations such as 3s"})
		}
	}
	check("after", a.after)
	if a.reply != nil {
		check("reply", a.reply.latency)
		check("reply", a.reply.slowBody)
	}
	if a.callback != nil {
		check("callback", a.callback.delay)
		check("callback", a.callback.gap)
		check("callback", a.callback.slowBody)
	}
}
