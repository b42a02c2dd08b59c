package httpapi

import "github.com/darajabox/darajabox/simulator"

// token answers GET /oauth/v1/generate (reference: OAuth).
func (s *server) token(r *request) (response, error) {
	key, secret, basic := r.BasicAuth()
	token, err := s.world.Token(simulator.TokenRequest{
		Basic: basic, Key: key, Secret: secret, GrantType: r.URL.Query().Get("grant_type"),
	})
	if err != nil {
		return response{}, err
	}
	return response{body: token}, nil
}
