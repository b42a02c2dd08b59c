// Package scenario is the language in which a tester makes a payment fail: a YAML
// file that sets up a world and says, by rules, what becomes of each request.
//
//	name: timeout-then-paid
//	description: one line on what happens and why it is real
//	include: [sandbox, ./more.yaml]     # ready scenarios and files; their rules come last
//	world:
//	  seed: 7
//	  clock: {frozen: true, at: 2026-11-24T12:00:00+03:00}
//	  settings: {pending_query: "500", think_time: 1s}
//	  customers:
//	    - {phone: "254708374149", balance: 20.50, pin: "1234", name: Jane Wanjiku, off: true}
//	  organisations:
//	    - {shortcode: 600100, name: Duka, till: 600101, balance: 1000}
//	rules:
//	  - when: {phone: "2547*", amount: ">= 1000", reference: "INV-*", not: {attempt: 1}}
//	    times: 2
//	    then: {result: 1032, after: 2s..8s, callback: {delay: 5s, copies: 2, gap: 1s}}
//	  - name: busy at night
//	    when: {api: [stkpush, stkquery], where: time.hour >= 22}
//	    chance: 20%
//	    then: {reply: {error: 500.003.02, latency: {exponential: {mean: 1s}}}}
//	  - {from: 1m, until: 2m, state: start, goto: outage, then: {reply: {page: waf_503}}}
//	  - then: {sequence: [4005, {result: 0, after: 1s}]}
//
// The first rule whose conditions all hold decides: its `when`, its state, the time,
// its times and its chance. A rule is for STK pushes unless `when: {api: …}` says
// otherwise; for other APIs only the reply can go wrong. A rule with times is skipped
// once it has decided that often. A sequence gives the rule's first, second, third
// decision, and its last item stays; it counts the decisions of the rule, whoever
// the customer is, so a sequence for each of two phones is two rules. What stands
// beside a sequence (after, reply, callback) holds for each item that has none of its
// own. A then without a result leaves the result to the phone number, or to the
// customer's balance and PIN, and changes only the rest.
//
// What is drawn (chance, ranges, distributions) comes from the dice of the request
// and the place of the rule, so it is the same whatever else happens in the world.
// times, sequence, state and rate count requests: with them the order of arrival
// matters, and a test with parallel clients gives each its own rules or none of these.
//
// A condition under `where` is in the language of github.com/expr-lang/expr. It knows
// api, phone, amount (shillings), reference, shortcode, attempt, checkout_request_id,
// headers (by the name as net/http writes it), body (the request's JSON) and time
// (hour, minute, second, weekday, day and month in East Africa). One that fails on
// the way, because the body has no such field or another type, does not hold.
//
// A mistake is an *Error with file, line, column and one line of text that says what
// was expected and what was probably meant.
package scenario
