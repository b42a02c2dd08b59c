package scenario_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/scenario"
)

const codes = "one of 0, 1, 2, 3, 4, 8, 17, 26, 1001, 1019, 1025, 1031, 1032, 1036, 1037, 2001, 2006, 2007, 2008, 2026, 2028, 2029, 2033, 2040, 2043, 2202, 4005, 8006, 9999, SFC_IC0003, E3008, 100000100"

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
		keysOfThen = "result, desc, after, callback, sequence"
		amount     = `an amount such as 150, a comparison such as "< 100" or ">= 1000", or a range such as "100..200"`
		wait       = "a duration from 0s to 24h such as 500ms, 3s or 1m30s"
		phone      = `a Kenyan mobile number such as "254708374149" or "0708374149"`
		nothing    = "expected rules: with what becomes of each payment, or world: with settings or customers"
	)
	return []bad{
		// Shape.
		{"empty file", "", "1:1: the scenario is empty; " + nothing, bySchema},
		{"only a comment", "# rules to come\n", "1:1: the scenario is empty; " + nothing, bySchema},
		{"only a separator", "---\n", "1:1: the scenario is empty; " + nothing, bySchema},
		{"no rules", "name: x\n", "1:1: the scenario has no rules and no world; " + nothing, bySchema},
		{"a list", "- when\n", "1:1: the scenario is a list; expected keys: name, description, world, rules", bySchema},
		{"a word", "paid\n", `1:1: the scenario is "paid"; expected keys: name, description, world, rules`, bySchema},
		{"unknown key at the top", "ruels: []\n", `1:1: unknown key "ruels" in the scenario; expected one of name, description, world, rules; did you mean "rules"?`, bySchema},
		{"key twice", "name: a\nname: b\nrules: [{then: {result: 0}}]\n", `2:1: "name" is written twice in the scenario, first on line 1; expected each key once`, noYAML},
		{"key twice below", "THEN {result: 0, result: 1}", `2:23: "result" is written twice in then, first on line 2; expected each key once`, noYAML},
		{"empty name", "name: \"\"\nrules: [{then: {result: 0}}]\n", "1:7: name is an empty text; expected a text of 1 to 100 characters", bySchema},
		{"long name", "name: " + strings.Repeat("x", 101) + "\nrules: [{then: {result: 0}}]\n", "1:7: name has 101 characters; expected a text of 1 to 100 characters", bySchema},
		{"name as a list", "name: [x]\nrules: [{then: {result: 0}}]\n", "1:7: name is a list; expected a text of 1 to 100 characters", bySchema},
		{"rules without a value", "rules:\n", `1:1: rules is empty; expected a list of rules, each beginning with "- "`, bySchema},
		{"no rule in rules", "rules: []\n", `1:8: rules is an empty list; expected a list of rules, each beginning with "- "`, bySchema},
		{"dash without a space", "rules:\n  -when: {}\n  then: {result: 0}\n", `2:3: rules is a group of keys; expected a list of rules, each beginning with "- "; did you mean "- when:"?`, bySchema},
		{"rule as a word", "rules:\n  - paid\n", `2:5: rule is "paid"; expected keys: when, times, then`, bySchema},
		{"rule with nothing", "rules:\n  -\n", "2:3: rule is empty; expected keys, indented under it: when, times, then", bySchema},
		// World.
		{"unknown key in world", "world: {setting: {}}\n", `1:9: unknown key "setting" in world; expected one of settings, customers; did you mean "settings"?`, bySchema},
		{"unknown setting", "world: {settings: {think_tme: 3s}}\n", `1:20: unknown key "think_tme" in settings; expected one of expires_in, token_invalidation, wrong_method, checkout_id_millis, pending_query, query_typo, callback_amount, callback_balance, callback_copies, strict_callbacks, same_amount_guard, think_time, dialect; did you mean "think_time"?`, bySchema},
		{"setting not allowed", "world:\n  settings:\n    pending_query: 501\n", `3:20: pending_query cannot be "501"; expected one of 4999, 500; did you mean 500?`, bySchema},
		{"setting as a boolean", "world: {settings: {strict_callbacks: true}}\n", `1:38: strict_callbacks cannot be "true"; expected one of off, on; did you mean on?`, bySchema},
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
		// When.
		{"unknown key in when", "WHEN {amout: 5}", `2:12: unknown key "amout" in when; expected one of api, phone, amount, reference, shortcode; did you mean "amount"?`, bySchema},
		{"when without a value", "rules:\n  - when:\n    then: {result: 0}\n", "2:5: when is empty; expected keys, indented under it: api, phone, amount, reference, shortcode", bySchema},
		{"api that rules do not decide", "WHEN {api: stkquery}", "2:17: api cannot be stkquery: stkpush is the only API whose outcome rules decide; expected stkpush", bySchema},
		{"unknown api", "WHEN {api: b2c}", `2:17: api cannot be "b2c": stkpush is the only API whose outcome rules decide; expected stkpush`, bySchema},
		{"arrow the wrong way", `WHEN {amount: "=> 1000"}`, `2:20: amount cannot be "=> 1000"; expected ` + amount + `; did you mean ">= 1000"?`, bySchema},
		{"range with a dash", `WHEN {amount: 100-200}`, `2:20: amount cannot be "100-200"; expected ` + amount + `; did you mean "100..200"?`, bySchema},
		{"range that goes down", `WHEN {amount: "200..100"}`, "2:20: amount goes down from 200.00 to 100.00; expected the smaller amount first", onlyHere},
		{"below nothing", `WHEN {amount: "< 0"}`, "2:20: amount is below 0; expected an amount that a payment can have", onlyHere},
		{"amount in words", "WHEN {amount: lots}", `2:20: amount cannot be "lots"; expected ` + amount, bySchema},
		{"comparison without quotes", "WHEN {amount: >= 1000}", `2:20: ">" or "|" begins a block of text in YAML; expected quotes round a comparison, such as ">= 1000"`, noYAML},
		{"wildcard without quotes", "WHEN {phone: *149}", `2:19: "*" at the beginning of a value is an alias in YAML; expected quotes round a wildcard, such as "*149"`, noYAML},
		{"phone of another country", `WHEN {phone: "255708374149"}`, `2:19: phone cannot be "255708374149"; expected ` + phone + `, or with * for any digits such as "2547001*"`, bySchema},
		{"wildcard that fits no number", `WHEN {phone: "7001*"}`, `2:19: phone cannot be "7001*": it fits no number; expected twelve digits at most that begin with 2547, 2541, 07 or 01, such as "2547001*"`, onlyHere},
		{"empty reference", `WHEN {reference: ""}`, `2:23: reference is an empty text; expected an account reference of 1 to 100 characters such as INV-1, or with * for any characters such as "INV-*"`, bySchema},
		{"short shortcode", "WHEN {shortcode: 12}", `2:23: shortcode cannot be "12"; expected a shortcode of 5 to 7 digits such as 174379`, bySchema},
		// Then.
		{"no then", "rules:\n  - when: {amount: 5}\n    times: 2\n", "2:5: this rule has no then; expected then: with a result, such as then: {result: 1032}", bySchema},
		{"then without a value", "rules:\n  - then:\n    result: 0\n", "2:5: then is empty; expected keys, indented under it: " + keysOfThen, bySchema},
		{"then with nothing in it", "THEN {}", "2:11: then is empty; expected a result, such as {result: 1032}", bySchema},
		{"then as a code", "THEN 1032", `2:11: then is "1032"; expected keys: ` + keysOfThen + "; did you mean {result: 1032}?", bySchema},
		{"colon without a space", "THEN result:1032", `2:11: then is "result:1032"; expected keys: ` + keysOfThen + `; did you mean "result: 1032"?`, bySchema},
		{"colon without a space in braces", "THEN {result:1032}", `2:18: this colon has no space after it; expected "key: value"`, noYAML},
		{"space without a colon", "THEN {result 1032}", `2:12: unknown key "result 1032" in then; expected one of ` + keysOfThen + `; did you mean "result: 1032"?`, bySchema},
		{"unknown code", "THEN {result: 1033}", `2:20: result "1033" is not a result code of STK push; expected ` + codes + "; did you mean 1032?", bySchema},
		{"code in words", "THEN {result: paid}", `2:20: result "paid" is not a result code of STK push; expected ` + codes, bySchema},
		{"code that only a query has", "THEN {result: 4999}", "2:20: result cannot be 4999: it only says in a query that the prompt is still open, it is not an outcome; expected " + codes, bySchema},
		{"result without a value", "THEN {result: , after: 3s}", "2:12: result is empty; expected a result code such as 0 or 1032", bySchema},
		{"result and sequence", "THEN {result: 0, sequence: [1]}", "2:23: then has both result and sequence; expected one of them", bySchema},
		{"sequence and result", "THEN {sequence: [1], result: 0}", "2:27: then has both result and sequence; expected one of them", bySchema},
		{"desc and sequence", "THEN {sequence: [1], desc: x}", "2:27: then has both desc and sequence; expected one of them", bySchema},
		{"desc without result", "THEN {desc: Request cancelled by user}", "2:12: desc has no result beside it; expected the result that the text belongs to", bySchema},
		{"desc that nobody saw", "THEN {result: 1032, desc: Request Canceled by user.}", `2:26: desc "Request Canceled by user." is not a text of result 1032; expected one of "Request cancelled by user", "Request Cancelled by user.", "[STK_CB - ]Request cancelled by user", "Invalid credentials"; did you mean "Request Cancelled by user."?`, bySchema},
		{"desc of another code", "THEN {result: 0, desc: Rule limited.}", `2:23: desc "Rule limited." is not a text of result 0; expected "The service request is processed successfully."`, onlyHere},
		{"times of nothing", "rules:\n  - times: 0\n    then: {result: 0}\n", `2:12: times cannot be "0"; expected a number from 1 to 1000000, without quotes`, bySchema},
		{"times in quotes", "rules:\n  - times: \"2\"\n    then: {result: 0}\n", `2:12: times cannot be "2"; expected a number from 1 to 1000000, without quotes`, bySchema},
		{"duration without a unit", "THEN {result: 0, after: 3}", `2:30: after cannot be "3"; expected ` + wait + "; did you mean 3s?", bySchema},
		{"duration in words", "THEN {result: 0, after: 2 minutes}", `2:30: after cannot be "2 minutes"; expected ` + wait + "; did you mean 2m?", bySchema},
		{"duration too long", "THEN {result: 0, after: 25h}", `2:30: after cannot be "25h"; expected ` + wait, onlyHere},
		{"negative duration", "THEN {result: 0, after: -1s}", `2:30: after cannot be "-1s"; expected ` + wait, bySchema},
		{"sequence as a code", "THEN {sequence: 0}", `2:22: sequence is "0"; expected a list of results such as [4005, 0]`, bySchema},
		{"sequence of nothing", "THEN {sequence: []}", "2:22: sequence is an empty list; expected a list of results such as [4005, 0]", bySchema},
		{"bad item of a sequence", "THEN {sequence: [4005, x]}", `2:29: an item of sequence "x" is not a result code of STK push; expected ` + codes, bySchema},
		{"sequence in a sequence", "THEN {sequence: [{sequence: [0]}]}", `2:24: unknown key "sequence" in an item of sequence; expected one of result, desc, after, callback; did you mean "sequence" under then?`, bySchema},
		{"empty item", "THEN {sequence: [{}]}", "2:23: this item is empty; expected a result, such as {result: 1032}", bySchema},
		{"list as an item", "THEN {sequence: [[0]]}", "2:23: an item of sequence is a list; expected a result code such as 0 or 1032", bySchema},
		{"too many items", "THEN {sequence: [" + strings.Repeat("0,", 1000) + "0]}", "2:2023: sequence has 1001 items; expected at most 1000", bySchema},
		{"result beside when", "rules:\n  - result: 1032\n", `2:5: unknown key "result" in rule; expected one of when, times, then; did you mean "result" under then?`, bySchema},
		{"comma forgotten", "THEN {result: 1032 after: 3s}", `2:20: result "1032 after: 3s" is not a result code of STK push; expected a comma between two keys in { }`, noYAML},
		// Callback.
		{"unknown key in callback", "THEN {result: 0, callback: {dealy: 1s}}", `2:34: unknown key "dealy" in callback; expected one of delay, copies, gap, drop, reuse_receipt_of; did you mean "delay"?`, bySchema},
		{"callback with nothing", "THEN {result: 0, callback: {}}", "2:33: callback is empty; expected one of delay, copies, gap, drop, reuse_receipt_of", bySchema},
		{"too many copies", "THEN {result: 0, callback: {copies: 51}}", `2:42: copies cannot be "51"; expected a number from 1 to 50, without quotes`, bySchema},
		{"drop as yes", "THEN {result: 0, callback: {drop: yes}}", `2:40: drop cannot be "yes"; expected true or false, without quotes; did you mean true?`, bySchema},
		{"dropped and delayed", "THEN {result: 0, callback: {drop: true, delay: 1s}}", "2:46: drop: true and delay contradict each other: a callback that is never sent has no delay; expected one of them", bySchema},
		{"dropped and copied", "THEN {result: 0, callback: {copies: 2, drop: true}}", "2:45: drop: true and copies contradict each other: a callback that is never sent has no copies; expected one of them", bySchema},
		{"receipt of another", "THEN {result: 0, callback: {reuse_receipt_of: next}}", `2:52: reuse_receipt_of cannot be "next"; expected previous`, bySchema},
		{"receipt of a failure", "THEN {result: 1, callback: {reuse_receipt_of: previous}}", "2:23: reuse_receipt_of needs a receipt, and result 1 has none; expected result: 0", onlyHere},
		// YAML.
		{"brace not closed", "rules:\n  - then: {result: 0\n  - then: {result: 1}\n", "3:3: a { before this is not closed, or a comma is missing; expected a , or a }", noYAML},
		{"bracket not closed", "rules: [\n", "1:8: this [ is not closed; expected a ] at its end", noYAML},
		{"quote not closed", "name: \"x\nrules: []\n", "1:7: this text is not closed; expected a \" at its end", noYAML},
		{"tab", "rules:\n\t- then: {result: 0}\n", "2:1: a tab is used to indent; expected spaces", noYAML},
		{"indented by one less", "rules:\n  - then:\n      result: 1\n     after: 3s\n", "4:6: this does not fit here; expected a line indented like its neighbours, or quotes round the whole text", noYAML},
		{"colon in a text", "description: one: two\nrules: [{then: {result: 0}}]\n", `1:14: a second ": " follows in this value; expected quotes round a text with a colon in it, or each key on a line of its own, all indented alike`, noYAML},
		{"line without a colon", "name: x\nrules\n", `2:1: this line is not "key: value"; expected a key, a colon and a space, as on the lines beside it`, noYAML},
		{"text that begins with a bracket", "description: [STK_CB - ]Request\n", "1:25: this does not fit here; expected a line indented like its neighbours, or quotes round the whole text", noYAML},
		{"reserved character", "name: @x\n", "1:7: a value cannot begin with @ or ` in YAML; expected quotes round it", noYAML},
		{"stray backslash", "name: \"\\q\"\n", `1:9: there is a \ in double quotes that escapes nothing; expected \\ for a backslash, or single quotes round the text`, noYAML},
		{"anchor", "name: &x y\n", `1:7: "&" at the beginning of a value is an anchor in YAML, and scenarios have none; expected the value written out, or quotes round it`, noYAML},
		{"tag", "name: !!str y\n", `1:7: "!" at the beginning of a value is a tag in YAML, and scenarios have none; expected the value alone, or quotes round it`, noYAML},
		{"merge", "<<: {name: x}\n", `1:1: "<<" merges keys in YAML, and scenarios do not; expected the keys written out`, noYAML},
		{"key with a question mark", "? name\n: x\n", `1:1: this key is not a word; expected "key: value"`, noYAML},
		{"two documents", "name: x\n---\nname: y\n", "3:1: a second document begins here; expected one scenario in a file", noYAML},
		{"too deep", "name: " + strings.Repeat("[", 17) + "\n", "1:23: this is nested more than 16 deep; expected what a scenario needs: six at most", noYAML},
		{"dashes too deep", strings.Repeat("- ", 17) + "x\n", "1:33: this is nested more than 16 deep; expected what a scenario needs: six at most", noYAML},
		{"too long", strings.Repeat("#", scenario.MaxSource+1), "1:1: the file has 262145 bytes; expected at most 262144", noYAML},
		{"too many lines", strings.Repeat("#\n", 12_000), "12001:1: the file has more than 12000 lines; expected fewer, for example with customers written {…} on a line each", noYAML},
		{"too many blank lines", "name: |\n" + strings.Repeat("\n", 200), "102:1: there are more than 100 blank lines in a row; expected fewer", noYAML},
		{"too many keys without value", "name: {" + strings.Repeat("a,", 600) + "}", "1:1009: there is more in this file than a scenario can have; expected at most 1000 rules and 10000 customers", noYAML},
		{"not UTF-8", "name: x\nrules: \xff\n", "2:8: this is not UTF-8 text; expected a file saved as UTF-8", noYAML},
		{"control character", "name: é\x00\n", "1:8: there is a control character (U+0000) here; expected plain text", noYAML},
		// Places.
		{"after a two-byte letter", "THEN {result: 0, é: 1}", `2:23: unknown key "é" in then; expected one of ` + keysOfThen, bySchema},
		{"after CRLF and a block of text", "description: |\r\n  one\r\n\r\n  two\r\nrules:\r\n  - then:\r\n      result: 77\r\n", `7:15: result "77" is not a result code of STK push; expected ` + codes, bySchema},
		{"after a byte order mark", "\ufeffnaem: x\n", `1:1: unknown key "naem" in the scenario; expected one of name, description, world, rules; did you mean "name"?`, bySchema},
	}
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
			if !errors.As(err, &e) || e.File != "bad.yaml" || e.Line < 1 || e.Col < 1 || strings.ContainsAny(e.Msg, "\n\r") {
				t.Errorf("not an *Error with a place and one line: %#v", err)
			}
		})
	}
}

