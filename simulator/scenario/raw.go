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
	code := matchingText(pattern, "a code of 1 to 32 letters, digits and _.-",
		object{"anyOf": []object{{"type": "string", "pattern": pattern}, {"type": "number", "minimum": 0}}})
	return keyTable[raw]{
		name: "raw_result", required: []requirement{{"code", "code: 1101 or another result code"}},
		fields: []field[raw]{
			value("code", code, func(p *raw, s string) { p.Result = daraja.ResultCode(s) }),
			value("desc", anyTextForm(maxRawDesc), func(p *raw, s string) { p.Desc = s }),
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
		name: "raw_error", initial: raw{Status: 500},
		required: []requirement{{"code", "code: 401.003.01 or another errorCode"}},
		fields: []field[raw]{
			value("status", statusForm(), func(p *raw, n int) { p.Status = n }),
			value("code", anyTextForm(maxRawDesc), func(p *raw, s string) { p.Code = s }),
			value("message", anyTextForm(maxRawDesc), func(p *raw, s string) { p.Message = s }),
		},
	}
}

func rawReplyTable() keyTable[simulator.RawReply] {
	type raw = simulator.RawReply
	return keyTable[raw]{
		name: "raw_reply", notEmpty: true, initial: raw{Status: 200},
		fields: []field[raw]{
			value("status", statusForm(), func(p *raw, n int) { p.Status = n }),
			value("headers", rawHeadersForm(), func(p *raw, h []simulator.Header) { p.Header = h }),
			value("body", anyTextForm(maxRawBody), func(p *raw, s string) { p.Body = s }),
		},
	}
}

func rawCallbackTable() keyTable[simulator.RawCallback] {
	type raw = simulator.RawCallback
	return keyTable[raw]{
		name: "raw_callback", notEmpty: true,
		fields: []field[raw]{
			value("headers", rawHeadersForm(), func(p *raw, h []simulator.Header) { p.Header = h }),
			value("body", anyTextForm(maxRawBody), func(p *raw, s string) { p.Body = &s }),
		},
	}
}

func rawHeadersForm() form[[]simulator.Header] {
	text := anyTextForm(maxHeader)
	line := scalar(text.expected, text.schema, func(n *node) (string, *problem) {
		if strings.ContainsFunc(n.text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return "", &problem{What: "has a line break or another control character", Expected: "one line"}
		}
		return checkLength(n.text, 0, maxHeader)
	})
	return headersForm("headers and their texts such as {Content-Type: text/html}", object{"Content-Type": "text/html"}, line,
		"content-length", "transfer-encoding")
}
