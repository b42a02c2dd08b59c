package daraja

import (
	"strconv"
	"strings"
	"time"
)

// IDs makes identifiers in Daraja's formats, and chances, from a seed. What it gives
// follows from the seed, the lane, the time, and how often that lane has asked at
// that very instant: never from what other lanes do. So clients that run beside each
// other get the same identifiers in every run, whoever comes first. Only receipts,
// of which there are few to a second, may give way to each other.
//
// It is not safe for concurrent use.
type IDs struct {
	seed      uint64
	requests  turns
	tokens    turns
	checkouts turns
	draws     turns
	payments  turns
	receipts  receipts
}

// NewIDs returns the identifiers of a seed.
func NewIDs(seed int64) *IDs {
	g := &IDs{}
	g.Reseed(seed)
	return g
}

// Reseed takes another seed from now on.
func (g *IDs) Reseed(seed int64) { g.seed = mix(uint64(seed)) }

// Rewind makes chances start again as those of a new IDs. Identifiers go on, so that
// none is given twice.
func (g *IDs) Rewind() { g.draws = turns{} }

// Clone returns a copy that goes its own way.
func (g *IDs) Clone() *IDs {
	c := *g
	for _, t := range []*turns{&c.requests, &c.tokens, &c.checkouts, &c.draws, &c.payments} {
		*t = t.clone()
	}
	return &c
}

// Lane names what a request is about: an API and a phone, a consumer key, a body.
type Lane uint64

// NewLane is the lane of what the parts say together.
func NewLane[T ~string | ~[]byte](kind string, what T) Lane {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(kind) {
		h = (h ^ uint64(kind[i])) * 1099511628211
	}
	h = (h ^ 0xff) * 1099511628211 // no byte of text, so that "ab" "c" is not "a" "bc"
	for i := range len(what) {
		h = (h ^ uint64(what[i])) * 1099511628211
	}
	return Lane(mix(h))
}

// Draw is a chance: a number that any value of a uint64 is as likely as any other.
func (g *IDs) Draw(l Lane, t time.Time) uint64 {
	return mix(g.seed ^ mix(uint64(l)^uint64(g.draws.next(l, t.UnixNano()))))
}

// requestTicks is how many steps of a request's counter a second has.
const requestTicks = 10

// RequestID is a MerchantRequestID, OriginatorConversationID or requestId: a UUIDv4
// without its first group, hhhh-4hhh-[89ab]hhh-hhhhhhhhhhhh, with a decimal counter
// glued on. The first part is constant in a lane for a day, as if the lane had a
// node of its own; the counter follows the time of day.
func (g *IDs) RequestID(l Lane, t time.Time) string {
	tick := g.requests.next(l, floorDiv(t.UnixNano(), int64(time.Second/requestTicks)))
	const perDay = 24 * 60 * 60 * requestTicks
	day := floorDiv(tick, perDay)
	high := mix(g.seed ^ mix(uint64(l)+g.requests.epoch) ^ mix(uint64(day)))
	low := mix(high)
	b := make([]byte, 0, 32)
	b = appendHex(b, high, 4)
	b = append(b, '-', '4')
	b = appendHex(b, high>>16, 3)
	b = append(b, '-', "89ab"[high>>62])
	b = appendHex(b, high>>28, 3)
	b = append(b, '-')
	b = appendHex(b, low, 12)
	return string(strconv.AppendInt(b, 10_000+tick-day*perDay, 10))
}

// Token is an access token: 28 letters and digits.
func (g *IDs) Token(l Lane, t time.Time) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	n := g.tokens.next(l, t.UnixNano())
	state := mix(g.seed ^ mix(uint64(l)+g.tokens.epoch) ^ mix(uint64(n)))
	var b [28]byte
	for i := range b {
		state = mix(state)
		b[i] = alphabet[state%uint64(len(alphabet))]
	}
	return string(b[:])
}

// CheckoutRequestID names the prompt sent to m at t. A second one within the smallest
// step that shows is dated that step later.
func (g *IDs) CheckoutRequestID(t time.Time, m MSISDN, tenths bool) string {
	step := int64(time.Millisecond)
	if tenths {
		step = int64(100 * time.Millisecond)
	}
	n := g.checkouts.next(NewLane("", m), floorDiv(t.UnixNano(), step))
	return CheckoutRequestID(time.Unix(0, n*step), m, tenths)
}

// CheckoutRequestID is the name of a prompt sent to m at t: ws_CO_, the date and time
// in EAT with milliseconds, and the national number. With tenths the milliseconds
// are cut to one digit, as the sandbox does since August 2026.
func CheckoutRequestID(t time.Time, m MSISDN, tenths bool) string {
	t = t.In(eat)
	var buf [40]byte
	b := t.AppendFormat(append(buf[:0], "ws_CO_"...), "02012006150405")
	millis := t.Nanosecond() / int(time.Millisecond)
	b = append(b, byte('0'+millis/100))
	if !tenths {
		b = append(b, byte('0'+millis/10%10), byte('0'+millis%10))
	}
	return string(append(b, m.National()...))
}

// ValidCheckoutRequestID reports whether s looks like a CheckoutRequestID of any
// year: ws_CO_ and digits, DMZ and underscores allowed.
func ValidCheckoutRequestID(s string) bool {
	rest, ok := strings.CutPrefix(s, "ws_CO_")
	rest = strings.ReplaceAll(strings.TrimPrefix(rest, "DMZ_"), "_", "")
	return ok && len(s) <= 64 && digits(rest)
}

func floorDiv(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}

// appendHex appends the lowest digits of n, in lower case.
func appendHex(b []byte, n uint64, digits int) []byte {
	for i := digits - 1; i >= 0; i-- {
		b = append(b, "0123456789abcdef"[n>>(4*i)&15])
	}
	return b
}

// mix scatters the bits of n (the finish of splitmix64).
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
