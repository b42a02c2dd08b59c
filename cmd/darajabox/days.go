package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// lifetime is how long something lives, as in 36h, 90d or, where it may have no end, never.
type lifetime string

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *lifetime) UnmarshalText(text []byte) error {
	var d days
	if string(text) != never && d.UnmarshalText(text) != nil {
		return fmt.Errorf("%q is not a time; write 36h or 90d, or never for no end", text)
	}
	*l = lifetime(text)
	return nil
}

// overlap is how long what is replaced stays valid, as in 48h or 2d.
type overlap string

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *overlap) UnmarshalText(text []byte) error {
	var d days
	if d.UnmarshalText(text) != nil {
		return fmt.Errorf("%q is not a time; write 0s, 48h or 2d", text)
	}
	*o = overlap(text)
	return nil
}

const never = "never"

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
