package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// foreignPage is why a request from a page of another site is refused, or nil. Daraja is
// called by servers, which send no Origin; a hostile page that is open in a developer's
// browser could make payments here.
func foreignPage(r *http.Request) error {
	origins, sent := r.Header["Origin"]
	if !sent {
		return nil
	}
	from, err := url.Parse(origins[0])
	if err == nil && len(origins) == 1 && from.Host != "" && strings.EqualFold(from.Host, r.Host) {
		return nil
	}
	return daraja.Error{Status: http.StatusForbidden}.Because("the request is from a page of %.100q in a browser (header Origin); Daraja is called by servers, so call it from your app's server", origins[0])
}
