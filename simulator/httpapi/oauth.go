package httpapi

import "github.com/darajabox/darajabox/simulator"

// token answers GET /oauth/v1/generate (reference: OAuth).
func (s *server) token(r *request) (response, error) {
	key, secret, basic := r.BasicAuth()
	token, reply, err := r.place.World.Token(r.call(nil), simulator.TokenRequest{
		Basic: basic, Key: key, Secret: secret, GrantType: r.URL.Query().Get("grant_type"),
	})
	r.reply = reply
	if token.AccessToken != "" {
		s.places.Granted(token.AccessToken, r.place)
	}
	return response{body: token}, err
}
