package ids

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/splitmix"
)

// receiptSpan is how many receipts the last five characters can tell apart, shards
// how many series of them there are, and perSecond how many of a series a second of
// the day has.
const (
	receiptSpan = 36 * 36 * 36 * 36 * 36
	shards      = 36
	perSecond   = receiptSpan / (24 * 60 * 60)
)

// receipts remembers which were given out in the second that each series is in.
type receipts struct {
	day    string // of the latest receipt
	series [shards]series
}

// series is what a shard has given out: nothing after its second, and in that second
// the offsets that are marked.
type series struct {
	second uint64 // of the day
	count  uint64
	used   [(perSecond + 63) / 64]uint64
}

// Receipt is an M-PESA receipt for a payment of party at t: letters for year,
// month and day in EAT, two characters constant for the party, and a sequence of
// five that grows from second to second through the day. The sequence follows the
// time of day, so that two runs with one seed do not give the same receipt at
// different times; where in its second a receipt falls is the party's chance. Two
// that would fall on one offset follow each other.
func (g *Generator) Receipt(t time.Time, party string) string {
	l := NewStream("receipt", party)
	chance := splitmix.Mix(g.seed ^ splitmix.Mix(uint64(l)^uint64(g.payments.next(l, t.UnixNano()))))
	local := t.In(daraja.EAT())
	receipt := appendDate(make([]byte, 0, 10), local)
	if string(receipt) != g.receipts.day {
		g.receipts = receipts{day: string(receipt)}
	}
	n := shard(party)
	number := g.receipts.series[n].claim(secondOfDay(local), chance%perSecond)
	receipt = appendDigits(append(receipt, '0'), n, receiptDigits, 1)
	return string(appendDigits(receipt, number, receiptDigits, 5))
}

// NoReceipt takes the place of a receipt in the result of what is no transaction:
// the date and zeros.
func NoReceipt(t time.Time) string { return string(appendDate(nil, t)) + "0000000" }

// claim finds the first free number in a second, from an offset on. A second that is
// full overflows into the next.
func (s *series) claim(second, offset uint64) uint64 {
	if second > s.second || s.count == perSecond {
		*s = series{second: max(second, s.second+1)}
	}
	for s.used[offset/64]&(1<<(offset%64)) != 0 {
		offset = (offset + 1) % perSecond
	}
	s.used[offset/64] |= 1 << (offset % 64)
	s.count++
	return (s.second*perSecond + offset) % receiptSpan
}

// appendDate appends the year as a letter (L is 2017), the month as a letter (A is
// January) and the day as 1 to 9, then A to V.
func appendDate(b []byte, t time.Time) []byte {
	year, month, day := t.In(daraja.EAT()).Date()
	return append(b, 'A'+byte((int('L'-'A')+year-2017)%26), 'A'+byte(month-time.January), receiptDigits[day])
}

// shard is the same for every payment of a party.
func shard(party string) uint64 {
	h := uint64(0)
	for _, c := range []byte(party) {
		h = h*31 + uint64(c)
	}
	return h % shards
}

// Digits of numbers: the first ten of base36 are those of decimals, the first 16 those of
// hexadecimals.
const (
	base36        = "0123456789abcdefghijklmnopqrstuvwxyz"
	receiptDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// appendDigits appends the last width digits of n to b, with leading zeros.
func appendDigits(b []byte, n uint64, digits string, width int) []byte {
	b = append(b, make([]byte, width)...)
	for i := range width {
		b[len(b)-1-i] = digits[n%uint64(len(digits))]
		n /= uint64(len(digits))
	}
	return b
}
