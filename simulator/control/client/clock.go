package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Clock is the time of a world.
type Clock struct {
	Now    time.Time  `json:"now"`
	Frozen bool       `json:"frozen"`
	Speed  float64    `json:"speed"` // times real time; 0 when it is frozen
	Next   *time.Time `json:"next"`  // when the next thing is due; nil when nothing is
}

// RunClock is a request to let a clock run.
type RunClock struct {
	Speed float64 `json:"speed"` // times real time
}

// AdvanceClock is a request to move a frozen clock: by so much, or to a time.
type AdvanceClock struct {
	By *Duration  `json:"by,omitempty"`
	To *time.Time `json:"to,omitempty"`
}

// Clock reads the clock.
func (c *Client) Clock(ctx context.Context) (Clock, error) { return get[Clock](ctx, c, "/clock", nil) }

// FreezeClock stops the clock.
func (c *Client) FreezeClock(ctx context.Context) (Clock, error) {
	return send[Clock](ctx, c, http.MethodPost, "/clock/freeze", nil)
}

// RunClock lets the clock run, speed times as fast as real time.
func (c *Client) RunClock(ctx context.Context, speed float64) (Clock, error) {
	return send[Clock](ctx, c, http.MethodPost, "/clock/run", RunClock{Speed: speed})
}

// AdvanceClock moves the frozen clock by d. It returns when everything that was due has
// happened and its callbacks were answered.
func (c *Client) AdvanceClock(ctx context.Context, d time.Duration) (Clock, error) {
	by := Duration(d)
	return send[Clock](ctx, c, http.MethodPost, "/clock/advance", AdvanceClock{By: &by})
}

// AdvanceClockTo is AdvanceClock until a time.
func (c *Client) AdvanceClockTo(ctx context.Context, t time.Time) (Clock, error) {
	return send[Clock](ctx, c, http.MethodPost, "/clock/advance", AdvanceClock{To: &t})
}

// Duration is a duration in JSON: "90s".
type Duration time.Duration

// MarshalJSON implements json.Marshaler.
func (s Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(s).String()) }

// UnmarshalJSON implements json.Unmarshaler.
func (s *Duration) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("%.40s is not a duration; it must be a text with a unit, such as \"90s\" or \"1h30m\"", raw)
	}
	d, err := ParseDuration(text)
	*s = Duration(d)
	return err
}

// ParseDuration reads a duration that is not below 0.
func ParseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil && d >= 0 {
		return d, nil
	}
	if n, numberErr := strconv.ParseFloat(text, 64); numberErr == nil && n > 0 {
		return 0, fmt.Errorf("the duration %.40q has no unit; did you mean %q?", text, text+"s")
	}
	return 0, fmt.Errorf("%.40q is not a duration such as \"90s\", \"1h30m\" or \"500ms\"", text)
}
