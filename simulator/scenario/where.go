package scenario

import (
	"encoding/json"
	"reflect"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/darajabox/darajabox/daraja"
)

// Limits of a condition. It is asked under the world's lock, so it must be cheap
// whatever it says: no variables and no functions that build one text out of
// another, so that what it makes stays in proportion to what it is given.
const (
	maxWhere       = 1000 // characters
	maxWhereNodes  = 200
	maxWhereMemory = 20_000 // items of ranges and lists made on the way
)

// where is a condition in the expr language.
type where struct {
	program *vm.Program
	text    string
}

// whereEnv is what a condition can ask about.
type whereEnv struct {
	API               string            `expr:"api" doc:"stkpush, stkquery or oauth." example:"api == 'stkpush'"`
	Phone             string            `expr:"phone" doc:"Twelve digits, however the request writes it." example:"phone startsWith '2547'"`
	Amount            float64           `expr:"amount" doc:"Shillings." example:"amount > 1000 && amount <= 5000"`
	Reference         string            `expr:"reference" doc:"The AccountReference." example:"reference matches '^INV-[0-9]+$'"`
	Shortcode         string            `expr:"shortcode" doc:"The BusinessShortCode." example:"shortcode == '174379'"`
	Attempt           int               `expr:"attempt" doc:"Which try it is, as the key attempt counts." example:"attempt % 2 == 0"`
	CheckoutRequestID string            `expr:"checkout_request_id" doc:"A query's; empty for a push." example:"checkout_request_id endsWith '149'"`
	Headers           map[string]string `expr:"headers" doc:"HTTP headers, each word of a name with a capital." example:"headers['User-Agent'] contains 'curl'"`
	Body              map[string]any    `expr:"body" doc:"The JSON of the request, its fields as they were sent." example:"body.TransactionDesc contains 'rent'"`
	Time              whereTime         `expr:"time"`
}

// whereTime is the world's time in East Africa.
type whereTime struct {
	Hour    int    `expr:"hour" doc:"0 to 23." example:"time.hour >= 22 || time.hour < 5"`
	Minute  int    `expr:"minute" doc:"0 to 59." example:"time.minute < 10"`
	Second  int    `expr:"second" doc:"0 to 59." example:"time.second >= 30"`
	Weekday string `expr:"weekday" doc:"In English." example:"time.weekday in ['Saturday', 'Sunday']"`
	Day     int    `expr:"day" doc:"Of the month, from 1." example:"time.day == 1"`
	Month   int    `expr:"month" doc:"1 to 12." example:"time.month == 12"`
}

// whereNames is every name of whereEnv.
func whereNames() []string { return tagged(reflect.TypeFor[whereEnv](), "expr") }

// timeNames is every name of whereTime.
func timeNames() []string { return tagged(reflect.TypeFor[whereTime](), "expr") }

// tagged is what the fields of t say under a tag.
func tagged(t reflect.Type, tag string) []string {
	var all []string
	for i := range t.NumField() {
		all = append(all, t.Field(i).Tag.Get(tag))
	}
	return all
}

// whereFunctions are the functions of expr that conditions have: those whose answer
// is no larger than what they are given, and depends on nothing else.
func whereFunctions() []string {
	return []string{"all", "any", "none", "one", "count", "len", "abs", "ceil", "floor", "round", "int", "float", "string",
		"trim", "trimPrefix", "trimSuffix", "upper", "lower", "indexOf", "lastIndexOf", "hasPrefix", "hasSuffix", "max", "min", "first", "last"}
}

func readWhere(r *reader, n *node, c *condition) {
	text, ok := readScalar(r, n, "where", whereForm())
	if !ok {
		return
	}
	program, err := compileWhere(text)
	if err != nil {
		at, p := whereProblem(err)
		r.add(n.inside(r.source, at), p)
		return
	}
	c.where = &where{program: program, text: text}
}

// whereForm keeps the letters as they are, so that places inside of it stay right.
func whereForm() form[string] {
	f := textForm(maxWhere)
	f.expected = whereExample
	parse := f.parse
	f.parse = func(r *reader, n *node) (string, *problem) {
		_, p := parse(r, n)
		return n.text, p
	}
	return f
}

func compileWhere(text string) (*vm.Program, error) {
	options := []expr.Option{
		expr.Env(whereEnv{}), expr.AsBool(), expr.MaxNodes(maxWhereNodes), expr.Optimize(false),
		expr.DisableAllBuiltins(), expr.WarnOnAny(),
	}
	for _, name := range whereFunctions() {
		options = append(options, expr.EnableBuiltin(name))
	}
	guard := &whereGuard{}
	options = append(options, expr.Patch(guard))
	program, err := expr.Compile(text, options...)
	if err != nil {
		return nil, err
	}
	if guard.fault != nil {
		return nil, guard.fault
	}
	return program, nil
}

// whereGuard refuses what could make a short condition expensive.
type whereGuard struct{ fault *file.Error }

// Visit implements ast.Visitor.
func (g *whereGuard) Visit(n *ast.Node) {
	switch n := (*n).(type) {
	case *ast.VariableDeclaratorNode:
		g.refuse(n, "where has a let, and conditions have none")
	case *ast.BuiltinNode:
		if len(n.Arguments) > 1 && containsPredicate(n.Arguments[1]) {
			g.refuse(n, "where has a loop inside of a loop, and conditions have none")
		}
	}
}

func (g *whereGuard) refuse(n ast.Node, why string) {
	g.fault = &file.Error{Location: n.Location(), Message: why}
}

// containsPredicate reports whether a loop is inside of the body of a loop.
func containsPredicate(n ast.Node) bool {
	body, is := n.(*ast.PredicateNode)
	if !is {
		return false
	}
	var f finder
	ast.Walk(&body.Node, &f)
	return f.found
}

type finder struct{ found bool }

// Visit implements ast.Visitor.
func (f *finder) Visit(n *ast.Node) {
	if _, is := (*n).(*ast.PredicateNode); is {
		f.found = true
	}
}

// holds reports whether the condition is true of q. One that fails on the way, say
// because the body has no such field, is not true.
func (w *where) holds(q *question) bool {
	machine := vm.VM{MemoryBudget: maxWhereMemory}
	out, err := machine.Run(w.program, q.env())
	yes, _ := out.(bool)
	return err == nil && yes
}

// env is what conditions see of the request; the body is read when the first asks.
func (q *question) env() *whereEnv {
	if q.asked != nil {
		return q.asked
	}
	at := q.At.In(daraja.EAT())
	e := &whereEnv{
		API: string(q.API), Phone: q.Phone.Digits(), Amount: float64(q.Amount) / float64(daraja.Shilling),
		Reference: q.Reference, Shortcode: q.Shortcode, Attempt: q.Attempt, CheckoutRequestID: q.CheckoutRequestID,
		Headers: make(map[string]string, len(q.Header)),
		Time:    whereTime{at.Hour(), at.Minute(), at.Second(), at.Weekday().String(), at.Day(), int(at.Month())},
	}
	for name, texts := range q.Header {
		if len(texts) > 0 {
			e.Headers[name] = texts[0]
		}
	}
	_ = json.Unmarshal(q.Body, &e.Body) // what is no object has no fields
	q.asked = e
	return e
}
