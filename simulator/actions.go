package simulator

import (
	"errors"
	"fmt"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// ErrNoAction is the error of an action that no product has.
var ErrNoAction = errors.New("there is no such action")

// FieldError is a field of an action that is wrong.
type FieldError struct {
	Field   string
	Problem string // begins with the field's name
}

// Error implements error.
func (e *FieldError) Error() string { return e.Problem }

// RunAction does an action of a product. The error is ErrNoAction, a *FieldError, or says why the
// action cannot be done now.
func (w *World) RunAction(product, action string, v Values) (result any, err error) {
	a, err := w.catalogue.Action(product, action)
	if err != nil {
		return nil, err
	}
	for _, f := range a.Fields {
		if fault := f.problem(v[f.Name], daraja.URLAny); fault != "" {
			return nil, &FieldError{f.Name, fault}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return a.Run(w.locked(), v)
}

// Action finds an action of a product.
func (c *Catalogue) Action(product, action string) (Action, error) {
	p, ok := c.Product(product)
	if !ok {
		return Action{}, fmt.Errorf("%w: no product is called %.40q", ErrNoAction, product)
	}
	if a, ok := find(p.Actions, func(a Action) bool { return a.Name == action }); ok {
		return a, nil
	}
	if len(p.Actions) == 0 {
		return Action{}, fmt.Errorf("%w: %s has none", ErrNoAction, product)
	}
	known := names(p.Actions, func(a Action) string { return a.Name })
	return Action{}, fmt.Errorf("%w: %s has %s, not %.40q", ErrNoAction, product, strings.Join(known, ", "), action)
}
