package simulator

import (
	"encoding/json"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/condition"
)

// Subject is a request that conditions are about.
type Subject struct {
	Request
	names *condition.Request // for expressions; nil until the first asks
}

var _ condition.Subject = (*Subject)(nil)

// Field implements condition.Subject. A field of a request is there even where it is
// empty, as a token's phone.
func (s *Subject) Field(key string) condition.Value {
	v := condition.Value{Present: true}
	switch key {
	case condition.KeyAPI:
		v.Text = string(s.API)
	case condition.KeyPhone:
		v.Text = s.Phone.Digits()
	case condition.KeyAmount:
		v.Exact, v.Hundredths = true, int64(s.Amount)
	case condition.KeyReference:
		v.Text = s.Reference
	case condition.KeyShortcode:
		v.Text = s.Shortcode
	case condition.KeyAttempt:
		return condition.Count(s.Attempt)
	default:
		return condition.Value{Missing: true}
	}
	return v
}

// Header implements condition.Subject.
func (s *Subject) Header(name string) condition.Value {
	sent := s.Request.Header[name]
	if len(sent) == 0 {
		return condition.Value{Missing: true}
	}
	return condition.Value{Text: sent[0], Others: sent[1:], Present: true}
}

// Body implements condition.Subject.
func (s *Subject) Body(string) json.RawMessage { return s.Request.Body }

// ExceedsRate implements condition.Subject: only a scenario counts what came before.
func (s *Subject) ExceedsRate(int, time.Duration) bool { return false }

// Env implements condition.Subject. The body is read when the first expression asks.
func (s *Subject) Env() any {
	if s.names != nil {
		return s.names
	}
	s.names = &condition.Request{
		API: string(s.API), Phone: s.Phone.Digits(), Amount: float64(s.Amount) / float64(daraja.Shilling), Reference: s.Reference,
		Shortcode: s.Shortcode, Attempt: s.Attempt, Payment: s.Payment,
		Headers: make(map[string]string, len(s.Request.Header)), Body: condition.Object(s.Request.Body), Time: condition.ClockAt(s.At),
	}
	for name, texts := range s.Request.Header {
		if len(texts) > 0 {
			s.names.Headers[name] = texts[0]
		}
	}
	return s.names
}
