package ids

import (
	"strconv"
	"strings"
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
func (g *Generator) Receipt(t time.Time, party daraja.MSISDN) string {
	l := NewStream("receipt", party)
	chance := splitmix.Mix(g.seed ^ splitmix.Mix(uint64(l)^uint64(g.payments.next(l, t.UnixNano()))))
	local := t.In(daraja.EAT())
	if day := datePrefix(local); day != g.receipts.day {
		g.receipts = receipts{day: day}
	}
	n := shard(party)
	number := g.receipts.series[n].claim(secondOfDay(local), chance%perSecond)
	return g.receipts.day + "0" + base36(n, 1) + base36(number, 5)
}

// NoReceipt takes the place of a receipt in the result of what is no transaction:
// the date and zeros.
func NoReceipt(t time.Time) string { return datePrefix(t) + "0000000" }

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

// datePrefix prints the year as a letter (L is 2017), the month as a letter (A is
// January) and the day as 1 to 9, then A to V.
func datePrefix(t time.Time) string {
	year, month, day := t.In(daraja.EAT()).Date()
	letter := 'A' + byte((int('L'-'A')+year-2017)%26)
	return string([]byte{letter, 'A' + byte(month-time.January)}) + base36(uint64(day), 1)
}

// shard is the same for every payment of a party.
func shard(party daraja.MSISDN) uint64 {
	h := uint64(0)
	for _, c := range []byte(party) {
		h = h*31 + uint64(c)
	}
	return h % shards
}

// base36 is the last digits of n in upper case, with leading zeros.
func base36(n uint64, width int) string {
	digits := strings.Repeat("0", width) + strings.ToUpper(strconv.FormatUint(n, 36))
	return digits[len(digits)-width:]
}
