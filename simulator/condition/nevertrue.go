package condition

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/darajabox/darajabox/daraja"
)

// domain is what a name can be in a request.
type domain struct {
	low, high float64
	text      string // a regular expression; "" is a number
	is        string // the same, for a person
}

func domains() map[string]domain {
	clock := func(low, high float64) domain {
		return domain{low: low, high: high, is: fmt.Sprintf("from %v to %v", low, high)}
	}
	return map[string]domain{
		"time.hour": clock(0, 23), "time.minute": clock(0, 59), "time.second": clock(0, 59), "time.day": clock(1, 31), "time.month": clock(1, 12),
		"amount":       {low: 0, high: float64(maxNumber), is: "0 at least"},
		"attempt":      {low: 1, high: float64(maxNumber), is: "1 at least"},
		KeyPhone:       {text: `^(254[17][0-9]{8})?$`, is: "twelve digits that begin with 2547 or 2541"},
		KeyShortcode:   {text: `^([0-9]{5,7})?$`, is: "5 to 7 digits"},
		"time.weekday": {text: `^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day$`, is: "a day such as Monday"},
	}
}

// neverTrue are the comparisons of a name with a constant that are true of no request.
// Only those that are sure and cheap to find are.
func neverTrue(root ast.Node) []Problem {
	var found []Problem
	ast.Find(root, func(n ast.Node) bool {
		if compared, is := n.(*ast.BinaryNode); is {
			found = append(found, neverTrueIn(compared)...)
		}
		return false // look at all
	})
	slices.SortFunc(found, func(a, b Problem) int { return a.At - b.At })
	return found
}

func neverTrueIn(compared *ast.BinaryNode) []Problem {
	left, right, operator := compared.Left, compared.Right, compared.Operator
	if nameOf(left) == "" { // 22 <= time.hour
		left, right = right, left
		operator = strings.NewReplacer("<", ">", ">", "<").Replace(operator)
	}
	name := nameOf(left)
	d, known := domains()[name]
	if !known {
		return nil
	}
	constants := []ast.Node{right}
	if list, is := right.(*ast.ArrayNode); is && operator == "in" {
		constants = list.Nodes
	}
	var found []Problem
	for _, c := range constants {
		if never, near := d.never(operator, c); never {
			what := fmt.Sprintf("has %s %s %s, which never holds: it is %s", name, operator, c, d.is)
			found = append(found, Problem{What: what, Nearest: near, At: min(startOf(left), startOf(right))})
		}
	}
	return found
}

// startOf is where a node begins.
func startOf(n ast.Node) int {
	if m, is := n.(*ast.MemberNode); is {
		return startOf(m.Node)
	}
	return n.Location().From
}

// nameOf is the name that a node stands for: "phone", "time.hour"; "" when it is none.
func nameOf(n ast.Node) string {
	switch n.(type) {
	case *ast.IdentifierNode, *ast.MemberNode:
		return n.String()
	}
	return ""
}

// never reports whether a value of the domain is never in this relation to a constant,
// and what was probably meant.
func (d *domain) never(operator string, constant ast.Node) (never bool, near string) {
	switch c := constant.(type) {
	case *ast.IntegerNode:
		return d.outside(operator, float64(c.Value)), ""
	case *ast.FloatNode:
		return d.outside(operator, c.Value), ""
	case *ast.StringNode:
		return d.neverText(operator, c.Value)
	}
	return false, ""
}

// outside reports whether no number of the domain is in this relation to c.
func (d *domain) outside(operator string, c float64) bool {
	switch operator {
	case "==", "in":
		return c < d.low || c > d.high
	case "<":
		return c <= d.low
	case "<=":
		return c < d.low
	case ">":
		return c >= d.high
	case ">=":
		return c > d.high
	}
	return false
}

func (d *domain) neverText(operator, c string) (never bool, near string) {
	phone := d.is == domains()[KeyPhone].is
	switch {
	case phone && operator == "startsWith":
		if strings.HasPrefix(c, "0") {
			near = "'254" + c[1:] + "'"
		}
		return !mayBegin(c, "2547") && !mayBegin(c, "2541"), near
	case operator != "==" && operator != "in", regexp.MustCompile(d.text).MatchString(c):
		return false, ""
	}
	if m, err := daraja.NormaliseMSISDN(c); phone && err == nil {
		near = "'" + m.Digits() + "'"
	}
	return true, near
}
