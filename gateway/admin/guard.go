package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/httpkit"
)

// here lets only requests in that name this server in their Host header. A page in a
// browser on this machine cannot know the token, but the paths of Config.Ops need none.
// Probes are let in by any name: what starts containers asks by a name of its own.
func (a *api) here(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		foreign := hosts.ForeignHost(r, a.Hosts, "the gateway", "--admin-host")
		if foreign != "" && !httpkit.IsRead(r, "/livez", "/readyz") {
			a.adapt("foreign host", func(*http.Request) (response, error) { return response{}, refuse(http.StatusForbidden, "%s", foreign) }).ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// known lets only those in who show the token. It comes before anything is read of the
// body.
func (a *api) known(h handler) handler {
	return func(r *http.Request) (response, error) {
		if err := a.checkToken(r); err != nil {
			return response{}, err
		}
		return h(r)
	}
}

// ops is Config.Ops behind the token, but for OpenPaths.
func (a *api) ops() http.Handler {
	open := OpenPaths()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(open, r.URL.Path) {
			if err := a.checkToken(r); err != nil {
				a.adapt("ops", func(*http.Request) (response, error) { return response{}, err }).ServeHTTP(w, r)
				return
			}
		}
		a.Ops.ServeHTTP(w, r)
	})
}

// checkToken compares digests, so that the time tells nothing of the token. No token
// at all lets nobody in.
func (a *api) checkToken(r *http.Request) error {
	if len(r.Header.Values("Authorization")) > 1 {
		return refuse(http.StatusBadRequest, "Authorization must be sent once")
	}
	shown, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	got, want := sha256.Sum256([]byte(shown)), sha256.Sum256([]byte(a.Token))
	if subtle.ConstantTimeCompare(got[:], want[:]) == 1 && ok && a.Token != "" {
		return nil
	}
	return &refusal{
		Text:   "the administration token is missing or wrong; send Authorization: Bearer <token>",
		status: http.StatusUnauthorized, header: http.Header{"Www-Authenticate": {`Bearer realm="darajabox"`}},
	}
}
