package scenario_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/scenario"
)

const codes = "one of 0, 1, 2, 3, 4, 8, 17, 26, 1001, 1019, 1025, 1031, 1032, 1036, 1037, 2001, 2006, 2007, 2008, 2026, 2028, 2029, 2033, 2040, 2043, 2202, 4005, 8006, 9999, SFC_IC0003, E3008, 100000100, or raw_result: {code, desc} for any other"

const errorCodes = "one of 400.008.01, 400.008.02, 404.001.03, 404.001.04, 400.002.02, 400.002.05, 404.001.01, 405.001, 500.001.1001, 500.002.1001, 500.003.1001, 500.003.02, 500.003.03, or raw_error: {code, message, status} for any other"

// bad is a file with a mistake. In yaml, "WHEN x" and "THEN x" stand for a rule with
// that when or then.
type bad struct {
	name string
	yaml string
	want string // the first mistake, without "bad.yaml:"
	// schema says who else refuses it: an editor by the schema, or only Parse.
	schema verdict
}

type verdict int

const (
	bySchema verdict = iota // the schema refuses it too
	onlyHere                // a schema cannot express it
	noYAML                  // an editor sees no YAML to check
)

func badFiles() []bad {
	const (
		keysOfThen = "result, desc, raw_result, query_result, after, queue_timeout, reply, callback, sequence"
		keysOfRule = "name, when, times, chance, from, until, state, goto, then"
		keysOfWhen = "api, phone, amount, reference, shortcode, header, attempt, rate, where, not"
		keysOfCall = "delay, copies, gap, drop, reorder, before_ack, reuse_receipt_of, amount, phone, unknown_id, malformed, raw, reset, slow_body"
		keysAtTop  = "name, description, include, world, rules"
		amount     = `an amount such as 150, a comparison such as "< 100" or ">= 1000", or a range such as "100..200"`
		wait       = "a duration from 0s to 24h such as 500ms, 3s or 1m30s"
		phone      = `a Kenyan mobile number such as "254708374149" or "0708374149"`
		nothing    = "expected rules: with what happens to each payment, world: with settings or customers, or include: with another scenario"
		anyWait    = wait + ", a range such as 2s..8s, or {normal: {mean: 3s, deviation: 1s}}"
		timeBound  = "a duration since the scenario was loaded such as 30s or 1h, or a date such as 2026-11-24T12:00:00+03:00"
		condition  = "a condition such as amount > 1000 && time.hour >= 18"
	)
	return []bad{
		// Shape.
		{"empty file", "", "1:1: the scenario is empty; " + nothing, bySchema},
		{"only a comment", "# rules to come\n", "1:1: the scenario is empty; " + nothing, bySchema},
		{"only a separator", "---\n", "1:1: the scenario is empty; " + nothing, bySchema},
		{"no rules", "name: x\n", "1:1: the scenario has no rules and no world; " + nothing, bySchema},
		{"a list", "- when\n", "1:1: the scenario is a list; expected keys: " + keysAtTop, bySchema},
		{"a word", "paid\n", `1:1: the scenario is "paid"; expected keys: ` + keysAtTop, bySchema},
		{"unknown key at the top", "ruels: []\n", `1:1: unknown key "ruels" in the scenario; expected one of ` + keysAtTop + `; did you mean "rules"?`, bySchema},
		{"key twice", "name: a\nname: b\nrules: [{then: {result: 0}}]\n", `2:1: "name" is written twice in the scenario, first on line 1; expected each key once`, noYAML},
		{"key twice below", "THEN {result: 0, result: 1}", `2:23: "result" is written twice in then, first on line 2; expected each key once`, noYAML},
		{"empty name", "name: \"\"\nrules: [{then: {result: 0}}]\n", "1:7: name is an empty text; expected a text of 1 to 100 characters", bySchema},
		{"long name", "name: " + strings.Repeat("x", 101) + "\nrules: [{then: {result: 0}}]\n", "1:7: name has 101 characters; expected a text of 1 to 100 characters", bySchema},
		{"name as a list", "name: [x]\nrules: [{then: {result: 0}}]\n", "1:7: name is a list; expected a text of 1 to 100 characters", bySchema},
		{"rules without a value", "rules:\n", `1:1: rules is empty; expected a list of rules, each beginning with "- "`, bySchema},
		{"no rule in rules", "rules: []\n", `1:8: rules is an empty list; expected a list of rules, each beginning with "- "`, bySchema},
		{"dash without a space", "rules:\n  -when: {}\n  then: {result: 0}\n", `2:3: rules is a group of keys; expected a list of rules, each beginning with "- "; did you mean "- when:"?`, bySchema},
		{"rule as a word", "rules:\n  - paid\n", `2:5: rule is "paid"; expected keys: ` + keysOfRule, bySchema},
		{"rule with nothing", "rules:\n  -\n", "2:4: rule is empty; expected keys, indented under it: " + keysOfRule, bySchema},
		// World.
		{"unknown key in world", "world: {setting: {}}\n", `1:9: unknown key "setting" in world; expected one of settings, customers, organisations, seed, clock; did you mean "settings"?`, bySchema},
		{"unknown setting", "world: {settings: {think_tme: 3s}}\n", `1:20: unknown key "think_tme" in settings; expected one of ` + settings() + `; did you mean "think_time"?`, bySchema},
		{"setting not allowed", "world:\n  settings:\n    pending_query: 501\n", `3:20: pending_query cannot be "501"; expected one of 4999, 500, 200; did you mean 500?`, bySchema},
		{"setting as a boolean", "world: {settings: {strict_callbacks: true}}\n", `1:38: strict_callbacks cannot be "true"; expected one of off, sandbox, production, on; did you mean on?`, bySchema},
		{"setting without a unit", "world: {settings: {think_time: 2}}\n", `1:32: think_time cannot be "2"; expected a duration from 0s to 10m; did you mean 2s?`, onlyHere},
		{"setting as a list", "world: {settings: {think_time: [2s]}}\n", "1:32: think_time is a list; expected a duration from 0s to 10m", bySchema},
		{"customer without phone", "world: {customers: [{name: Jane}]}\n", `1:21: this customer has no phone; expected phone: "254708374149" or another number`, bySchema},
		{"customer with a bad phone", "world: {customers: [{phone: 12345}]}\n", `1:29: phone cannot be "12345"; expected ` + phone, bySchema},
		{"customer with a wildcard", `world: {customers: [{phone: "2547*"}]}` + "\n", `1:29: phone cannot be "2547*"; expected ` + phone, bySchema},
		{"customer twice", "world:\n  customers:\n    - {phone: 0708374149}\n    - {phone: \"+254 708 374149\"}\n", "4:8: this phone belongs to the customer on line 3 already; expected each customer once", onlyHere},
		{"PIN too short", "world: {customers: [{phone: 254708374149, pin: 123}]}\n", `1:48: pin is not a PIN; expected four digits in quotes such as "1234"`, bySchema},
		{"PIN that loses its zero", "world: {customers: [{phone: 254708374149, pin: 0123}]}\n", `1:48: pin begins with 0, which a number cannot keep; expected four digits in quotes such as "1234"`, bySchema},
		{"balance with a currency", "world: {customers: [{phone: 254708374149, balance: KES 20}]}\n", `1:52: balance cannot be "KES 20"; expected shillings such as 20 or 20.50; did you mean 20?`, bySchema},
		{"balance with a comma", "world: {customers: [{phone: 254708374149, balance: \"1,000\"}]}\n", `1:52: balance cannot be "1,000"; expected shillings such as 20 or 20.50; did you mean 1000?`, bySchema},
		{"balance with a bare comma", "world: {customers: [{phone: 254708374149, balance: 1,000}]}\n", `1:54: unknown key "000" in customer; expected no comma inside a number: 1000, not 1,000`, bySchema},
		{"negative balance", "world: {customers: [{phone: 254708374149, balance: -1}]}\n", `1:52: balance cannot be "-1"; expected shillings such as 20 or 20.50`, bySchema},
		{"customer off as a word", "world: {customers: [{phone: 0708374149, off: on}]}\n", `1:46: off cannot be "on"; expected true or false, without quotes; did you mean true?`, bySchema},
		{"organisation without shortcode", "world: {organisations: [{name: Duka}]}\n", "1:25: this organisation has no shortcode; expected shortcode: 600100 or another number", bySchema},
		{"organisation twice", "world: {organisations: [{shortcode: 600100}, {shortcode: \"600100\"}]}\n", "1:47: this shortcode belongs to the organisation on line 1 already; expected each organisation once", onlyHere},
		{"initiator without a password", "world: {organisations: [{shortcode: 600100, initiators: [{name: a}]}]}\n", "1:58: this initiator has no password; expected password: with the text that a SecurityCredential encrypts", bySchema},
		{"initiator as a word", "world: {organisations: [{shortcode: 600100, initiators: testapi}]}\n", `1:57: initiators is "testapi"; expected a list of initiators, each beginning with "- "`, bySchema},
		{"initiator twice", "world: {organisations: [{shortcode: 600100, initiators: [{name: a, password: b}, {name: a, password: c}]}]}\n", "1:83: this name belongs to the initiator on line 1 already; expected each initiator once", onlyHere},
		{"unknown role", "world: {organisations: [{shortcode: 600100, initiators: [{name: a, password: b, roles: Org Reversal Initiator}]}]}\n", `1:88: roles cannot be "Org Reversal Initiator"; expected one of ` + roles() + `; did you mean Org Reversals Initiator?`, bySchema},
		{"seed as a word", "world: {seed: lucky}\n", `1:15: seed cannot be "lucky"; expected a whole number such as 7, without quotes`, bySchema},
		{"clock with nothing", "world: {clock: {}}\n", "1:16: clock is empty; expected one of frozen, at, speed", bySchema},
		{"frozen and fast", "world: {clock: {frozen: true, speed: 10}}\n", "1:31: frozen: true and speed contradict each other: a clock that stands still has no speed; expected one of them", bySchema},
		{"speed with an x", "world: {clock: {speed: 10x}}\n", `1:24: speed cannot be "10x"; expected a number above 0 and up to 10000 such as 10, without quotes; did you mean 10?`, bySchema},
		{"speed of nothing", "world: {clock: {speed: 0}}\n", `1:24: speed cannot be "0"; expected a number above 0 and up to 10000 such as 10, without quotes; did you mean frozen: true?`, bySchema},
		{"date without a time", "world: {clock: {at: 2026-11-24}}\n", `1:21: at cannot be "2026-11-24"; expected a date with its zone such as 2026-11-24T12:00:00+03:00; did you mean 2026-11-24T00:00:00+03:00?`, bySchema},
		// Include.
		{"include without a loader", "include: [hostile]\n", `1:11: there is nothing here that "hostile" could be included from; expected a scenario without include`, onlyHere},
		{"include with nothing", "include: []\n", "1:10: include is an empty list; expected the name of a ready scenario such as hostile, or of a file such as ./mine.yaml, or a list of them", bySchema},
		{"include as keys", "include: {name: hostile}\n", "1:10: include is a group of keys; expected the name of a ready scenario such as hostile, or of a file such as ./mine.yaml", bySchema},
		// When.
		{"unknown key in when", "WHEN {amout: 5}", `2:12: unknown key "amout" in when; expected one of ` + keysOfWhen + `; did you mean "amount"?`, bySchema},
		{"when without a value", "rules:\n  - when:\n    then: {result: 0}\n", "2:5: when is empty; expected keys, indented under it: " + keysOfWhen, bySchema},
		{"unknown api", "WHEN {api: nowhere}", `2:17: api cannot be "nowhere"; expected one of oauth, stkpush, stkquery`, bySchema},
		{"api in another spelling", "WHEN {api: STK-Push}", `2:17: api cannot be "STK-Push"; expected one of oauth, stkpush, stkquery; did you mean stkpush?`, bySchema},
		{"result of a query", "WHEN {api: stkquery}", "3:12: stkquery has no result: only stkpush has; expected reply, or a rule for api: stkpush", onlyHere},
		{"no api", "WHEN {api: []}", "2:17: api is an empty list; expected one of oauth, stkpush, stkquery, or a list of them", bySchema},
		{"phone of a token", "rules:\n  - when: {api: oauth, phone: \"2547*\"}\n    then: {reply: {page: waf_403}}\n", "2:24: a request to oauth has no phone; expected header, attempt, rate or where beside api: oauth", onlyHere},
		{"callback of a token", "rules:\n  - when: {api: [stkpush, oauth]}\n    then: {callback: {drop: true}}\n", "3:12: oauth has no callback: only stkpush has; expected reply, or a rule for api: stkpush", onlyHere},
		{"token of a token", "rules:\n  - when: {api: oauth}\n    then: {reply: {revoke_token: true}}\n", "3:12: oauth has no token to revoke: a request for a token comes without one; expected an API that takes a token", onlyHere},
		{"accepted query", "rules:\n  - when: {api: stkquery}\n    then: {reply: {page: waf_403, accepted: true}}\n", "3:12: stkquery cannot be accepted: only stkpush is carried out; expected reply without accepted", onlyHere},
		{"headers as a text", "WHEN {header: curl}", `2:20: header is "curl"; expected headers and their texts such as {User-Agent: "*curl*"}`, bySchema},
		{"header with a space", `WHEN {header: {"User Agent": curl}}`, `2:21: "User Agent" is no name of a header; expected headers and their texts such as {User-Agent: "*curl*"}`, bySchema},
		{"header twice", `WHEN {header: {user-agent: a, User-Agent: b}}`, `2:36: "User-Agent" is written twice in header; expected each header once`, onlyHere},
		{"attempt from nought", "WHEN {attempt: 0}", "2:21: attempt is below 1; expected 1 for the first, 2 for the second", bySchema},
		{"attempt in words", "WHEN {attempt: first}", `2:21: attempt cannot be "first"; expected a number such as 1, a comparison such as "> 1" or "<= 3", or a range such as "2..4"`, bySchema},
		{"rate without a time", "WHEN {rate: 5}", `2:18: rate cannot be "5"; expected more requests than a number up to 10000 in a second or a minute, such as "> 5/s" or "> 100/m"; did you mean "> 5/s"?`, bySchema},
		{"rate in words", `WHEN {rate: "5 per minute"}`, `2:18: rate cannot be "5 per minute"; expected more requests than a number up to 10000 in a second or a minute, such as "> 5/s" or "> 100/m"; did you mean "> 5/m"?`, bySchema},
		{"not of nothing", "WHEN {not: {}}", "2:17: not is empty; expected one of api, phone, amount, reference, shortcode, header, attempt, rate, where", bySchema},
		{"not in a not", "WHEN {not: {not: {amount: 5}}}", `2:18: unknown key "not" in not; expected one of api, phone, amount, reference, shortcode, header, attempt, rate, where; did you mean "not" under when?`, bySchema},
		// Where.
		{"unknown name in where", "WHEN {where: amout > 5}", `2:19: where knows no "amout"; expected one of api, phone, amount, reference, shortcode, attempt, checkout_request_id, headers, body, time; did you mean amount?`, onlyHere},
		{"unknown name further on", `WHEN {where: 'amount > 5 && pone == ""'}`, `2:34: where knows no "pone"; expected one of api, phone, amount, reference, shortcode, attempt, checkout_request_id, headers, body, time; did you mean phone?`, onlyHere},
		{"text against number", "WHEN {where: phone == 254708374149}", `2:25: where compares a text with a number here; expected quotes round a text, such as phone == '254708374149'`, onlyHere},
		{"one equals sign", `WHEN {where: amount = 5}`, `2:26: where has a single =; expected == to compare`, onlyHere},
		{"where that is no condition", "WHEN {where: amount + 5}", `2:19: where is not true or false, but a number; expected ` + condition, onlyHere},
		{"where that ends early", "WHEN {where: amount >}", `2:26: where ends too early; expected ` + condition, onlyHere},
		{"where in a block of text", "rules:\n  - when:\n      where: |\n        amount > 5 &&\n          timr.hour > 8\n    then: {result: 0}\n", `5:11: where knows no "timr"; expected one of api, phone, amount, reference, shortcode, attempt, checkout_request_id, headers, body, time; did you mean time?`, onlyHere},
		{"where after an escape", `WHEN {where: "reference == \"A\" && x"}`, `2:42: where knows no "x"; expected one of api, phone, amount, reference, shortcode, attempt, checkout_request_id, headers, body, time`, onlyHere},
		{"field of time", "WHEN {where: time.hours > 8}", `2:24: where knows no time.hours; expected one of hour, minute, second, weekday, day, month; did you mean hour?`, onlyHere},
		{"function of now", "WHEN {where: now().Hour() > 8}", `2:19: where knows no "now"; expected one of api, phone, amount, reference, shortcode, attempt, checkout_request_id, headers, body, time`, onlyHere},
		{"variable in where", `WHEN {where: "let x = amount; x > 5"}`, `2:24: where has a let, and conditions have none; expected ` + condition, onlyHere},
		{"loop in a loop", `WHEN {where: "any(1..9, any(1..9, amount > 5))"}`, `2:20: where has a loop inside of a loop, and conditions have none; expected ` + condition, onlyHere},
		{"where of too much", `WHEN {where: "` + strings.Repeat("amount > 1 && ", 68) + `true"}`, "2:20: where is too long a condition; expected fewer parts, or two rules", onlyHere},
		{"arrow the wrong way", `WHEN {amount: "=> 1000"}`, `2:20: amount cannot be "=> 1000"; expected ` + amount + `; did you mean ">= 1000"?`, bySchema},
		{"range with a dash", `WHEN {amount: 100-200}`, `2:20: amount cannot be "100-200"; expected ` + amount + `; did you mean "100..200"?`, bySchema},
		{"range that goes down", `WHEN {amount: "200..100"}`, "2:20: amount goes down from 200.00 to 100.00; expected the smaller amount first", onlyHere},
		{"below nothing", `WHEN {amount: "< 0"}`, "2:20: amount is below 0; expected an amount that a payment can have", onlyHere},
		{"amount in words", "WHEN {amount: lots}", `2:20: amount cannot be "lots"; expected ` + amount, bySchema},
		{"comparison without quotes", "WHEN {amount: >= 1000}", "2:20: no value begins with a tab, >, |, @, ` or % here; expected quotes round it, such as \">= 1000\", and spaces in place of a tab", noYAML},
		{"wildcard without quotes", "WHEN {phone: *149}", `2:19: "*" at the beginning of a value is an alias in YAML; expected quotes round a wildcard, such as "*149"`, noYAML},
		{"phone of another country", `WHEN {phone: "255708374149"}`, `2:19: phone cannot be "255708374149"; expected ` + phone + `, or with * for any digits such as "2547001*"`, bySchema},
		{"wildcard that fits no number", `WHEN {phone: "7001*"}`, `2:19: phone cannot be "7001*": it fits no number; expected twelve digits at most that begin with 2547, 2541, 07 or 01, such as "2547001*"`, onlyHere},
		{"empty reference", `WHEN {reference: ""}`, `2:23: reference is an empty text; expected an account reference of 1 to 100 characters such as INV-1, or with * for any characters such as "INV-*"`, bySchema},
		{"short shortcode", "WHEN {shortcode: 12}", `2:23: shortcode cannot be "12"; expected a shortcode of 5 to 7 digits such as 174379, or with * for any digits such as "600*"`, bySchema},
		// Then.
		{"no then", "rules:\n  - when: {amount: 5}\n    times: 2\n", "2:5: this rule has no then; expected then: with a result, such as then: {result: 1032}", bySchema},
		{"then without a value", "rules:\n  - then:\n    result: 0\n", "2:5: then is empty; expected keys, indented under it: " + keysOfThen, bySchema},
		{"then with nothing in it", "THEN {}", "2:11: then is empty; expected a result, such as {result: 1032}", bySchema},
		{"then as a code", "THEN 1032", `2:11: then is "1032"; expected keys: ` + keysOfThen + "; did you mean {result: 1032}?", bySchema},
		{"colon without a space", "THEN result:1032", `2:11: then is "result:1032"; expected keys: ` + keysOfThen + `; did you mean {result: 1032}?`, bySchema},
		{"comparison as a sentence", "WHEN amount > 5", `2:11: when is "amount > 5"; expected keys: ` + keysOfWhen + `; did you mean {amount: "> 5"}?`, bySchema},
		{"colon without a space in braces", "THEN {result:1032}", `2:12: unknown key "result:1032" in then; expected one of ` + keysOfThen + `; did you mean result: 1032?`, bySchema},
		{"space without a colon", "THEN {result 1032}", `2:12: unknown key "result 1032" in then; expected one of ` + keysOfThen + `; did you mean result: 1032?`, bySchema},
		{"unknown code", "THEN {result: 1033}", `2:20: result "1033" is not a result code; expected ` + codes + "; did you mean 1032?", bySchema},
		{"code in words", "THEN {result: paid}", `2:20: result "paid" is not a result code; expected ` + codes + "; did you mean 0?", bySchema},
		{"code in no known word", "THEN {result: maybe}", `2:20: result "maybe" is not a result code; expected ` + codes, bySchema},
		{"code that only a query has", "THEN {result: 4999}", "2:20: result cannot be 4999: it only says in a query that the prompt is still open, it is not an outcome; expected " + codes, bySchema},
		{"result without a value", "THEN {result: , after: 3s}", "2:12: result is empty; expected a result code such as 0 or 1032", bySchema},
		{"result and sequence", "THEN {result: 0, sequence: [1]}", "2:23: result and sequence contradict each other: each item of a sequence has its own; expected one of them", bySchema},
		{"sequence and result", "THEN {sequence: [1], result: 0}", "2:27: result and sequence contradict each other: each item of a sequence has its own; expected one of them", bySchema},
		{"desc and sequence", "THEN {sequence: [1], desc: x}", "2:27: desc and sequence contradict each other: each item of a sequence has its own; expected one of them", bySchema},
		{"desc without result", "THEN {desc: Request cancelled by user}", "2:12: desc has no result beside it; expected the result that the text belongs to", bySchema},
		{"desc that was never seen", "THEN {result: 1032, desc: Request Canceled by user.}", `2:26: desc "Request Canceled by user." is not a text of result 1032; expected one of "Request cancelled by user", "Request Cancelled by user.", "[STK_CB - ]Request cancelled by user", "Invalid credentials"; did you mean "Request Cancelled by user."?`, bySchema},
		{"desc of another code", "THEN {result: 0, desc: Rule limited.}", `2:23: desc "Rule limited." is not a text of result 0; expected "The service request is processed successfully."`, onlyHere},
		{"times of nothing", "rules:\n  - times: 0\n    then: {result: 0}\n", `2:12: times cannot be "0"; expected a number from 1 to 1000000, without quotes`, bySchema},
		{"times in quotes", "rules:\n  - times: \"2\"\n    then: {result: 0}\n", `2:12: times cannot be "2"; expected a number from 1 to 1000000, without quotes`, bySchema},
		{"duration without a unit", "THEN {result: 0, after: 3}", `2:30: after cannot be "3"; expected ` + anyWait + "; did you mean 3s?", bySchema},
		{"duration in words", "THEN {result: 0, after: 2 minutes}", `2:30: after cannot be "2 minutes"; expected ` + anyWait + "; did you mean 2m?", bySchema},
		{"duration too long", "THEN {result: 0, after: 25h}", `2:30: after cannot be "25h"; expected ` + anyWait, onlyHere},
		{"negative duration", "THEN {result: 0, after: -1s}", `2:30: after cannot be "-1s"; expected ` + anyWait, bySchema},
		{"sequence as a code", "THEN {sequence: 0}", `2:22: sequence is "0"; expected a list of results such as [4005, 0]`, bySchema},
		{"sequence of nothing", "THEN {sequence: []}", "2:22: sequence is an empty list; expected a list of results such as [4005, 0]", bySchema},
		{"bad item of a sequence", "THEN {sequence: [4005, x]}", `2:29: an item of sequence "x" is not a result code; expected ` + codes, bySchema},
		{"sequence in a sequence", "THEN {sequence: [{sequence: [0]}]}", `2:24: unknown key "sequence" in an item of sequence; expected one of result, desc, raw_result, query_result, after, queue_timeout, reply, callback; did you mean "sequence" under then?`, bySchema},
		{"empty item", "THEN {sequence: [{}]}", "2:23: an item of sequence is empty; expected a result, such as {result: 1032}", bySchema},
		{"list as an item", "THEN {sequence: [[0]]}", "2:23: an item of sequence is a list; expected a result code such as 0 or 1032", bySchema},
		{"too many items", "THEN {sequence: [" + strings.Repeat("0,", 1000) + "0]}", "2:2023: sequence has 1001 items; expected at most 1000", bySchema},
		{"letters for digits", "THEN {result: 2oo1}", `2:20: result "2oo1" is not a result code; expected ` + codes + `; did you mean 2001?`, bySchema},
		{"more letters for digits", "THEN {result: lO32}", `2:20: result "lO32" is not a result code; expected ` + codes + `; did you mean 1032?`, bySchema},
		{"when at the top", "when: {amount: 5}\n", `1:1: unknown key "when" in the scenario; expected one of ` + keysAtTop + `; did you mean "when" under rules?`, bySchema},
		{"chance in then", "THEN {chance: 5%}", `2:12: unknown key "chance" in then; expected one of result, desc, raw_result, query_result, after, queue_timeout, reply, callback, sequence; did you mean "chance" under rules?`, bySchema},
		{"result beside when", "rules:\n  - result: 1032\n", `2:5: unknown key "result" in rule; expected one of ` + keysOfRule + `; did you mean "result" under then?`, bySchema},
		{"comma forgotten", "THEN {result: 1032 after: 3s}", "2:30: a { before this is not closed, or a comma is missing; expected a , or a }", noYAML},
		{"name of nothing", "rules:\n  - {name: \"\", then: {result: 0}}\n", "2:12: name is an empty text; expected a text of 1 to 100 characters", bySchema},
		{"chance above 1", "rules:\n  - {chance: 20, then: {result: 0}}\n", `2:14: chance cannot be "20"; expected a part of 1 such as 0.2, or a percentage such as "20%"; did you mean "20%"?`, bySchema},
		{"chance in quotes", "rules:\n  - {chance: \"0.2\", then: {result: 0}}\n", `2:14: chance cannot be "0.2"; expected a part of 1 such as 0.2, or a percentage such as "20%"; did you mean 0.2, without quotes?`, bySchema},
		{"chance above all", "rules:\n  - {chance: 120%, then: {result: 0}}\n", `2:14: chance cannot be "120%"; expected a part of 1 such as 0.2, or a percentage such as "20%"`, bySchema},
		{"until before from", "rules:\n  - {from: 1m, until: 30s, then: {result: 0}}\n", "2:16: until is not after from; expected the earlier time in from", onlyHere},
		{"from without a unit", "rules:\n  - {from: 30, then: {result: 0}}\n", `2:12: from cannot be "30"; expected ` + timeBound + "; did you mean 30s?", bySchema},
		{"until without a zone", "rules:\n  - {until: 2026-11-24 12:00, then: {result: 0}}\n", `2:13: until cannot be "2026-11-24 12:00"; expected ` + timeBound + "; did you mean 2026-11-24T12:00:00+03:00?", bySchema},
		{"state that is never reached", "rules:\n  - {goto: outage, then: {result: 0}}\n  - {state: outtage, then: {result: 1}}\n", `3:6: no rule goes to the state "outtage"; expected one of start, outage; did you mean "outage"?`, onlyHere},
		{"state with a comma", "rules:\n  - {goto: \"a,b\", then: {result: 0}}\n", `2:12: goto cannot be "a,b"; expected a name of letters, digits, spaces, . _ and -, such as outage`, bySchema},
		{"range with a dash", "THEN {result: 0, after: 2-8s}", `2:30: after cannot be "2-8s"; expected ` + anyWait + "; did you mean 2s..8s?", bySchema},
		{"range without a unit", "THEN {result: 0, after: 2..8s}", `2:30: after cannot be "2..8s"; expected ` + anyWait + "; did you mean 2s..8s?", bySchema},
		{"range of time that goes down", "THEN {result: 0, after: 8s..2s}", "2:30: after goes down from 8s to 2s; expected the shorter time first", onlyHere},
		{"unknown distribution", "THEN {result: 0, after: {gauss: {mean: 3s}}}", `2:31: unknown key "gauss" in after; expected one of normal, exponential`, bySchema},
		{"two distributions", "THEN {result: 0, after: {normal: {mean: 3s, deviation: 1s}, exponential: {mean: 3s}}}", "2:30: after has 2 distributions; expected one of normal, exponential", bySchema},
		{"no distribution", "THEN {result: 0, after: {}}", "2:30: after has no distribution; expected one of normal, exponential", bySchema},
		{"no deviation", "THEN {result: 0, after: {normal: {mean: 3s}}}", "2:39: this normal has no deviation; expected deviation: 3s, or another duration", bySchema},
		{"bounds the wrong way", "THEN {result: 0, after: {exponential: {mean: 3s, min: 9s, max: 4s}}}", "2:64: min is above max; expected the shorter time in min", onlyHere},
		// Reply.
		{"unknown key in reply", "THEN {reply: {eror: 500.003.1001}}", `2:20: unknown key "eror" in reply; expected one of error, page, raw_error, raw, accepted, revoke_token, latency, slow_body, damage; did you mean "error"?`, bySchema},
		{"reply with nothing", "THEN {reply: {}}", "2:19: reply is empty; expected one of error, page, raw_error, raw, accepted, revoke_token, latency, slow_body, damage", bySchema},
		{"unknown error", "THEN {reply: {error: 500.001.1002}}", `2:27: error "500.001.1002" is not an errorCode of Daraja; expected ` + errorCodes + "; did you mean 500.001.1001?", bySchema},
		{"unknown error of another status", "THEN {reply: {error: 410.008.01}}", `2:27: error "410.008.01" is not an errorCode of Daraja; expected ` + errorCodes, bySchema},
		{"error by its status", "THEN {reply: {error: 404}}", `2:27: error "404" is not an errorCode of Daraja; expected ` + errorCodes + "; did you mean 404.001.03?", bySchema},
		{"error in words", "THEN {reply: {error: spike arrest}}", `2:27: error "spike arrest" is not an errorCode of Daraja; expected ` + errorCodes + "; did you mean 500.003.02?", bySchema},
		{"error without a code", "THEN {reply: {error: {message: Wrong credentials}}}", "2:27: this error has no code; expected code: 500.001.1001 or another errorCode", bySchema},
		{"message of another code", "THEN {reply: {error: {code: 500.003.02, message: Wrong credentials}}}", `2:46: message "Wrong credentials" is not a text of error 500.003.02; expected one of "System is busy. Please try again in few minutes.", "Error Occurred: Spike Arrest Violation"`, onlyHere},
		{"unknown page", "THEN {reply: {page: waf403}}", `2:26: page cannot be "waf403"; expected one of spike_arrest, waf_403, waf_503, empty_400; did you mean waf_403?`, bySchema},
		{"unknown damage", "THEN {reply: {damage: broken}}", `2:28: damage cannot be "broken"; expected one of truncated, malformed, reset`, bySchema},
		{"error and page", "THEN {reply: {page: waf_403, error: 500.003.1001}}", "2:35: page and error contradict each other: a request has one answer; expected one of them", bySchema},
		{"reset and page", "THEN {reply: {damage: reset, page: waf_403}}", "2:35: damage: reset and page contradict each other: a connection that is reset has no answer; expected one of them", bySchema},
		{"slow and empty", "THEN {reply: {page: empty_400, slow_body: 3s}}", "2:37: page: empty_400 and slow_body contradict each other: an empty answer has no body; expected one of them", bySchema},
		{"revoked and refused", "THEN {reply: {revoke_token: true, error: 500.003.1001}}", "2:40: revoke_token: true and error contradict each other: a revoked token is answered with 404.001.03, and the request is not carried out; expected one of them", bySchema},
		{"accepted for nothing", "THEN {reply: {accepted: true, latency: 3s}}", "2:20: accepted: true needs an answer that says otherwise beside it; expected error, page, raw_error or raw", onlyHere},
		{"result of a refused push", "THEN {result: 0, reply: {error: 500.003.1001}}", "2:12: reply refuses the request, so result has no effect; expected accepted: true in reply, or one of the two", onlyHere},
		{"callback of a refused push", "THEN {callback: {copies: 2}, reply: {page: waf_503}}", "2:12: reply refuses the request, so callback has no effect; expected accepted: true in reply, or one of the two", onlyHere},
		{"item of a refused push", "THEN {reply: {error: 500.003.1001}, sequence: [0]}", "2:53: reply refuses the request, so result has no effect; expected accepted: true in reply, or one of the two", onlyHere},
		// Callback.
		{"unknown key in callback", "THEN {result: 0, callback: {dealy: 1s}}", `2:34: unknown key "dealy" in callback; expected one of ` + keysOfCall + `; did you mean "delay"?`, bySchema},
		{"callback with nothing", "THEN {result: 0, callback: {}}", "2:33: callback is empty; expected one of " + keysOfCall, bySchema},
		{"too many copies", "THEN {result: 0, callback: {copies: 51}}", `2:42: copies cannot be "51"; expected a number from 1 to 50, without quotes`, bySchema},
		{"drop as yes", "THEN {result: 0, callback: {drop: yes}}", `2:40: drop cannot be "yes"; expected true or false, without quotes; did you mean true?`, bySchema},
		{"dropped and delayed", "THEN {result: 0, callback: {drop: true, delay: 1s}}", "2:46: drop: true and delay contradict each other: a callback that is never sent has no delay; expected one of them", bySchema},
		{"dropped and copied", "THEN {result: 0, callback: {copies: 2, drop: true}}", "2:45: drop: true and copies contradict each other: a callback that is never sent has no copies; expected one of them", bySchema},
		{"receipt of another", "THEN {result: 0, callback: {reuse_receipt_of: next}}", `2:52: reuse_receipt_of cannot be "next"; expected previous`, bySchema},
		{"receipt of a failure", "THEN {result: 1, callback: {reuse_receipt_of: previous}}", "2:23: reuse_receipt_of needs a payment, and with result 1 there is none; expected result: 0", onlyHere},
		{"amount of a failure", "THEN {result: 1032, callback: {amount: 5}}", "2:26: amount needs a payment, and with result 1032 there is none; expected result: 0", onlyHere},
		{"receipt of a failure in a sequence", "THEN {callback: {reuse_receipt_of: previous}, sequence: [0, 1]}", "2:66: reuse_receipt_of needs a payment, and with result 1 there is none; expected result: 0", onlyHere},
		{"first and late", "THEN {callback: {before_ack: true, delay: 5s}}", "2:41: before_ack: true and delay contradict each other: a callback that comes first waits for nothing; expected one of them", bySchema},
		{"first and after", "THEN {after: 3s, callback: {before_ack: true}}", "2:12: after and before_ack contradict each other: a callback that comes first waits for nothing; expected one of them", onlyHere},
		{"malformed and wrong", "THEN {callback: {malformed: true, amount: 5}}", "2:40: malformed: true and amount contradict each other: a body that is not JSON has no amount; expected one of them", bySchema},
		{"reset and wrong", "THEN {callback: {phone: 0708374149, reset: true}}", "2:42: reset: true and phone contradict each other: a body that never arrives whole has no phone; expected one of them", bySchema},
		{"reordered by none", "THEN {callback: {reorder: 0}}", `2:32: reorder cannot be "0"; expected a number from 1 to 20, without quotes`, bySchema},
		// Synonyms.
		{"then as a word", "THEN cancelled", "2:11: then is \"cancelled\"; expected keys: " + keysOfThen + "; did you mean {result: 1032}?", bySchema},
		{"then as a list", "rules:\n  - then:\n      - result: 1\n      - result: 0\n", "3:7: then is a list; expected keys: " + keysOfThen + "; did you mean {sequence: […]}?", bySchema},
		{"if for when", "rules:\n  - if: {amount: 5}\n    then: {result: 1}\n", `2:5: unknown key "if" in rule; expected one of ` + keysOfRule + `; did you mean "when"?`, bySchema},
		{"probability for chance", "rules:\n  - probability: 0.2\n    then: {result: 1}\n", `2:5: unknown key "probability" in rule; expected one of ` + keysOfRule + `; did you mean "chance"?`, bySchema},
		{"misspelt then alone", "rules:\n  - thenn: {result: 1}\n", `2:5: unknown key "thenn" in rule; expected one of ` + keysOfRule + `; did you mean "then"?`, bySchema},
		{"when as a phone", `WHEN "2547*"`, `2:11: when is "2547*"; expected keys: ` + keysOfWhen + `; did you mean {phone: "2547*"}?`, bySchema},
		{"reply as a code", "THEN {reply: 500.003.02}", `2:19: reply is "500.003.02"; expected keys: error, page, raw_error, raw, accepted, revoke_token, latency, slow_body, damage; did you mean {error: 500.003.02}?`, bySchema},
		{"reply as a page", "THEN {reply: waf_403}", `2:19: reply is "waf_403"; expected keys: error, page, raw_error, raw, accepted, revoke_token, latency, slow_body, damage; did you mean {page: waf_403}?`, bySchema},
		// What is raw.
		{"misspelt beside raw", "THEN {raw_reslt: {code: 1}}", `2:12: unknown key "raw_reslt" in then; expected one of ` + keysOfThen + `; did you mean "raw_result"?`, bySchema},
		{"raw result without a code", "THEN {raw_result: {desc: x}}", "2:24: this raw_result has no code; expected code: 1101 or another result code", bySchema},
		{"raw code of other letters", "THEN {raw_result: {code: a b}}", `2:31: code cannot be "a b"; expected a code of 1 to 32 letters, digits and _.-`, bySchema},
		{"raw result and result", "THEN {result: 0, raw_result: {code: 0}}", "2:23: raw_result and result contradict each other: a payment has one result; expected one of them", bySchema},
		{"raw result and sequence", "THEN {sequence: [0], raw_result: {code: 0}}", "2:27: raw_result and sequence contradict each other: each item of a sequence has its own; expected one of them", bySchema},
		{"raw result of a token", "rules: [{when: {api: oauth}, then: {raw_result: {code: 0}}}]", "1:37: oauth has no raw_result: only stkpush has; expected reply, or a rule for api: stkpush", onlyHere},
		{"query result of a token", "rules: [{when: {api: oauth}, then: {query_result: {code: 0}}}]", "1:37: oauth has no query_result: only stkpush or stkquery has; expected reply, or a rule for api: stkpush or stkquery", onlyHere},
		{"raw result of a refused push", "THEN {raw_result: {code: 0}, reply: {raw: {status: 404}}}", "2:12: reply refuses the request, so raw_result has no effect; expected accepted: true in reply, or one of the two", onlyHere},
		{"receipt of a raw failure", "THEN {raw_result: {code: 7}, callback: {amount: 5}}", "2:35: amount needs a payment, and with result 7 there is none; expected result: 0", onlyHere},
		{"raw error without a code", "THEN {reply: {raw_error: {status: 500}}}", "2:31: this raw_error has no code; expected code: 401.003.01 or another errorCode", bySchema},
		{"raw status", "THEN {reply: {raw: {status: 99}}}", `2:34: status cannot be "99"; expected an HTTP status from 200 to 599`, bySchema},
		{"two answers", "THEN {reply: {raw: {status: 404}, page: waf_403}}", "2:40: raw and page contradict each other: a request has one answer; expected one of them", bySchema},
		{"raw that says nothing", "THEN {callback: {raw: {}}}", "2:28: raw is empty; expected one of headers, body", bySchema},
		{"raw length", "THEN {reply: {raw: {headers: {content-length: 5}}}}", "2:36: content-length follows from the body; expected other headers; damage: truncated ends a body too early", onlyHere},
		{"raw header in two lines", `THEN {reply: {raw: {headers: {A: "x\ny"}}}}`, "2:39: A has a line break or another control character; expected one line", onlyHere},
		{"raw header twice", "THEN {callback: {raw: {headers: {A: x, a: y}}}}", `2:45: "a" is written twice in headers; expected each header once`, onlyHere},
		{"malformed and raw", "THEN {callback: {malformed: true, raw: {body: x}}}", "2:40: malformed: true and raw contradict each other: a raw body is sent as it is written; expected one of them", bySchema},
		{"error as a status of the firewall", "THEN {reply: {error: 503}}", `2:27: error "503" is not an errorCode of Daraja; expected ` + errorCodes + "; did you mean page: waf_503?", bySchema},
		{"callback as a word", "THEN {callback: lost}", "2:22: callback is \"lost\"; expected keys: " + keysOfCall + "; did you mean {drop: true}?", bySchema},
		{"lost for drop", "THEN {callback: {lost: true}}", `2:23: unknown key "lost" in callback; expected one of ` + keysOfCall + `; did you mean "drop"?`, bySchema},
		{"clock as a word", "world: {clock: frozen}\n", `1:16: clock is "frozen"; expected keys: frozen, at, speed; did you mean {frozen: true}?`, bySchema},
		{"query for stkquery", "WHEN {api: query}", `2:17: api cannot be "query"; expected one of oauth, stkpush, stkquery; did you mean stkquery?`, bySchema},
		{"uniform for a range", "THEN {after: {uniform: {min: 1s, max: 3s}}}", "2:19: after has no distribution; expected a range, or one of normal, exponential; did you mean 1s..3s?", bySchema},
		{"text in where without quotes", `WHEN {where: "reference startsWith INV"}`, `2:41: where knows no "INV"; expected quotes round a text; did you mean 'INV'?`, onlyHere},
		// YAML.
		{"brace not closed", "rules:\n  - then: {result: 0\n  - then: {result: 1}\n", "3:9: a { before this is not closed, or a comma is missing; expected a , or a }", noYAML},
		{"bracket not closed", "rules: [\n", "2:1: a value is missing here, or a [ or { before this is not closed; expected a value, or a ] or }", noYAML},
		{"bracket not closed at the end of the file", "rules: [", "1:9: a value is missing here, or a [ or { before this is not closed; expected a value, or a ] or }", noYAML},
		{"quote not closed", "name: \"x\nrules: []\n", "1:7: this text is not closed; expected a quote at its end", noYAML},
		{"tab", "rules:\n\t- then: {result: 0}\n", "2:1: no value begins with a tab, >, |, @, ` or % here; expected quotes round it, such as \">= 1000\", and spaces in place of a tab", noYAML},
		{"indented by one less", "rules:\n  - then:\n      result: 1\n     after: 3s\n", "4:6: this does not fit here; expected a line indented like its neighbours, or quotes round the whole text", noYAML},
		{"colon in a text", "description: one: two\nrules: [{then: {result: 0}}]\n", `1:17: a second ": " follows in this value; expected quotes round a text with a colon in it, or each key on a line of its own, all indented alike`, noYAML},
		{"line without a colon", "name: x\nrules\n", `2:1: this line is not "key: value"; expected a key, a colon and a space, as on the lines beside it`, noYAML},
		{"text that begins with a bracket", "description: [STK_CB - ]Request\n", "1:25: this does not fit here; expected a line indented like its neighbours, or quotes round the whole text", noYAML},
		{"reserved character", "name: @x\n", "1:7: no value begins with a tab, >, |, @, ` or % here; expected quotes round it, such as \">= 1000\", and spaces in place of a tab", noYAML},
		{"stray backslash", "name: \"\\q\"\n", `1:8: there is a \ in double quotes that escapes nothing; expected \\ for a backslash, or single quotes round the text`, noYAML},
		{"anchor", "name: &x y\n", `1:7: "&" at the beginning of a value is an anchor in YAML, and scenarios have none; expected the value written out, or quotes round it`, noYAML},
		{"tag", "name: !!str y\n", `1:7: "!" at the beginning of a value is a tag in YAML, and scenarios have none; expected the value alone, or quotes round it`, noYAML},
		{"merge", "<<: {name: x}\n", `1:1: unknown key "<<" in the scenario; expected one of ` + keysAtTop, noYAML},
		{"key that is a list", "? [name]\n: x\n", `1:3: this key is not a word; expected "key: value"`, noYAML},
		{"two documents", "name: x\n---\nname: y\n", "3:1: a second document begins here; expected one scenario in a file", noYAML},
		{"too deep", "name: " + strings.Repeat("[", 17) + "\n", "1:23: this is nested more than 16 deep; expected what a scenario needs: six at most", noYAML},
		{"dashes too deep", strings.Repeat("- ", 17) + "x\n", "1:33: this is nested more than 16 deep; expected what a scenario needs: six at most", noYAML},
		{"too long", strings.Repeat("#", scenario.MaxSource+1), "1:1: the file has 262145 bytes; expected at most 262144", noYAML},
		{"not UTF-8", "name: x\nrules: \xff\n", "2:8: this is not UTF-8 text; expected a file saved as UTF-8", noYAML},
		{"control character", "name: é\x00\n", "1:8: there is a control character (U+0000) here; expected plain text", noYAML},
		// Positions.
		{"after a two-byte letter", "THEN {result: 0, é: 1}", `2:23: unknown key "é" in then; expected one of ` + keysOfThen, bySchema},
		{"after CRLF and a block of text", "description: |\r\n  one\r\n\r\n  two\r\nrules:\r\n  - then:\r\n      result: 77\r\n", `7:15: result "77" is not a result code; expected ` + codes, bySchema},
		{"after a byte order mark", "\ufeffnaem: x\n", `1:1: unknown key "naem" in the scenario; expected one of ` + keysAtTop + `; did you mean "name"?`, bySchema},
	}
}

