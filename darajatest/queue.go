package darajatest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Queued is an outcome that waits for its request. Fields that are zero match all.
type Queued struct {
	API       string // oauth, stkpush, stkquery
	Phone     string
	Reference string
	Times     int // for how many requests; 0 is one

	// Then is what happens, as `then` of a scenario says it, in JSON:
	// {"result": 1032, "after": "3s"}.
	Then string
}

// Queue decides the next outcome, before any rule of a scenario.
func (s *Simulator) Queue(q Queued) {
	s.helper()
	if !json.Valid([]byte(q.Then)) {
		s.fail("queueing an outcome", fmt.Errorf("Then is no JSON: %s; it looks like {\"result\": 1032}", q.Then))
	}
	body := struct {
		API       string          `json:"api,omitempty"`
		Phone     string          `json:"phone,omitempty"`
		Reference string          `json:"reference,omitempty"`
		Times     int             `json:"times,omitempty"`
		Then      json.RawMessage `json:"then"`
	}{q.API, q.Phone, q.Reference, q.Times, json.RawMessage(q.Then)}
	if err := s.control.do(http.MethodPost, "/queue", body, nil); err != nil {
		s.fail("queueing an outcome", err)
	}
}
