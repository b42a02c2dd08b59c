package sqlite

import (
	"fmt"
	"time"
)

// How the values of the domain stand in columns, both ways.

// instant is a time as microseconds since 1970; the zero time is NULL.
func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// text is a string of which the empty one is NULL.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// ref is the id of another row; 0 is NULL.
func ref(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// blob is bytes that are never NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// intoTime reads what instant wrote.
type intoTime struct{ t *time.Time }

// Scan implements sql.Scanner.
func (in intoTime) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*in.t = time.Time{}
	case int64:
		*in.t = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", v)
	}
	return nil
}

// intoText reads what text wrote.
type intoText struct{ s *string }

// Scan implements sql.Scanner.
func (in intoText) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*in.s = ""
	case string:
		*in.s = v
	default:
		return fmt.Errorf("a text is stored as %T", v)
	}
	return nil
}

// intoRef reads what ref wrote.
type intoRef struct{ id *int64 }

// Scan implements sql.Scanner.
func (in intoRef) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*in.id = 0
	case int64:
		*in.id = v
	default:
		return fmt.Errorf("an id is stored as %T", v)
	}
	return nil
}
