package admin

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/gateway/adminapi"
)

func when(t time.Time) adminapi.Time { return adminapi.Time{Time: t} }

// durationForm is what a duration looks like in a request.
const durationForm = `a duration such as "36h" or "90d"`

// errNoDuration says that a value is no duration; decode says which field it is.
var errNoDuration = errors.New("it must be " + durationForm)

// span is a duration in a request, such as "36h" or "90d".
type span time.Duration

// UnmarshalJSON implements json.Unmarshaler.
func (s *span) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return errNoDuration
	}
	d, err := parseSpan(text)
	*s = span(d)
	return err
}

// parseSpan reads a duration as Go writes it, or in days.
func parseSpan(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	if number, ok := strings.CutSuffix(text, "d"); ok {
		days, err := strconv.ParseUint(number, 10, 32)
		if err == nil && days <= uint64(math.MaxInt64/day) {
			return time.Duration(days) * day, nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	return 0, errNoDuration
}

// life is how long a key lives from now, or "never" when it does not end.
type life struct {
	given bool
	never bool
	span  time.Duration
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *life) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	l.given = true
	if string(raw) == `"never"` {
		l.never = true
		return nil
	}
	var s span
	err := s.UnmarshalJSON(raw)
	l.span = time.Duration(s)
	return err
}

// end is when it ends: nil when nothing was said, the zero time for never.
func (l life) end(now time.Time) *time.Time {
	switch {
	case !l.given:
		return nil
	case l.never:
		return &time.Time{}
	}
	end := now.Add(l.span)
	return &end
}
