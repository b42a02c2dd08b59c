package simulator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// Catalogue is the products that a simulator has. It does not change.
type Catalogue struct {
	products   []Product
	operations map[API]*operation
	apis       []API
	settings   []Setting
	results    []daraja.Result // each code once
	faults     []Fault         // each name once
	errors     []Refusal
	jobs       map[jobName]Job
	listeners  []func(*Locked, Transaction)
}

// operation is an Operation with what is looked up at each call.
type operation struct {
	Operation
	product          string
	results          map[daraja.ResultCode]daraja.Result
	faults           []Fault
	asksAboutPayment bool // a field of it has PaymentKey

	credentialField int // the field that has CredentialKey, -1 for none
}

// hasField reports whether a call of the operation has a field.
func (op *operation) hasField(name string) bool {
	return slices.ContainsFunc(op.Fields, func(f Field) bool { return f.Name == name })
}

type jobName struct{ product, name string }

// NewCatalogue checks the products that a simulator is to have.
func NewCatalogue(products ...Product) (*Catalogue, error) {
	c := &Catalogue{
		products: products, operations: make(map[API]*operation), settings: kernelSettings(), errors: kernelErrors(),
		jobs: map[jobName]Job{queueTimeoutJob(): sendTimeout, promptEndJob(): endDuePrompt, failedPromptJob(): endFailedPrompt},
	}
	for i := range products {
		if err := c.add(&products[i]); err != nil {
			return nil, fmt.Errorf("the product %q: %w", products[i].Name, err)
		}
	}
	c.listResults()
	sortErrors(c.errors)
	return c, nil
}

// listResults lists each code and each fault once, as the product with the operation marked
// Default has it, or else the first that has it. The meaning of a code is that of each product.
func (c *Catalogue) listResults() {
	byDefault := func(p Product) bool {
		return slices.ContainsFunc(p.Operations, func(op Operation) bool { return op.Default })
	}
	products := slices.Clone(c.products)
	if i := slices.IndexFunc(products, byDefault); i > 0 {
		products = slices.Insert(slices.Delete(products, i, i+1), 0, c.products[i])
	}
	for _, p := range products {
		for _, r := range p.Results {
			i := slices.IndexFunc(c.results, func(known daraja.Result) bool { return known.Code == r.Code })
			if i < 0 {
				c.results = append(c.results, r)
			} else if known := &c.results[i]; !strings.Contains(known.Meaning, r.Meaning) {
				known.Meaning += " Or: " + r.Meaning
			}
		}
		for _, f := range p.Faults {
			if !slices.ContainsFunc(c.faults, func(known Fault) bool { return known.Name == f.Name }) {
				c.faults = append(c.faults, f)
			}
		}
	}
}

func (c *Catalogue) add(p *Product) error {
	if p.Name == "" {
		return fmt.Errorf("it has no name")
	}
	for i := range c.products {
		if other := &c.products[i]; other != p && other.Name == p.Name {
			return fmt.Errorf("there is another of this name")
		}
	}
	results := make(map[daraja.ResultCode]daraja.Result, len(p.Results))
	for _, r := range p.Results {
		results[r.Code] = r
	}
	for _, op := range p.Operations {
		if err := c.addOperation(p, op, results); err != nil {
			return err
		}
	}
	for _, e := range p.Errors {
		if !slices.Contains(c.errors, e) { // products of one family share some
			c.errors = append(c.errors, e)
		}
	}
	for _, s := range p.Settings {
		if slices.ContainsFunc(c.settings, func(known Setting) bool { return known.Name == s.Name }) {
			return fmt.Errorf("there is a setting %s already", s.Name)
		}
		c.settings = append(c.settings, s)
	}
	for name, job := range p.Jobs {
		c.jobs[jobName{p.Name, name}] = job
	}
	if p.OnTransaction != nil {
		c.listeners = append(c.listeners, p.OnTransaction)
	}
	return nil
}

func (c *Catalogue) addOperation(p *Product, op Operation, results map[daraja.ResultCode]daraja.Result) error {
	switch {
	case op.API == "" || op.API == APIUnknown || op.Method == "" || op.Path == "" || op.Execute == nil:
		return fmt.Errorf("the operation %q needs an API, a method, a path and Execute", op.API)
	case c.operations[op.API] != nil:
		return fmt.Errorf("there is an API %s already", op.API)
	}
	for _, known := range c.operations {
		for _, path := range op.Paths() {
			if i := slices.IndexFunc(op.Methods(), func(m string) bool { return slices.Contains(known.Methods(), m) }); i >= 0 && slices.Contains(known.Paths(), path) {
				return fmt.Errorf("%s %s is an operation already", op.Methods()[i], path)
			}
		}
	}
	o := &operation{Operation: op, product: p.Name, results: results, faults: p.Faults}
	o.asksAboutPayment = op.Has(PaymentKey)
	o.credentialField = slices.IndexFunc(op.Fields, func(f Field) bool { return f.Key == CredentialKey })
	if o.InvalidToken == nil {
		o.InvalidToken = daraja.ErrInvalidToken
	}
	if o.InvalidField == nil {
		o.InvalidField = daraja.ErrInvalidField
	}
	c.operations[op.API] = o
	c.apis = append(c.apis, op.API)
	return nil
}

