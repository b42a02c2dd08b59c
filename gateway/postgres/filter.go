package postgres

import (
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/gateway"
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

// in adds that a column has one of some states; none are all.
func (w *where) in(column string, states []gateway.State) {
	if len(states) == 0 {
		return
	}
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = text(s)
	}
	w.args = append(w.args, words)
	w.conditions = append(w.conditions, column+" = ANY($"+strconv.Itoa(len(w.args))+")")
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
