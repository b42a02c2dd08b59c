package daraja

import "time"

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
// the places that are marked.
type series struct {
	second uint64 // of the day
	count  uint64
	marked [(perSecond + 63) / 64]uint64
}

// Receipt is an M-PESA receipt for a payment of party at t: letters for year,
// month and day in EAT, two characters constant for the party, and a sequence of
// five that grows from second to second through the day. The sequence follows the
// time of day, so that two runs with one seed do not give the same receipt at
// different times; where in its second a receipt falls is the party's chance. Two
// that would fall on one place follow each other.
func (g *IDs) Receipt(t time.Time, party MSISDN) string {
	l := NewLane("receipt", party)
	chance := mix(g.seed ^ mix(uint64(l)^uint64(g.payments.next(l, t.UnixNano()))))
	local := t.In(eat)
	if day := datePrefix(local); day != g.receipts.day {
		g.receipts = receipts{day: day}
	}
	second := uint64(local.Hour()*3600 + local.Minute()*60 + local.Second())
	n := shard(party)
	number := g.receipts.series[n].take(second, chance%perSecond)
	b := append(make([]byte, 0, 10), g.receipts.day...)
	b = append(b, '0', base36Digit(uint64(n)))
	return string(appendBase36(b, number, 5))
}

// take finds the first free number from a place in a second on. A second that is
// full overflows into the next.
func (s *series) take(second, place uint64) uint64 {
	if second > s.second || s.count == perSecond {
		*s = series{second: max(second, s.second+1)}
	}
	for s.marked[place/64]&(1<<(place%64)) != 0 {
		place = (place + 1) % perSecond
	}
	s.marked[place/64] |= 1 << (place % 64)
	s.count++
	return (s.second*perSecond + place) % receiptSpan
}

// datePrefix prints the year as a letter (L is 2017), the month as a letter (A is
// January) and the day as 1 to 9, then A to V.
func datePrefix(t time.Time) string {
	year, month, day := t.In(eat).Date()
	letter := 'A' + byte((int('L'-'A')+year-2017)%26)
	return string([]byte{letter, 'A' + byte(month-time.January), base36Digit(uint64(day))})
}

// shard is the same for every payment of a party.
func shard(party MSISDN) int {
	h := uint64(0)
	for _, c := range []byte(party) {
		h = h*31 + uint64(c)
	}
	return int(h % shards)
}

func base36Digit(n uint64) byte { return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[n%36] }

// appendBase36 appends n in upper case with leading zeros, in width characters.
func appendBase36(b []byte, n uint64, width int) []byte {
	b = append(b, "0000000000"[:width]...)
	for i := len(b) - 1; i >= len(b)-width; i-- {
		b[i] = base36Digit(n)
		n /= 36
	}
	return b
}
