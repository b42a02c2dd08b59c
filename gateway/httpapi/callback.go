package httpapi

import (
	"io"
	"net"
	"net/http"

	"github.com/gorilla/mux"
)

// acknowledgement is what Daraja expects of a callback's receiver.
type acknowledgement struct {
	ResultCode int
	ResultDesc string
}

// callback is POST /daraja/stk/{token}. Whatever comes is kept: a body over
// maxBody is cut, one whose sender hung up is kept as far as it came.
func (a *api) callback(r *http.Request) (response, error) {
	body, readErr := io.ReadAll(io.LimitReader(r.Body, maxBody))
	remote, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		remote = r.RemoteAddr
	}
	e := entryOf(r)
	e.verdict, err = a.Gateway.TakeCallback(r.Context(), mux.Vars(r)["token"], remote, body)
	if err != nil {
		e.err = err
		return response{http.StatusInternalServerError, acknowledgement{1, "Not recorded; send it again"}}, nil //nolint:nilerr // Daraja is told in its own words; the log has the error
	}
	e.err = readErr
	return ok(acknowledgement{0, "Accepted"}), nil
}
