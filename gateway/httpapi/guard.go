package httpapi

import (
	"errors"
	"io"
	"net/http"

	"github.com/darajabox/darajabox/gateway"
)

const maxBody = 64 << 10

// partnerHandler answers a partner that has shown its key.
type partnerHandler func(*http.Request, gateway.Partner) (response, error)

// partner lets only keys in that may do what scope says. It comes before anything is
// read of the body.
func (a *api) partner(scope gateway.Scope, h partnerHandler) handler {
	return func(r *http.Request) (response, error) {
		if len(r.Header.Values("X-API-KEY")) > 1 {
			return response{}, gateway.Invalidf("X-API-KEY must be sent once")
		}
		partner, err := a.Partners.Authenticate(r.Context(), r.Header.Get("X-API-KEY"), scope)
		entryOf(r).partner = partner.Name
		if err != nil {
			return response{}, err
		}
		return h(r, partner)
	}
}

// readBody reads a partner's body, up to maxBody.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, newProblem(http.StatusRequestEntityTooLarge, "the body is over 64 KiB")
	case err != nil:
		return nil, newProblem(http.StatusBadRequest, "the body could not be read to its end")
	}
	return body, nil
}
