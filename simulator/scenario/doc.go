// Package scenario is the language in which a tester makes a payment fail: a YAML
// file that sets up a world and decides, by rules, the outcome of each request.
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
//	    when: {api: [oauth], where: time.hour >= 22}
//	    chance: 20%
//	    then: {reply: {error: 500.003.02, latency: {exponential: {mean: 1s}}}}
//	  - {from: 1m, until: 2m, state: start, goto: outage, then: {reply: {page: waf_503}}}
//	  - then: {sequence: [4005, {result: 0, after: 1s}]}
//
// The first rule whose conditions all hold decides: its `when`, its state, the time, its
// times and its chance. A rule is for pushes unless `when: {api: …}` says otherwise.
// A then without a result leaves the result to the phone number, or to the customer's
// balance and PIN. docs/scenarios.md describes every key.
//
// Random draws (chance, ranges, distributions) depend on the request and the position of
// the rule only, so they are the same whatever else happens in the world. times, sequence,
// state and rate count requests: with them the order of arrival matters.
//
// A mistake is an *Error with file, line, column and one line of text that says what
// was expected and what was probably meant.
package scenario
