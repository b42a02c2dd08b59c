package postgres

import (
	"strconv"
	"strings"
)

// where puts the conditions of a filter together.
type where struct {
	conditions []string
	args       []any
}

// and adds a condition with its one argument, which comes last in it, if it is wanted.
func (w *where) and(wanted bool, condition string, arg any) {
	if wanted {
		w.args = append(w.args, arg)
		w.conditions = append(w.conditions, condition+" $"+strconv.Itoa(len(w.args)))
	}
}

// only adds a condition without an argument, if it is wanted.
func (w *where) only(wanted bool, condition string) {
	if wanted {
		w.conditions = append(w.conditions, condition)
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
