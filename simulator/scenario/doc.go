// Package scenario is the language in which a tester makes a payment fail: a YAML
// file that sets up a world and says, by rules, what becomes of each prompt.
//
//	name: timeout-then-paid
//	description: one line on what happens and why it is real
//	world:
//	  settings: {pending_query: "500", think_time: 1s}
//	  customers:
//	    - {phone: "254708374149", balance: 20.50, pin: "1234", name: Jane Wanjiku}
//	rules:
//	  - when: {phone: "2547*", amount: ">= 1000", reference: "INV-*", shortcode: 174379}
//	    times: 2
//	    then: {result: 1032, after: 3s, callback: {delay: 5s, copies: 2, gap: 1s}}
//	  - then: {sequence: [4005, {result: 0, after: 1s}]}
//
// The first rule whose conditions all hold decides. A rule with times is skipped
// once it has decided that often. A sequence gives the rule's first, second, third
// decision, and its last item stays; it counts the decisions of the rule, whoever
// the customer is, so a sequence for each of two phones is two rules. What stands
// beside a sequence (after, callback) holds for each item that has none of its own.
// A then without a result leaves the result to the customer's balance and PIN, and
// changes only its time or its callback.
//
// Every mistake is one line: file, line, column, what is wrong, what was expected.
// The tables of keys that the parser reads by are the ones that Schema is made of,
// so an editor and the parser cannot disagree on what there is.
package scenario
