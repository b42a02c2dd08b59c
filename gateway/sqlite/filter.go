package sqlite

import (
	"strconv"
	"strings"
)

// where puts the conditions of a filter together.
type where struct {
	conditions []string
	args       []any
}

// and adds a condition with its one argument if it is wanted.
func (w *where) and(wanted bool, condition string, arg any) {
	if wanted {
		w.conditions, w.args = append(w.conditions, condition), append(w.args, arg)
	}
}

func (w *where) clause() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// limit is a LIMIT of n rows; 0 is none.
func limit(n int) string {
	if n == 0 {
		return ""
	}
	return " LIMIT " + strconv.Itoa(n)
}
