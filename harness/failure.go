package harness

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/darajabox/darajabox/internal/apiclient"
)

// failure is the panic by which a step ends early, at whatever depth: what cannot be read
// or done, and what is not as the step says, fails it. try makes an error of it, and a
// goroutine of its own must use try.
type failure struct{ error }

// check fails the step when there is an error.
func check(err error) {
	if err != nil {
		panic(failure{err})
	}
}

// checkUnlessRefused fails the step when there is an error that is no refusal of the
// simulator.
func checkUnlessRefused(err error) {
	if _, refused := errors.AsType[*apiclient.RefusedError](err); !refused {
		check(err)
	}
}

// must returns v, and fails the step when there is an error.
func must[T any](v T, err error) T {
	check(err)
	return v
}

// fail fails the step.
func fail(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

// failIf fails the step when a condition holds, which it does not allow.
func failIf(condition bool, format string, args ...any) {
	if condition {
		fail(format, args...)
	}
}

// try returns the failure that do ended with, or nil.
func try(do func()) (err error) {
	defer func() {
		switch reason := recover().(type) {
		case nil:
		case failure:
			err = reason.error
		default:
			panic(reason)
		}
	}()
	do()
	return nil
}

// handler is a step's function as godog takes it: a failure is its result.
func handler(does any) any {
	f := reflect.ValueOf(does)
	var in []reflect.Type
	for parameter := range f.Type().Ins() {
		in = append(in, parameter)
	}
	result := []reflect.Type{reflect.TypeFor[error]()}
	return reflect.MakeFunc(reflect.FuncOf(in, result, false), func(args []reflect.Value) []reflect.Value {
		err := try(func() { f.Call(args) })
		return []reflect.Value{reflect.ValueOf(&err).Elem()}
	}).Interface()
}
