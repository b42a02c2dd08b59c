package inbox

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/darajabox/darajabox/daraja"
)

// maxPrinted is how many characters of a value fit on a line.
const maxPrinted = 48

// line is what a person sees of a webhook. What is in the body is not trusted:
// the line stays one line, and the phone is masked whatever it looks like.
func line(w Webhook) string {
	var b strings.Builder
	b.WriteString("webhook " + w.At.Format("15:04:05"))
	if fields := objectFields(w.Body); fields != nil {
		fmt.Fprintf(&b, " transaction_id=%s status=%s result_code=%s amount=%s phone=%s receipt=%s",
			printed(fields["transaction_id"]), printed(fields["status"]), printed(fields["result_code"]),
			printed(fields["amount"]), maskedPhone(fields["phone"]), printed(fields["mpesa_receipt"]))
	} else {
		b.WriteString(" (its body is not a JSON object)")
	}
	if w.signature != "" {
		b.WriteString(" signature=" + w.signature)
	}
	if w.Answered == 0 {
		b.WriteString(" answered=dropped\n")
	} else {
		fmt.Fprintf(&b, " answered=%d\n", w.Answered)
	}
	return b.String()
}

// objectFields returns the members of a JSON object, nil for anything else.
func objectFields(body []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return nil
	}
	return fields
}

// text returns a JSON string's content and any other value as it is written;
// null and nothing are empty.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func printed(raw json.RawMessage) string { return shown(text(raw)) }

// maskedPhone hides the middle of a number, and all of what is no number.
func maskedPhone(raw json.RawMessage) string {
	s := text(raw)
	if phone, err := daraja.NormaliseMSISDN(s); err == nil {
		return phone.Masked()
	}
	return shown(strings.Repeat("X", min(len(s), 12)))
}

// shown makes s safe to print between spaces on one line of a terminal.
func shown(s string) string {
	if s == "" {
		return "-"
	}
	if r := []rune(s); len(r) > maxPrinted {
		s = string(r[:maxPrinted]) + "…"
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == unicode.ReplacementChar || !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
