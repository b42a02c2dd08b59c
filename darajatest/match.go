package darajatest

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/darajabox/darajabox/simulator/control/client"
)

// Match describes records of the journal. Fields that are zero match all. In texts *
// stands for anything: "2547*", "INV-*".
type Match struct {
	Kind      string `json:"kind,omitempty"` // request, callback or action
	API       string `json:"api,omitempty"`  // oauth, stkpush, stkquery
	Phone     string `json:"phone,omitempty"`
	Payment   string `json:"payment,omitempty"` // CheckoutRequestID
	Reference string `json:"reference,omitempty"`
	Shortcode string `json:"shortcode,omitempty"`
	Status    any    `json:"status,omitempty"` // 200, or "4xx"
	ErrorCode string `json:"error_code,omitempty"`
	URL       string `json:"url,omitempty"`
	Dropped   *bool  `json:"dropped,omitempty"`
	Copy      int    `json:"copy,omitempty"` // of a callback, from 1

	// Fields by their path in the JSON that was sent, and in the answer:
	// "Body.stkCallback.ResultCode": 1032.
	Body     map[string]any `json:"body,omitempty"`
	Response map[string]any `json:"response,omitempty"`
}

// Count is how many records are expected.
type Count struct {
	min, max int // max < 0 is no limit
}

// Exactly n records; Exactly(0) is none at all.
func Exactly(n int) Count { return Count{n, n} }

// AtLeast n records.
func AtLeast(n int) Count { return Count{n, -1} }

// AtMost n records.
func AtMost(n int) Count { return Count{0, n} }

// Between least and most records, both included.
func Between(least, most int) Count { return Count{least, most} }

// MarshalJSON implements json.Marshaler.
func (c Count) MarshalJSON() ([]byte, error) {
	if c.min == c.max {
		return json.Marshal(c.min)
	}
	count := map[string]int{"at_least": c.min}
	if c.max >= 0 {
		count["at_most"] = c.max
	}
	return json.Marshal(count)
}

// Verdict tells whether the journal is as expected.
type Verdict = client.Verdict

// NearMiss is a record that nearly matches.
type NearMiss = client.NearMiss

// Difference is a field that is not as expected.
type Difference = client.Difference

// Verify marks the test as failed, and goes on, unless the journal holds as many
// records of this kind as expected. The message shows those that came near.
func (s *Simulator) Verify(m Match, c Count) Verdict {
	s.tb.Helper()
	v := s.Check(m, c)
	if !v.OK {
		s.tb.Errorf("darajatest: %s", v.Message)
	}
	return v
}

// Check is Verify without a failure.
func (s *Simulator) Check(m Match, c Count) Verdict {
	s.tb.Helper()
	v, err := s.control.Verify(context.Background(), m, c)
	s.check("verifying", err)
	return v
}

// WaitFor waits until the journal holds as many records of this kind as expected, and
// ends the test when it does not within so much real time. On a clock that stands
// still nothing comes by itself but the program's requests.
func (s *Simulator) WaitFor(m Match, c Count, within time.Duration) Verdict {
	s.tb.Helper()
	v, err := s.control.Wait(context.Background(), m, c, within)
	if err == nil && !v.OK {
		err = errors.New(v.Message)
	}
	s.check("waiting "+within.String(), err)
	return v
}