// Products lists the products.
func (c *Catalogue) Products() []Product { return slices.Clone(c.products) }

// APIs lists the names of the operations, in the order of the products.
func (c *Catalogue) APIs() []API { return slices.Clone(c.apis) }

// RecordedAPIs lists the names that records may have: those of the operations, and that of
// each product that has none, which only calls others.
func (c *Catalogue) RecordedAPIs() []API {
	all := c.APIs()
	for _, p := range c.products {
		if len(p.Operations) == 0 {
			all = append(all, API(p.Name))
		}
	}
	return all
}

// Operation finds an operation by its name.
func (c *Catalogue) Operation(api API) (Operation, bool) {
	return c.operation(api).Operation, c.operations[api] != nil
}

// operation is the operation of an API, an empty one when there is none.
func (c *Catalogue) operation(api API) *operation { return cmp.Or(c.operations[api], &operation{}) }

// Operations lists the operations, in the order of the products.
func (c *Catalogue) Operations() []Operation {
	all := make([]Operation, len(c.apis))
	for i, api := range c.apis {
		all[i] = c.operations[api].Operation
	}
	return all
}

// PaymentAPIs are the operations that begin payments: those that have a result after their
// answer.
func (c *Catalogue) PaymentAPIs() []API {
	return slices.DeleteFunc(c.APIs(), func(api API) bool { return !c.operations[api].StartsPayment })
}

// Prompts reports whether an API prompts a phone.
func (c *Catalogue) Prompts(api API) bool { return c.operation(api).CallbackBody != nil }

// AsksAboutPayment reports whether an API is about a payment that exists.
func (c *Catalogue) AsksAboutPayment(api API) bool { return c.operation(api).asksAboutPayment }

// Results lists every result of every product, each code once.
func (c *Catalogue) Results() []daraja.Result { return slices.Clone(c.results) }

// Faults lists what can be wrong with the callbacks of any product, each name once.
func (c *Catalogue) Faults() []Fault { return slices.Clone(c.faults) }

// MissingFault is the first of some faults that the callbacks of an API do not have, "" when they
// have all, and those that they have.
func (c *Catalogue) MissingFault(api API, wanted Faults) (missing string, known []string) {
	known = names(c.operation(api).faults, func(f Fault) string { return f.Name })
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if !slices.Contains(known, name) {
			return name, known
		}
	}
	return "", known
}

// Errors lists the errors that any call can get.
func (c *Catalogue) Errors() []Refusal { return slices.Clone(c.errors) }

// Result finds how an operation can end.
func (c *Catalogue) Result(api API, code daraja.ResultCode) (daraja.Result, bool) {
	r, ok := c.operation(api).results[code]
	return r, ok
}

// Product finds a product by its name.
func (c *Catalogue) Product(name string) (Product, bool) {
	return find(c.products, func(p Product) bool { return p.Name == name })
}

// Paths lists the paths of an operation.
func (o Operation) Paths() []string { return append([]string{o.Path}, o.Also...) }

// Methods lists the verbs of an operation.
func (o Operation) Methods() []string {
	if o.AlsoGET {
		return []string{o.Method, "GET"}
	}
	return []string{o.Method}
}

// HasQueueTimeout reports whether an operation takes a QueueTimeOutURL.
func (o Operation) HasQueueTimeout() bool {
	return slices.ContainsFunc(o.Fields, func(f Field) bool { return f.Name == "QueueTimeOutURL" })
}

// Has reports whether a field of an operation is for a condition.
func (o Operation) Has(k Key) bool {
	return slices.ContainsFunc(o.Fields, func(f Field) bool { return f.Key == k })
}

// HasResult reports whether a result can be decided for an operation.
func (o Operation) HasResult() bool { return o.StartsPayment || o.AnswersResult }

// Missing is the refusal of a request without fields: Daraja misses the first.
func (o Operation) Missing(format string, args ...any) error {
	if len(o.Fields) == 0 {
		return daraja.ErrInvalidPayload().Because(format, args...)
	}
	return o.InvalidField(o.Fields[0].refusal()).Because(format, args...)
}

// newStates makes what the products remember.
func (c *Catalogue) newStates() map[string]State {
	states := make(map[string]State)
	for _, p := range c.products {
		if p.NewState != nil {
			states[p.Name] = p.NewState()
		}
	}
	return states
}

// FindAPI finds an API by its name or a synonym; "" for none.
func (c *Catalogue) FindAPI(word string) API {
	op, _ := find(c.Operations(), func(o Operation) bool { return string(o.API) == word || slices.Contains(o.Synonyms, word) })
	return op.API
}

// Matches reports whether a rule can match the requests by a key: one of a query about a
// payment has what that payment has.
func (o Operation) Matches(k Key) bool { return o.Has(k) || o.Has(PaymentKey) }

// DefaultAPI is the API of rules and queued outcomes that name none: the one that says so,
// or else the first that begins payments. It is "" when there is neither.
func (c *Catalogue) DefaultAPI() API {
	op, ok := find(c.Operations(), func(o Operation) bool { return o.Default })
	if !ok {
		op, _ = find(c.Operations(), func(o Operation) bool { return o.StartsPayment })
	}
	return op.API
}
