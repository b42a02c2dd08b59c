package condition

import (
	"reflect"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Limits of an expression. It is evaluated under the world's lock, so it must be cheap: no
// variables, and no functions whose result is larger than their arguments.
const (
	MaxExpression      = 1000 // characters
	MaxExpressionNodes = 200

	maxExpressionMemory = 20_000 // items of ranges and lists made on the way
)

// Expression is a condition in the expr language.
type Expression struct {
	program   *vm.Program
	text      string
	neverTrue []Problem
}

// NeverTrue are the comparisons in the expression that are never true.
func (e *Expression) NeverTrue() []Problem { return e.neverTrue }

// CompileRequest compiles an expression about requests.
func CompileRequest(text string) (*Expression, *Problem) { return compile(text, Request{}) }

// CompileRecord compiles an expression about records.
func CompileRecord(text string) (*Expression, *Problem) { return compile(text, Record{}) }

func compile(text string, env any) (*Expression, *Problem) {
	options := []expr.Option{
		expr.Env(env), expr.AsBool(), expr.MaxNodes(MaxExpressionNodes), expr.Optimize(false), expr.DisableAllBuiltins(), expr.WarnOnAny(),
	}
	for _, name := range Functions() {
		options = append(options, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(text, options...)
	if err == nil {
		err = checkCost(program.Node())
	}
	if err != nil {
		p := expressionProblem(err, reflect.TypeOf(env))
		return nil, &p
	}
	e := &Expression{program: program, text: text}
	if _, request := env.(Request); request {
		e.neverTrue = neverTrue(program.Node())
	}
	return e, nil
}

// holds reports whether the expression is true of s. One that fails on the way, say
// because the body has no such field, is not true.
func (e *Expression) holds(s Subject) bool {
	machine := vm.VM{MemoryBudget: maxExpressionMemory}
	out, err := machine.Run(e.program, s.Env())
	yes, _ := out.(bool)
	return err == nil && yes
}

// Functions are the functions of expr that conditions have: those whose result is no larger
// than their arguments, and depends on nothing else.
func Functions() []string {
	return []string{"all", "any", "none", "one", "count", "len", "abs", "ceil", "floor", "round", "int", "float", "string",
		"trim", "trimPrefix", "trimSuffix", "upper", "lower", "indexOf", "lastIndexOf", "hasPrefix", "hasSuffix", "max", "min", "first", "last"}
}

// checkCost refuses what could make a short expression expensive. The error is a
// *file.Error.
func checkCost(root ast.Node) error {
	variable := ast.Find(root, func(n ast.Node) bool { _, is := n.(*ast.VariableDeclaratorNode); return is })
	if variable != nil {
		return &file.Error{Location: variable.Location(), Message: "has a let, and conditions have none"}
	}
	if loop := ast.Find(root, loopsInLoop); loop != nil {
		return &file.Error{Location: loop.Location(), Message: "has a loop inside of a loop, and conditions have none"}
	}
	return nil
}

// loopsInLoop reports whether a loop is inside of the body of the loop n.
func loopsInLoop(n ast.Node) bool {
	loop, _ := n.(*ast.BuiltinNode)
	if loop == nil || len(loop.Arguments) < 2 {
		return false
	}
	body, _ := loop.Arguments[1].(*ast.PredicateNode)
	return body != nil && ast.Find(body.Node, func(n ast.Node) bool { _, is := n.(*ast.PredicateNode); return is }) != nil
}
