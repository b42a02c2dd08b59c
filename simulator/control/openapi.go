package control

import (
	_ "embed"
	"fmt"
	"net/http"

	"github.com/goccy/go-yaml"
)

// openapiSource is the description of the API, by hand.
//
//go:embed openapi.yaml
var openapiSource []byte

// openapiAsJSON is the same in JSON, which browsers read without help.
func openapiAsJSON() ([]byte, error) {
	body, err := yaml.YAMLToJSON(openapiSource)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	return body, nil
}

func (s *server) openapiYAML(*http.Request) (response, error) {
	return response{kind: "application/yaml", raw: openapiSource}, nil
}

func (s *server) openapiJSON(*http.Request) (response, error) {
	body, err := s.openapi()
	if err != nil {
		return response{}, err
	}
	return response{kind: "application/json", raw: body}, nil
}
