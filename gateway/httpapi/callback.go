package httpapi

import (
	"io"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/gateway"
)

// acknowledgement is what Daraja expects of a callback's receiver.
type acknowledgement struct {
	ResultCode int
	ResultDesc string
}

// callback is POST /daraja/stk/{token}. Whatever comes is kept, within a limit for
// tokens that nobody made: a body over maxBody is cut, one whose sender hung up is
// kept as far as it came. Who is not obeyed is told so; Daraja does not care.
func (a *api) callback(r *http.Request) (response, error) {
	body, readErr := io.ReadAll(io.LimitReader(r.Body, maxBody))
	e := entryOf(r)
	var err error
	e.verdict, err = a.Gateway.TakeCallback(r.Context(), mux.Vars(r)["token"], a.Sources.origin(r), body)
	if err != nil {
		e.err = err
		return response{http.StatusInternalServerError, acknowledgement{1, "Not recorded; send it again"}}, nil //nolint:nilerr // Daraja is told in its own words; the log has the error
	}
	e.err = readErr
	switch e.verdict {
	case gateway.VerdictNobody, gateway.VerdictDropped:
		return response{http.StatusNotFound, acknowledgement{1, "Not known"}}, nil
	case gateway.VerdictRefused:
		return response{http.StatusForbidden, acknowledgement{1, "Not allowed"}}, nil
	default:
		return ok(acknowledgement{0, "Accepted"}), nil
	}
}
