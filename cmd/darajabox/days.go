package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// days is a duration that may be given in days, as in 90d.
type days time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *days) UnmarshalText(text []byte) error {
	const day, most = 24 * time.Hour, 36_500
	got, err := time.ParseDuration(string(text))
	if number, ok := strings.CutSuffix(string(text), "d"); ok {
		var n int
		n, err = strconv.Atoi(number)
		if n > most {
			return fmt.Errorf("%q is over a hundred years", text)
		}
		got = time.Duration(n) * day
	}
	if err != nil || got < 0 {
		return fmt.Errorf("%q is not a time such as 90d or 12h", text)
	}
	*d = days(got)
	return nil
}
