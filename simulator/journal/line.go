package journal

import (
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends r to dst as JSON on one line, without a line end: the very bytes
// that encoding/json makes of it when it does not escape HTML. It is for writing many
// records; the bodies must be JSON already, as Body makes them.
func AppendJSON(dst []byte, r Record) []byte {
	dst = append(dst, `{"seq":`...)
	dst = strconv.AppendUint(dst, r.Seq, 10)
	return appendContent(dst, &r)
}

// appendContent appends everything but Seq.
func appendContent(dst []byte, r *Record) []byte {
	dst = append(dst, `,"at":"`...)
	dst = r.At.AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, '"')
	text := func(name, s string) {
		dst = append(append(append(dst, `,"`...), name...), `":`...)
		dst = appendString(dst, s)
	}
	text("world", r.World)
	text("kind", string(r.Kind))
	text("api", string(r.API))
	text("payment", r.Payment)
	text("phone", r.Phone)
	text("reference", r.Reference)
	text("shortcode", r.Shortcode)
	text("amount", r.Amount)
	text("method", r.Method)
	text("url", r.URL)
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(r.Status), 10)
	text("error_code", r.ErrorCode)
	text("reason", r.Reason)
	text("by", r.By)
	dst = append(dst, `,"faults":`...)
	dst = appendList(dst, r.Faults)
	dst = append(dst, `,"copy":`...)
	dst = strconv.AppendInt(dst, int64(r.Copy), 10)
	dst = append(dst, `,"dropped":`...)
	dst = strconv.AppendBool(dst, r.Dropped)
	text("error", r.Error)
	dst = append(dst, `,"request_header":`...)
	dst = appendObject(dst, r.RequestHeader)
	dst = append(dst, `,"request":`...)
	dst = appendCompact(dst, r.Request)
	dst = append(dst, `,"response":`...)
	dst = appendCompact(dst, r.Response)
	return append(dst, '}')
}

func appendList(dst []byte, list []string) []byte {
	if list == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}

func appendObject(dst []byte, object map[string]string) []byte {
	if object == nil {
		return append(dst, "null"...)
	}
	var room [MaxHeaders]string
	names := slices.AppendSeq(room[:0], maps.Keys(object))
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, name)
		dst = append(dst, ':')
		dst = appendString(dst, object[name])
	}
	return append(dst, '}')
}

// appendCompact appends JSON without the space between its tokens.
func appendCompact(dst, raw []byte) []byte {
	if raw == nil {
		return append(dst, "null"...)
	}
	from := 0 // of what is not yet in dst
	for i := 0; i < len(raw); {
		switch raw[i] {
		case ' ', '\t', '\r', '\n':
			dst = append(dst, raw[from:i]...)
			i++
			from = i
		case '"':
			i = stringEnd(raw, i)
		default:
			i++
		}
	}
	return append(dst, raw[from:]...)
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0 // of what is not yet in dst
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			if c >= ' ' && c != '"' && c != '\\' {
				continue
			}
			dst = append(dst, s[from:i-1]...)
			from = i
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\b':
				dst = append(dst, `\b`...)
			case '\f':
				dst = append(dst, `\f`...)
			case '\n':
				dst = append(dst, `\n`...)
			case '\r':
				dst = append(dst, `\r`...)
			case '\t':
				dst = append(dst, `\t`...)
			default:
				dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xf])
			}
			continue
		}
		r, width := utf8.DecodeRuneInString(s[i:])
		i += width
		switch {
		case r == utf8.RuneError && width == 1:
			dst = append(append(dst, s[from:i-1]...), `\ufffd`...)
			from = i
		case r == '\u2028' || r == '\u2029': // ends a line in JavaScript
			dst = append(append(dst, s[from:i-width]...), `\u202`...)
			dst = append(dst, digits[r&0xf])
			from = i
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
