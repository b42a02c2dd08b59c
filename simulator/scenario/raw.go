package scenario

import (
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// The keys in this file say what the catalogue does not have. They are apart from the
// usual keys, so that a typing error in those is still found.

// Limits of what is raw.
const (
	maxRawDesc = 1000
	maxRawBody = 64 << 10
)

func rawResultTable() keyTable[simulator.QueryResult] {
	type raw = simulator.QueryResult
	const pattern = `^[A-Za-z0-9_.-]{1,32}$` // what a result code may look like
	code := matchingText(pattern, "a code of 1 to 32 letters, digits and _.-", "1101",
		object{"anyOf": []object{{"type": "string", "pattern": pattern}, {"type": "number", "minimum": 0}}})
	return keyTable[raw]{
		name: "raw_result", doc: "Any result, told as it is.", required: []requirement{{"code", "code: 1101 or another result code"}},
		fields: []field[raw]{
			value("code", "Any result code. Required. One of digits only is a number in a callback, any other a text.", code,
				func(p *raw, s string) { p.Result = daraja.ResultCode(s) }).shown("code: TP40153"),
			value("desc", "Any text. Without it, the first that the code was seen with, or an empty one for a code that was never seen.", anyTextForm(maxRawDesc),
				func(p *raw, s string) { p.Desc = s }).shown(`desc: "Failed."`),
		},
		check: func(_ *reader, m mapping, p *raw) {
			if known, ok := daraja.LookupResult(p.Result); ok && !m.has("desc") {
				p.Desc = known.Text
			}
		},
	}
}

func rawErrorTable() keyTable[daraja.Error] {
	type raw = daraja.Error
	return keyTable[raw]{
		name: "raw_error", doc: "A refusal in Daraja's form.", initial: raw{Status: 500},
		required: []requirement{{"code", "code: 401.003.01 or another errorCode"}},
		fields: []field[raw]{
			value("status", "The HTTP status. Without it, 500.", statusForm(), func(p *raw, n int) { p.Status = n }),
			value("code", `The errorCode, "" for an empty one. Required.`, anyTextForm(maxRawDesc),
				func(p *raw, s string) { p.Code = s }).shown("code: 401.003.01"),
			value("message", "The errorMessage. Without it, an empty one.", anyTextForm(maxRawDesc),
				func(p *raw, s string) { p.Message = s }).shown(`message: ""`),
		},
	}
}

func rawReplyTable() keyTable[simulator.RawReply] {
	type raw = simulator.RawReply
	return keyTable[raw]{
		name: "raw_reply", doc: "An answer to the letter.", notEmpty: true, initial: raw{Status: 200},
		fields: []field[raw]{
			value("status", "The HTTP status. Without it, 200.", statusForm(), func(p *raw, n int) { p.Status = n }),
			value("headers", "Lines of the header, spelt as they are written. Without a Content-Type, a body has Daraja's: application/json;charset=UTF-8.",
				rawHeadersForm(), func(p *raw, h []simulator.Header) { p.Header = h }).shown("headers: {Content-Type: text/html}"),
			value("body", "The body, to the letter. Without it, none.", anyTextForm(maxRawBody), func(p *raw, s string) { p.Body = s }).
				shown(`body: "<html></html>"`),
		},
	}
}

func rawCallbackTable() keyTable[simulator.RawCallback] {
	type raw = simulator.RawCallback
	return keyTable[raw]{
		name: "raw_callback", doc: "A callback to the letter.", notEmpty: true,
		fields: []field[raw]{
			value("headers", `Lines of the header, spelt as they are written, beside Daraja's or in place of those of the same name. "" leaves one out.`,
				rawHeadersForm(), func(p *raw, h []simulator.Header) { p.Header = h }).shown("headers: {Content-Type: text/plain}"),
			value("body", "The body, to the letter. ${Body.stkCallback.CheckoutRequestID} stands for that value of the right body, ${Body} for all that is in Body. "+
				"Without it, the right body.", anyTextForm(maxRawBody), func(p *raw, s string) { p.Body = &s }).shown(`body: "${Body}"`),
		},
	}
}

func rawHeadersForm() form[[]simulator.Header] {
	text := anyTextForm(maxHeader)
	line := scalar(text.expected, "", text.schema, func(n *node) (string, *problem) {
		if strings.ContainsFunc(n.text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return "", &problem{What: "has a line break or another control character", Expected: "one line"}
		}
		return checkLength(n.text, 0, maxHeader)
	})
	return headersForm("headers and their texts such as {Content-Type: text/html}", object{"Content-Type": "text/html"}, line,
		"content-length", "transfer-encoding")
}
