package scenario

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/suggest"
	"github.com/darajabox/darajabox/simulator"
)

// step is what a rule decides once.
type step struct {
	result   *daraja.ResultCode
	desc     string
	raw      *simulator.QueryResult // in place of result and desc
	query    *simulator.QueryResult
	after    *wait
	reply    *replyPlan
	callback *callbackPlan
	timeout  simulator.QueueTimeout
}

// answer is `then`, or an item of its sequence, as written.
type answer struct {
	step
	sequence []answer
	wrote    mapping
}

func stepTable(products *simulator.Catalogue) keyTable[answer] {
	return keyTable[answer]{
		name:        "step",
		constraints: object{"minProperties": 1, "dependentRequired": object{"desc": []string{"result"}}},
		clashes:     []clash{{key: "raw_result", with: []string{"result", "desc"}, why: "a payment has one result"}},
		check:       func(r *reader, m mapping, a *answer) { a.wrote = m; checkAnswer(r, a) },
		fields: []field[answer]{
			value("result", resultForm(products), func(a *answer, c daraja.ResultCode) { a.result = &c }),
			value("desc", descForm(products), func(a *answer, s string) { a.desc = s }),
			value("raw_result", rawResultTable().form(), func(a *answer, raw simulator.QueryResult) { a.raw = &raw }),
			value("query_result", rawResultTable().form(), func(a *answer, raw simulator.QueryResult) { a.query = &raw }),
			value("after", waitForm(), func(a *answer, w wait) { a.after = &w }),
			value("queue_timeout", wordsForm(simulator.TimeoutInstead, simulator.TimeoutBefore), func(a *answer, w simulator.QueueTimeout) { a.timeout = w }),
			value("reply", replyTable(products.Errors()).form(), func(a *answer, p replyPlan) { a.reply = &p }),
			value("callback", callbackTable(products.Faults()).form(), func(a *answer, p callbackPlan) { a.callback = &p }),
		},
	}
}

// thenTable has the keys of a step, and a sequence of steps.
func thenTable(products *simulator.Catalogue, step keyTable[answer]) keyTable[answer] {
	t := step
	code := mapped(resultForm(products), func(c daraja.ResultCode, n *node) answer {
		out := answer{wrote: mapping{at: n.at}}
		out.result = &c
		return out
	})
	const expected = "a list of results such as [4005, 0]"
	items := listOf(code.or(step), "an item of sequence", expected, maxSteps)
	items.expected = expected

	t.name, t.owner = "then", "then"
	t.fields = append(slices.Clip(t.fields), value("sequence", items, func(a *answer, s []answer) { a.sequence = s }))
	const own = "each item of a sequence has its own"
	t.clashes = append([]clash{
		{key: "result", with: []string{"sequence"}, why: own}, {key: "desc", with: []string{"sequence"}, why: own},
		{key: "raw_result", with: []string{"sequence"}, why: own},
	}, t.clashes...)
	return t
}

// inOrder is what happens the first, second, … time.
func (a answer) inOrder(r *reader) []answer {
	if !a.wrote.has("sequence") {
		return []answer{a}
	}
	var all []answer
	for _, item := range a.sequence {
		out := item
		out.after, out.reply, out.callback = cmp.Or(item.after, a.after), cmp.Or(item.reply, a.reply), cmp.Or(item.callback, a.callback)
		out.timeout = cmp.Or(item.timeout, a.timeout)
		if out.query = cmp.Or(item.query, a.query); out.step != item.step {
			checkParts(r, out)
		}
		all = append(all, out)
	}
	return all
}

// checkAnswer reports what single values cannot show: too little, or a contradiction.
func checkAnswer(r *reader, a *answer) {
	m := a.wrote
	if len(m.keys) == 0 {
		r.add(m.at, problem{What: m.name + " is empty", Expected: "a result, such as {result: 1032}"})
	}
	if m.has("desc") && !m.has("raw_result") && !m.has("result") && !m.has("sequence") {
		r.add(m.position("desc"), problem{What: "desc has no result beside it", Expected: "the result that the text belongs to"})
	}
	if a.result != nil && a.desc != "" {
		if texts := r.language.results[*a.result].Wordings(); !slices.Contains(texts, a.desc) {
			r.add(m.position("desc"), wrongText("desc", a.desc, "result "+string(*a.result), texts))
		}
	}
	checkParts(r, *a)
}

// wrongText is the problem of a text that does not belong to a code.
func wrongText(key, text, code string, texts []string) problem {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = fmt.Sprintf("%q", t)
	}
	p := problem{What: fmt.Sprintf("%s %s is not a text of %s", key, quote(text), code), Expected: oneOf(quoted)}
	if near := suggest.Nearest(text, texts); near != "" && len(texts) > 1 {
		p.Nearest = fmt.Sprintf("%q", near)
	}
	return p
}

// present are the keys of an answer that not every API has, as far as they are there.
func (a answer) present() []string {
	var all []string
	for _, key := range []struct {
		name  string
		there bool
	}{
		{"result", a.result != nil}, {"raw_result", a.raw != nil}, {"query_result", a.query != nil}, {"after", a.after != nil}, {"callback", a.callback != nil},
		{"queue_timeout", a.timeout != ""},
	} {
		if key.there {
			all = append(all, key.name)
		}
	}
	return all
}

