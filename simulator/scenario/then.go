package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// answer is `then`, or an item of its sequence, as written.
type answer struct {
	result   *daraja.ResultCode
	desc     string
	after    *time.Duration
	callback *plan
	sequence []answer
}

// plan is `callback`.
type plan struct{ simulator.CallbackPlan }

func stepFields() []field[answer] {
	return []field[answer]{
		value("result", "The result code. Without it the customer's balance and PIN decide.", resultForm(), func(a *answer, c daraja.ResultCode) { a.result = &c }),
		value("desc", "Another wording of the result: one of those that this code was seen with.", descForm(), func(a *answer, s string) { a.desc = s }),
		value("after", "Time from the push to the end of the prompt. Without it, the setting think_time.", durationForm(), func(a *answer, d time.Duration) { a.after = &d }),
		{name: "callback", doc: "What goes wrong with the callback. Without it, it is sent once, at once.", schema: defined("callback"),
			read: func(r *reader, n *node, a *answer) { a.callback = readCallback(r, n) }},
	}
}

func sequenceField() field[answer] {
	const doc = "What happens the 1st, 2nd, 3rd… time that the rule decides, whoever the customer is; the last item stays. " +
		"after and callback beside it hold for the items that have none of their own."
	return field[answer]{name: "sequence", doc: doc, schema: listOf("step", maxSteps), read: func(r *reader, n *node, a *answer) {
		readList(r, n, "sequence", "a list of results such as [4005, 0]", maxSteps, func(item *node) { a.sequence = append(a.sequence, readStep(r, item)) })
	}}
}

// readStep reads an item of a sequence: a code, or an answer.
func readStep(r *reader, n *node) answer {
	var a answer
	if n.kind == mapping {
		checkAnswer(r, n, "this item", readMapping(r, n, "an item of sequence", r.language.step, &a), &a)
		return a
	}
	if c, ok := readScalar(r, n, "an item of sequence", resultForm()); ok {
		a.result = &c
	}
	return a
}

// readThen reads `then` into what happens the first, second, … time.
func readThen(r *reader, n *node) []simulator.Outcome {
	var a answer
	if _, code := r.results[daraja.ResultCode(n.text)]; n.kind == scalar && code {
		r.add(n.at, problem{what: "then is " + n.describe(), expected: "keys: " + strings.Join(names(r.language.then), ", "), nearest: "{result: " + n.text + "}"})
		return nil
	}
	seen := readMapping(r, n, "then", r.language.then, &a)
	checkAnswer(r, n, "then", seen, &a)
	if !seen.has("sequence") {
		return []simulator.Outcome{a.outcome(answer{})}
	}
	for _, other := range []string{"result", "desc"} {
		if seen.has(other) {
			r.add(seen.later("sequence", other), problem{what: "then has both " + other + " and sequence", expected: "one of them"})
		}
	}
	var out []simulator.Outcome
	for _, step := range a.sequence {
		out = append(out, step.outcome(a))
	}
	return out
}

// checkAnswer reports what single values cannot show: too little, or a contradiction.
func checkAnswer(r *reader, n *node, what string, seen keys, a *answer) {
	if seen == nil {
		return
	}
	if len(seen) == 0 {
		r.add(n.at, problem{what: what + " is empty", expected: "a result, such as {result: 1032}"})
	}
	if seen.has("desc") && !seen.has("result") && !seen.has("sequence") {
		r.add(seen["desc"], problem{what: "desc has no result beside it", expected: "the result that the text belongs to"})
	}
	if a.result == nil {
		return
	}
	if texts := r.results[*a.result].Wordings(); a.desc != "" && !slices.Contains(texts, a.desc) {
		r.add(seen["desc"], wrongDesc(*a.result, a.desc, texts))
	}
	if a.callback != nil && a.callback.ReuseReceipt && *a.result != daraja.ResultSuccess {
		r.add(seen["callback"], problem{what: fmt.Sprintf("reuse_receipt_of needs a receipt, and result %s has none", *a.result), expected: "result: 0"})
	}
}

func wrongDesc(code daraja.ResultCode, desc string, texts []string) problem {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = fmt.Sprintf("%q", t)
	}
	p := problem{what: fmt.Sprintf("desc %s is not a text of result %s", quote(desc), code), expected: oneOf(quoted)}
	if near := Nearest(desc, texts); near != "" && len(texts) > 1 {
		p.nearest = fmt.Sprintf("%q", near)
	}
	return p
}

// outcome is a, with what it does not say taken from beside.
func (a answer) outcome(beside answer) simulator.Outcome {
	out := simulator.Outcome{Desc: a.desc, After: a.after}
	if a.result != nil {
		out.Result = *a.result
	}
	if out.After == nil {
		out.After = beside.after
	}
	if a.callback == nil {
		a.callback = beside.callback
	}
	if a.callback != nil {
		out.Callback = a.callback.CallbackPlan
	}
	return out
}

func callbackFields() []field[plan] {
	return []field[plan]{
		value("delay", "Time between the end of the prompt and the callback.", durationForm(), func(p *plan, d time.Duration) { p.Delay = d }),
		value("copies", "How often the callback is sent. Without it, the setting callback_copies.", countForm(maxCopies), func(p *plan, n int) { p.Copies = n }),
		value("gap", "Time between two copies.", durationForm(), func(p *plan, d time.Duration) { p.Gap = d }),
		value("drop", "The callback is never sent; a query knows the result all the same.", switchForm(), func(p *plan, b bool) { p.Drop = b }),
		value("reuse_receipt_of", "The callback carries the receipt of the payment before this one.", previousForm(), func(p *plan, _ string) { p.ReuseReceipt = true }),
	}
}

func readCallback(r *reader, n *node) *plan {
	var p plan
	seen := readMapping(r, n, "callback", r.language.callback, &p)
	if seen != nil && len(seen) == 0 {
		r.add(n.at, problem{what: "callback is empty", expected: oneOf(names(r.language.callback))})
	}
	for _, other := range dropExcludes() {
		if p.Drop && seen.has(other) {
			r.add(seen.later("drop", other), problem{what: "drop: true and " + other + " contradict each other: a callback that is never sent has no " + other, expected: "one of them"})
		}
	}
	return &p
}

// dropExcludes is what a callback that is never sent cannot have.
func dropExcludes() []string { return []string{"delay", "copies", "gap", "reuse_receipt_of"} }