// roles are the names of the roles of initiators.
func roles() string {
	var names []string
	for _, r := range simulator.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// settings are the names of the simulator's settings.
func settings() string {
	var names []string
	for _, s := range scenario.TwoProducts().Settings() {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// source spells a bad file out.
func (b bad) source() []byte {
	switch kind, rest, _ := strings.Cut(b.yaml, " "); kind {
	case "WHEN":
		return fmt.Appendf(nil, "rules:\n  - when: %s\n    then: {result: 0}\n", rest)
	case "THEN":
		return fmt.Appendf(nil, "rules:\n  - then: %s\n", rest)
	}
	return []byte(b.yaml)
}

func TestMistakesAreOneClearLine(t *testing.T) {
	for _, b := range badFiles() {
		t.Run(b.name, func(t *testing.T) {
			_, err := scenario.Parse("bad.yaml", b.source())
			if err == nil {
				t.Fatal("accepted")
			}
			if want := "bad.yaml:" + b.want; err.Error() != want {
				t.Errorf("\n got %s\nwant %s", err, want)
			}
			var e *scenario.Error
			if !errors.As(err, &e) || e.File != "bad.yaml" || e.Line < 1 || e.Column < 1 || strings.ContainsAny(e.Text(), "\n\r") {
				t.Errorf("not an *Error with a position and one line: %#v", err)
			}
		})
	}
}

func TestCheckFindsAllInOrder(t *testing.T) {
	src := "naem: x\nrules:\n  - when: {amout: 5}\n  - then: {result: 1033, after: 3}\n"
	var lines []string
	for _, e := range scenario.Check("all.yaml", []byte(src), nil) {
		lines = append(lines, fmt.Sprintf("%d:%d", e.Line, e.Column))
	}
	if got, want := strings.Join(lines, " "), "1:1 3:5 3:12 4:20 4:33"; got != want {
		t.Errorf("positions %s, want %s", got, want)
	}
	many := "rules: [" + strings.Repeat("{}, ", 900) + "{}]"
	if n := len(scenario.Check("many.yaml", []byte(many), nil)); n != 100 {
		t.Errorf("%d mistakes listed, want the first 100", n)
	}
	if errs := scenario.Check("good.yaml", []byte("rules: [{then: {result: 0}}]"), nil); errs != nil {
		t.Errorf("a good file has %v", errs)
	}
}

func TestMessagesKeepPINsToThemselves(t *testing.T) {
	_, err := scenario.Parse("f.yaml", []byte("world: {customers: [{phone: 254708374149, pin: 98765}]}"))
	if err == nil || strings.Contains(err.Error(), "98765") {
		t.Errorf("error %v, want one without the PIN", err)
	}
}
