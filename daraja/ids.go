package daraja

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// IDs makes identifiers in Daraja's formats from a seed: the same seed and the
// same calls give the same identifiers. It is not safe for concurrent use.
type IDs struct {
	rand    *rand.Rand
	node    string // constant per gateway node
	counter uint64 // grows with each request
	day     string // of the latest receipt
	receipt uint64 // sequence of its last five characters
}

// NewIDs returns the identifiers of a seed.
func NewIDs(seed int64) *IDs {
	r := rand.New(rand.NewPCG(uint64(seed), 0x6d70657361)) //nolint:gosec // made to repeat; these identify, they do not protect
	return &IDs{
		rand:    r,
		node:    nodeID(r),
		counter: 10_000 + r.Uint64N(80_000),
	}
}

// nodeID is a UUIDv4 without its first group: hhhh-4hhh-[89ab]hhh-hhhhhhhhhhhh.
func nodeID(r *rand.Rand) string {
	return fmt.Sprintf("%04x-4%03x-%x%03x-%012x",
		r.Uint64N(1<<16), r.Uint64N(1<<12), 8+r.Uint64N(4), r.Uint64N(1<<12), r.Uint64N(1<<48))
}

// RequestID is a MerchantRequestID, OriginatorConversationID or requestId: the
// node's id with a growing decimal counter glued on.
func (g *IDs) RequestID() string {
	g.counter += 1 + g.rand.Uint64N(9)
	return g.node + strconv.FormatUint(g.counter, 10)
}

// Token is an access token: 28 letters and digits.
func (g *IDs) Token() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var b strings.Builder
	for range 28 {
		b.WriteByte(alphabet[g.rand.IntN(len(alphabet))])
	}
	return b.String()
}

// receiptSpan is how many receipts the five base-36 characters can tell apart, and
// receiptsPerSecond how many of them a second of the day has.
const (
	receiptSpan       = 36 * 36 * 36 * 36 * 36
	receiptsPerSecond = receiptSpan / (24 * 60 * 60)
)

// Receipt is an M-PESA receipt for a payment of party at t: letters for year,
// month and day in EAT, two characters constant for the party, and a sequence of
// five that grows through the day. The sequence follows the time of day, so that
// two runs with one seed do not give the same receipt at different times.
func (g *IDs) Receipt(t time.Time, party MSISDN) string {
	local := t.In(eat)
	second := uint64(local.Hour()*3600 + local.Minute()*60 + local.Second())
	next := second*receiptsPerSecond + g.rand.Uint64N(receiptsPerSecond)
	day := datePrefix(t)
	if day == g.day && next <= g.receipt {
		next = g.receipt + 1
	}
	g.day, g.receipt = day, next%receiptSpan
	return fmt.Sprintf("%s0%c%s", day, shard(party), base36(g.receipt, 5))
}

// datePrefix prints the year as a letter (L is 2017), the month as a letter (A is
// January) and the day as 1 to 9, then A to V.
func datePrefix(t time.Time) string {
	t = t.In(eat)
	year := 'A' + rune((int('L'-'A')+t.Year()-2017)%26)
	month := 'A' + rune(t.Month()-time.January)
	return string([]rune{year, month}) + base36(uint64(t.Day()), 1)
}

// shard is the same character for every payment of a party.
func shard(party MSISDN) byte {
	h := uint64(0)
	for _, c := range []byte(party) {
		h = h*31 + uint64(c)
	}
	return base36(h%36, 1)[0]
}

// base36 prints n in upper case with leading zeros, in width characters.
func base36(n uint64, width int) string {
	s := strings.ToUpper(strconv.FormatUint(n, 36))
	return strings.Repeat("0", max(0, width-len(s))) + s
}

// CheckoutRequestID names the prompt sent to m at t: ws_CO_, the date and time in
// EAT with milliseconds, and the national number. With tenths the milliseconds
// are cut to one digit, as the sandbox does since August 2026.
func CheckoutRequestID(t time.Time, m MSISDN, tenths bool) string {
	t = t.In(eat)
	millis := fmt.Sprintf("%03d", t.Nanosecond()/int(time.Millisecond))
	if tenths {
		millis = millis[:1]
	}
	return "ws_CO_" + t.Format("02012006150405") + millis + m.National()
}

// ValidCheckoutRequestID reports whether s looks like a CheckoutRequestID of any
// year: ws_CO_ and digits, DMZ and underscores allowed.
func ValidCheckoutRequestID(s string) bool {
	rest, ok := strings.CutPrefix(s, "ws_CO_")
	rest = strings.ReplaceAll(strings.TrimPrefix(rest, "DMZ_"), "_", "")
	return ok && len(s) <= 64 && digits(rest)
}
