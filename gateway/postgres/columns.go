package postgres

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/darajabox/darajabox/gateway"
)

// How the values of the domain stand in columns, both ways.

// instant is a time to the microsecond; the zero time is NULL.
func instant(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t, Valid: !t.IsZero()}
}

// micros is a time as the columns keep it, so that memory and table agree.
func micros(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}

// text is a string of any bytes in a column of text. PostgreSQL refuses NUL and what
// is not UTF-8; both come from outside, and what comes from outside is kept.
func text[T ~string](s T) string {
	if !escapes(string(s)) {
		return string(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(string(s[i:]))
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == 0:
			b.WriteString(`\0`)
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			b.WriteString(string(s[i : i+n]))
		}
		i += n
	}
	return b.String()
}

func escapes(s string) bool {
	return strings.ContainsAny(s, "\\\x00") || !utf8.ValidString(s)
}

// untext reads what text wrote.
func untext(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case '0':
			b.WriteByte(0)
		case 'x':
			var c byte
			if i+2 < len(s) {
				_, _ = fmt.Sscanf(s[i+1:i+3], "%02x", &c) // text wrote it
				i += 2
			}
			b.WriteByte(c)
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// nullable is a text of which the empty one is NULL.
func nullable(s string) pgtype.Text {
	return pgtype.Text{String: text(s), Valid: s != ""}
}

// ref is the id of another row; 0 is NULL.
func ref(id int64) pgtype.Int8 { return pgtype.Int8{Int64: id, Valid: id != 0} }

// blob is bytes that are never NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// into reads what text or nullable wrote.
type into[T ~string] struct{ s *T }

// to makes an into; Go infers the type.
func to[T ~string](s *T) into[T] { return into[T]{s} }

// ScanText implements pgtype.TextScanner.
func (in into[T]) ScanText(v pgtype.Text) error {
	*in.s = T(untext(v.String))
	return nil
}

// intoTime reads what instant wrote.
type intoTime struct{ t *time.Time }

// ScanTimestamptz implements pgtype.TimestamptzScanner.
func (in intoTime) ScanTimestamptz(v pgtype.Timestamptz) error {
	*in.t = time.Time{}
	if v.Valid {
		*in.t = v.Time.UTC()
	}
	return nil
}

// intoRef reads what ref wrote.
type intoRef struct{ id *int64 }

// ScanInt64 implements pgtype.Int64Scanner.
func (in intoRef) ScanInt64(v pgtype.Int8) error {
	*in.id = v.Int64
	return nil
}

// intoBytes reads a string that is kept as its bytes.
type intoBytes struct{ s *string }

// ScanBytes implements pgtype.BytesScanner.
func (in intoBytes) ScanBytes(v []byte) error {
	*in.s = string(v)
	return nil
}

// intoInquiry reads an inquiry.
type intoInquiry struct{ q *gateway.Inquiry }

// ScanText implements pgtype.TextScanner.
func (in intoInquiry) ScanText(v pgtype.Text) (err error) {
	*in.q, err = gateway.ParseInquiry(untext(v.String))
	return err
}