func TestCheckFindsAllInOrder(t *testing.T) {
	src := "naem: x\nrules:\n  - when: {amout: 5}\n  - then: {result: 1033, after: 3}\n"
	var lines []string
	for _, e := range scenario.Check("all.yaml", []byte(src)) {
		lines = append(lines, fmt.Sprintf("%d:%d", e.Line, e.Col))
	}
	if got, want := strings.Join(lines, " "), "1:1 3:5 3:12 4:20 4:33"; got != want {
		t.Errorf("places %s, want %s", got, want)
	}
	many := "rules: [" + strings.Repeat("{}, ", 900) + "{}]"
	if n := len(scenario.Check("many.yaml", []byte(many))); n != 100 {
		t.Errorf("%d mistakes listed, want the first 100", n)
	}
	if errs := scenario.Check("good.yaml", []byte("rules: [{then: {result: 0}}]")); errs != nil {
		t.Errorf("a good file has %v", errs)
	}
}

func TestMessagesKeepPINsToThemselves(t *testing.T) {
	_, err := scenario.Parse("f.yaml", []byte("world: {customers: [{phone: 254708374149, pin: 98765}]}"))
	if err == nil || strings.Contains(err.Error(), "98765") {
		t.Errorf("error %v, want one without the PIN", err)
	}
}
