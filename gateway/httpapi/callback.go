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
// tokens that nobody made. A body that did not come whole, or that is over maxBody, is
// kept as far as it came, and refused, so that it is sent again.
func (a *api) callback(r *http.Request) (response, error) {
	body, readErr := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	token, from, e := mux.Vars(r)["token"], a.Sources.origin(r), entryOf(r)
	var err error
	switch {
	case readErr != nil:
		e.verdict, err = a.Gateway.KeepIncomplete(r.Context(), token, from, body[:min(len(body), maxBody)], "the body broke off")
	case len(body) > maxBody:
		e.verdict, err = a.Gateway.KeepIncomplete(r.Context(), token, from, body[:maxBody], "the body is over 64 KiB")
	default:
		e.verdict, err = a.Gateway.TakeCallback(r.Context(), token, from, body)
	}
	if err != nil {
		e.err = err
		return answer(http.StatusInternalServerError, acknowledgement{1, "Not recorded; send it again"}), nil //nolint:nilerr // Daraja is told in its own words; the log has the error
	}
	e.err = readErr
	return answerCallback(e.verdict, readErr != nil), nil
}

// answerCallback answers a callback that is on record, or was dropped as one of too many. Only what was taken is acknowledged.
func answerCallback(verdict string, brokeOff bool) response {
	switch gateway.VerdictKind(verdict) {
	case gateway.VerdictNobody, gateway.VerdictDropped:
		return answer(http.StatusNotFound, acknowledgement{1, "Not known"})
	case gateway.VerdictExcess:
		return answer(http.StatusTooManyRequests, acknowledgement{1, "Too many callbacks of one payment"})
	case gateway.VerdictRefused:
		return answer(http.StatusForbidden, acknowledgement{1, "Not allowed"})
	case gateway.VerdictIncomplete:
		if brokeOff {
			return answer(http.StatusRequestTimeout, acknowledgement{1, "Not received in full; send it again"})
		}
		return answer(http.StatusRequestEntityTooLarge, acknowledgement{1, "Over 64 KiB; a callback must be shorter"})
	default:
		return ok(acknowledgement{0, "Accepted"})
	}
}
