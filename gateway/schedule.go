package gateway

import (
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what a partner can ask for.
const maxRetryAfter = 24 * time.Hour

// jitter returns 90 to 110 % of a wait, so that what failed together does not come
// back together.
func (g *Gateway) jitter(wait time.Duration) time.Duration {
	var b [8]byte
	if _, err := io.ReadFull(g.Random, b[:]); err != nil {
		return wait // a delivery on the second is better than none
	}
	fraction := float64(binary.BigEndian.Uint64(b[:])>>11) / (1 << 53)
	return time.Duration(float64(wait) * (mostJitter - 0.2 + 0.2*fraction))
}

// mostJitter is what jitter multiplies a wait by at most.
const mostJitter = 1.1

// retryAfter is the wait that a Retry-After header asks for, in seconds or as a
// date, 0 for what cannot be read.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	seconds, err := strconv.ParseUint(header, 10, 32)
	switch {
	case err == nil:
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	case errors.Is(err, strconv.ErrRange):
		return maxRetryAfter
	}
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC850, time.ANSIC} { // RFC 9110, 5.6.7
		if at, err := time.Parse(layout, header); err == nil {
			return min(max(at.Sub(now), 0), maxRetryAfter)
		}
	}
	return 0
}
