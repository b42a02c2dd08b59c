package httpapi

import (
	"net/http"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/hosts"
)

// foreignPage is why a request from a page of another site is refused, or nil. Daraja is
// called by servers, which send no Origin; a hostile page that is open in a developer's
// browser could make payments here.
func foreignPage(r *http.Request) error {
	origin, foreign := hosts.ForeignOrigin(r)
	if !foreign {
		return nil
	}
	return daraja.Error{Status: http.StatusForbidden}.Because("the request is from a page of %.100q in a browser (header Origin); Daraja is called by servers, so call it from your app's server", origin)
}
