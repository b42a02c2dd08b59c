package sqlite

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

// and adds a condition with its one argument if it is wanted.
func (w *where) and(wanted bool, condition string, arg any) {
	if wanted {
		w.conditions, w.args = append(w.conditions, condition), append(w.args, arg)
	}
}

// only adds a condition without an argument if it is wanted.
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
	w.conditions = append(w.conditions, column+" IN (?"+strings.Repeat(",?", len(states)-1)+")")
	for _, s := range states {
		w.args = append(w.args, string(s))
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
