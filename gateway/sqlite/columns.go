package sqlite

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"time"

	"github.com/darajabox/darajabox/gateway"
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

// row is what a scan function reads from.
type row interface{ Scan(into ...any) error }

// scanned is a row as the driver gives it.
type scanned []driver.Value

// Scan implements row.
func (s scanned) Scan(into ...any) error {
	if len(into) != len(s) {
		return fmt.Errorf("a row has %d columns, %d are read", len(s), len(into))
	}
	for i, v := range s {
		if err := assign(into[i], v); err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

// assign puts a value into what a pointer leads to. Nothing is converted: the tables
// are strict.
func assign(into any, v driver.Value) error {
	var ok bool
	switch to := into.(type) {
	case *int64:
		*to, ok = v.(int64)
	case *int:
		var n int64
		n, ok = v.(int64)
		*to = int(n)
	case *string:
		*to, ok = v.(string)
	case *[]byte:
		*to, ok = v.([]byte)
	case *bool:
		var n int64
		n, ok = v.(int64)
		*to = n != 0
	case interface{ Scan(v any) error }:
		return to.Scan(v)
	default:
		return assignKind(reflect.ValueOf(into).Elem(), v)
	}
	if !ok {
		return fmt.Errorf("a %T is stored as %T", into, v)
	}
	return nil
}

// assignKind is assign for types that are named for what they mean.
func assignKind(to reflect.Value, v driver.Value) error {
	switch from := reflect.ValueOf(v); {
	case !from.IsValid() || from.Kind() != to.Kind():
		return fmt.Errorf("a %s is stored as %T", to.Type(), v)
	case to.Kind() == reflect.String:
		to.SetString(from.String())
	case to.Kind() == reflect.Int64:
		to.SetInt(from.Int())
	default:
		return fmt.Errorf("a %s can't be read", to.Type())
	}
	return nil
}

// intoTime reads what instant wrote.
type intoTime struct{ t *time.Time }

// Scan is called by assign.
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

// Scan is called by assign.
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

// Scan is called by assign.
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

// intoInquiry reads an inquiry.
type intoInquiry struct{ q *gateway.Inquiry }

// Scan is called by assign.
func (in intoInquiry) Scan(v any) (err error) {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("an inquiry is stored as %T", v)
	}
	*in.q, err = gateway.ParseInquiry(s)
	return err
}