// checkParts reports parts of an answer that contradict each other.
func checkParts(r *reader, a answer) {
	result := a.result
	if a.raw != nil {
		result = &a.raw.Result
	}
	if a.callback != nil && result != nil && *result != daraja.ResultSuccess {
		for _, key := range a.callback.needsReceipt(r.language.products.Faults()) {
			what := fmt.Sprintf("%s needs a payment, and with result %s there is none", key, *result)
			r.add(a.wrote.position("callback"), problem{What: what, Expected: "result: 0"})
		}
	}
	if a.callback != nil && a.callback.BeforeAck && a.after != nil {
		const what = "after and before_ack contradict each other: a callback that comes first waits for nothing"
		r.add(a.wrote.position("after"), problem{What: what, Expected: "one of them"})
	}
	if there := a.present(); a.reply.refuses() && len(there) > 0 {
		what := "reply refuses the request, so " + there[0] + " has no effect"
		r.add(a.wrote.position(there[0]), problem{What: what, Expected: "accepted: true in reply, or one of the two"})
	}
}

// keysOfThen are the keys of `then` that an API has.
func keysOfThen(products *simulator.Catalogue, api simulator.API) []string {
	var keys []string
	op, _ := products.Operation(api)
	if op.HasResult() {
		keys = append(keys, "result", "desc", "raw_result")
	}
	if op.StartsPayment {
		keys = append(keys, "after", "callback")
	}
	if op.HasQueueTimeout() {
		keys = append(keys, "queue_timeout")
	}
	if products.Prompts(api) || products.AsksAboutPayment(api) {
		keys = append(keys, "query_result")
	}
	return append(keys, "reply", "sequence")
}

// checkAPIs reports what one of the APIs of a rule does not have.
func checkAPIs(r *reader, apis []simulator.API, a answer) {
	products := r.language.products
	for _, api := range apis {
		op := r.operation(api)
		lacking := slices.DeleteFunc(a.present(), func(key string) bool { return slices.Contains(keysOfThen(products, api), key) })
		key, what, expected := "reply", "", ""
		switch {
		case len(lacking) > 0:
			key = lacking[0]
			have := join(slices.DeleteFunc(products.APIs(), func(other simulator.API) bool { return !slices.Contains(keysOfThen(products, other), key) }), " or ")
			what, expected = fmt.Sprintf("%s has no %s: only %s has", api, key, have), "reply, or a rule for api: "+have
		case a.reply.accepts() && !op.StartsPayment:
			what = fmt.Sprintf("%s cannot be accepted: only %s is carried out", api, join(products.PaymentAPIs(), " or "))
			expected = "reply without accepted"
		case a.reply != nil && a.reply.revoke && op.NoToken:
			what, expected = fmt.Sprintf("%s has no token to revoke: a request for a token comes without one", api), "an API that takes a token"
		case a.result != nil && !r.hasResult(api, *a.result):
			key, what, expected = "result", fmt.Sprintf("%s is not a result code of %s", quote(string(*a.result)), api), "a result code of that API"
		case a.callback != nil:
			missing, known := products.MissingFault(api, a.callback.Faults)
			if missing == "" {
				continue
			}
			key, what = "callback", fmt.Sprintf("a callback of %s has no %s", api, missing)
			expected = cmp.Or(join(known, " or "), "a key that a callback of every API has, such as delay or malformed")
		default:
			continue
		}
		r.add(a.wrote.position(key), problem{What: what, Expected: expected})
		return
	}
}

func (r *reader) hasResult(api simulator.API, code daraja.ResultCode) bool {
	_, known := r.language.products.Result(api, code)
	return known
}

// outcome is the step for one request.
func (s *step) outcome(c chance) simulator.Outcome {
	out := simulator.Outcome{Desc: s.desc, Reply: s.reply.draw(c), Callback: s.callback.draw(c), Query: clone(s.query), QueueTimeout: s.timeout}
	if s.result != nil {
		out.Result = *s.result
	}
	if s.raw != nil {
		out.Result, out.Desc, out.Raw = s.raw.Result, s.raw.Desc, true
	}
	if s.after != nil {
		after := s.after.draw(c, drawAfter)
		out.After = &after
	}
	return out
}

// ParseThen reads one `then` without a sequence, in YAML or JSON, into the outcome of a
// single request. It can draw nothing, so its waits are fixed. The error is an *Error and
// is the first mistake.
func (l Language) ParseThen(src []byte) (simulator.Outcome, error) {
	r := newReader(l.language(), "then")
	var a answer
	if n := readYAML(r, src); n != nil {
		if slices.ContainsFunc(n.pairs, func(p pair) bool { return p.key == "sequence" }) {
			r.add(n.at, problem{What: "a single request has no sequence", Expected: "a result, and one then for each request"})
		}
		a, _ = r.language.single.read(r, n, "then")
		checkFixed(r, a)
	}
	if errs := r.sorted(); len(errs) > 0 {
		return simulator.Outcome{}, errs[0]
	}
	return a.outcome(0), nil
}

// checkFixed reports waits that would have to be drawn.
func checkFixed(r *reader, a answer) {
	check := func(key string, waits ...*wait) {
		for _, w := range waits {
			if w != nil && !w.fixed() {
				r.add(a.wrote.position(key), problem{What: "there is nothing to draw a time from here", Expected: "fixed durations such as 3s"})
			}
		}
	}
	check("after", a.after)
	if a.reply != nil {
		check("reply", a.reply.latency, a.reply.slowBody)
	}
	if a.callback != nil {
		check("callback", a.callback.delay, a.callback.gap, a.callback.slowBody)
	}
}
