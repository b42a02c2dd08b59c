package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

func newFields(fields []simulator.Field) []client.Field {
	views := []client.Field{}
	for _, f := range fields {
		views = append(views, client.Field{Name: f.Name, Doc: f.Doc})
	}
	return views
}

func newProduct(p simulator.Product) client.Product {
	v := client.Product{Name: p.Name, Doc: p.Doc, Operations: []client.Operation{}, Actions: []client.ProductAction{}}
	for _, op := range p.Operations {
		v.Operations = append(v.Operations, client.Operation{API: string(op.API), Doc: op.Doc, Method: op.Method, Path: op.Path, Fields: newFields(op.Fields)})
	}
	for _, a := range p.Actions {
		v.Actions = append(v.Actions, client.ProductAction{Name: a.Name, Doc: a.Doc, Fields: newFields(a.Fields)})
	}
	return v
}

// listProducts lists what is simulated.
func (s *server) listProducts(World, *http.Request) (any, error) {
	list := client.Products{Products: []client.Product{}}
	for _, p := range s.Products.Products() {
		list.Products = append(list.Products, newProduct(p))
	}
	return list, nil
}

// certificate is what an app encrypts an initiator's password with.
func certificate(*http.Request) (any, error) {
	return response{kind: "application/x-pem-file", raw: simulator.CredentialCertificate()}, nil
}

// doAction does an action of a product.
func (s *server) doAction(w World, r *http.Request) (any, error) {
	product, name := mux.Vars(r)["product"], mux.Vars(r)["action"]
	action, err := s.Products.Action(product, name)
	if err != nil {
		return nil, refuse(http.StatusNotFound, "%s", err)
	}
	fields, err := readAction(r, action)
	if err != nil {
		return nil, err
	}
	result, err := w.Domain().RunAction(product, name, fields)
	wrong := (*simulator.FieldError)(nil)
	switch {
	case errors.As(err, &wrong):
		return nil, refuseField(wrong.Field, "%s", strings.TrimPrefix(wrong.Problem, wrong.Field))
	case err != nil:
		return nil, refuse(http.StatusConflict, "%s", err)
	}
	about := fields.About(action.Fields)
	recordAction(w, r, journal.Record{
		Payment: about.Payment, Phone: about.Phone, Reference: about.Reference, Shortcode: about.Shortcode, Amount: about.Amount,
		Reason: action.Doc,
	})
	raw, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("encoding the result of %s %s: %w", product, name, err)
	}
	return client.ActionResult{Result: raw}, nil
}

// readAction reads the body of an action. Keys that the action does not have are refused.
func readAction(r *http.Request, action simulator.Action) (simulator.Values, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	fields := simulator.Values{}
	if len(body) == 0 {
		return fields, nil
	}
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, refuse(http.StatusBadRequest, "the body is not a JSON object of the action's fields: %s", err)
	}
	var names []string
	for _, f := range action.Fields {
		names = append(names, f.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(names, name) {
			return nil, refuse(http.StatusBadRequest, "%s", unknownKey(name, names))
		}
	}
	return fields, nil
}
