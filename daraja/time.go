package daraja

import (
	"fmt"
	"time"
)

// EAT is East Africa Time, UTC+3 all year. Every time that Daraja prints is EAT.
// A fixed zone needs no time zone database on the machine.
func EAT() *time.Location { return eat }

var eat = time.FixedZone("EAT", 3*60*60) //nolint:gochecknoglobals // a constant in all but its type

// timestampLayout is yyyyMMddHHmmss.
const timestampLayout = "20060102150405"

// Timestamp prints t in EAT as yyyyMMddHHmmss.
func Timestamp(t time.Time) string { return t.In(eat).Format(timestampLayout) }

// ParseTimestamp reads a yyyyMMddHHmmss in EAT.
func ParseTimestamp(s string) (time.Time, error) {
	t, err := time.ParseInLocation(timestampLayout, s, eat)
	if err != nil || len(s) != len(timestampLayout) {
		return time.Time{}, fmt.Errorf("timestamp %q is not yyyyMMddHHmmss", s)
	}
	return t, nil
}
