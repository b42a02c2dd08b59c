package darajatest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/darajabox/darajabox/simulator/control/client"
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
	s.tb.Helper()
	if !json.Valid([]byte(q.Then)) {
		s.check("queueing an outcome", fmt.Errorf("Then is no JSON: %s; it looks like {\"result\": 1032}", q.Then))
	}
	_, err := s.control.Enqueue(context.Background(), client.NewQueued{
		API: q.API, Phone: q.Phone, Reference: q.Reference, Times: q.Times, Then: json.RawMessage(q.Then),
	})
	s.check("queueing an outcome", err)
}
