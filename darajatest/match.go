package darajatest

import (
	"errors"
	"net/http"
	"strconv"
	"time"
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
	switch {
	case c.min == c.max:
		return strconv.AppendInt(nil, int64(c.min), 10), nil
	case c.max < 0:
		return []byte(`{"at_least":` + strconv.Itoa(c.min) + `}`), nil
	default:
		return []byte(`{"at_least":` + strconv.Itoa(c.min) + `,"at_most":` + strconv.Itoa(c.max) + `}`), nil
	}
}

// Verdict tells whether the journal is as expected.
type Verdict struct {
	OK      bool     `json:"ok"`
	Found   int      `json:"found"`
	Message string   `json:"message"` // for a person, with the records that came near
	Records []Record `json:"records"` // at most ten of those that match

	NearMisses []NearMiss `json:"near_misses"` // at most five, the nearest first
}

// NearMiss is a record that nearly matches.
type NearMiss struct {
	Record  Record       `json:"record"`
	Differs []Difference `json:"differs"`
}

// Difference is a field that is not as expected.
type Difference struct {
	Field string `json:"field"`
	Want  string `json:"want"`
	Got   string `json:"got"`
}

// expectation is the body of verify and wait.
type expectation struct {
	Match   Match  `json:"match"`
	Count   Count  `json:"count"`
	Timeout string `json:"timeout,omitempty"`
}

// Verify marks the test as failed, and goes on, unless the journal holds as many
// records of this kind as expected. The message shows those that came near.
func (s *Simulator) Verify(m Match, c Count) Verdict {
	s.helper()
	v := s.Check(m, c)
	switch {
	case v.OK:
	case s.tb == nil:
		s.fail("verifying", errors.New(v.Message))
	default:
		s.tb.Errorf("darajatest: %s", v.Message)
	}
	return v
}

// Check is Verify without a failure.
func (s *Simulator) Check(m Match, c Count) Verdict {
	s.helper()
	var v Verdict
	if err := s.control.do(http.MethodPost, "/journal/verify", expectation{Match: m, Count: c}, &v); err != nil {
		s.fail("verifying", err)
	}
	return v
}

// WaitFor waits until the journal holds as many records of this kind as expected, and
// ends the test when it does not within so much real time. On a clock that stands
// still nothing comes by itself but the program's requests.
func (s *Simulator) WaitFor(m Match, c Count, within time.Duration) Verdict {
	s.helper()
	const path = "/journal/wait"
	status, answer, err := s.control.send(http.MethodPost, path, expectation{Match: m, Count: c, Timeout: within.String()})
	if err == nil && status/100 != 2 && status != http.StatusRequestTimeout {
		err = refusal(http.MethodPost, path, status, answer)
	}
	var v Verdict
	if err == nil {
		err = decode(answer, &v)
	}
	if err == nil && !v.OK {
		err = errors.New(v.Message)
	}
	if err != nil {
		s.fail("waiting "+within.String(), err)
	}
	return v
}
