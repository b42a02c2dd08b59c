package condition

import (
	"cmp"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// interval is the numbers from min to max, both included, in hundredths.
type interval struct{ min, max int64 }

const (
	hundred         = 100
	maxNumber int64 = 1 << 60 // above every amount and count that can be written
)

// has reports whether n is in the interval.
func (i *interval) has(n *big.Rat) bool {
	scaled := new(big.Rat).Mul(n, big.NewRat(hundred, 1))
	return scaled.Cmp(new(big.Rat).SetInt64(i.min)) >= 0 && scaled.Cmp(new(big.Rat).SetInt64(i.max)) <= 0
}

// unit is what an interval counts, in hundredths. Shillings, of step 1, are exact to the
// cent: "< 100" is up to 99.99.
type unit struct {
	noun     string
	step     int64  // between two neighbours
	least    int64  // that there is
	expected string // of a number below least
}

func wholeNumbers(least int64, expected string) unit {
	return unit{"number", hundred, least * hundred, expected}
}

func (u unit) parse(s string) (int64, error) {
	if u.step == hundred {
		n, err := strconv.ParseUint(s, 10, 31)
		return int64(n) * hundred, err
	}
	m, err := daraja.ParseMoney(s)
	return int64(m), err
}

func (u unit) show(n int64) string {
	if u.step == hundred {
		return strconv.FormatInt(n/hundred, 10)
	}
	return daraja.Money(n).String()
}

// status reads an HTTP status, a class such as 4xx, a comparison or a range.
func status(text string) (Pattern, *Problem) {
	if len(text) == 3 && strings.EqualFold(text[1:], "xx") && '1' <= text[0] && text[0] <= '5' {
		p, first := Text(text), int64(text[0]-'0')*100
		p.bounds = &interval{first * hundred, (first + 99) * hundred}
		return p, nil
	}
	p, problem := wholeNumbers(0, "").read(text)
	if n := p.bounds; problem == nil && n.min == n.max && n.min != 0 && (n.min < 100*hundred || n.max > 599*hundred) {
		return p, &Problem{What: "cannot be " + Quote(text)}
	}
	return p, problem
}

// read reads a number, a comparison or a range.
func (u unit) read(text string) (Pattern, *Problem) {
	i, ok := u.interval(text)
	switch {
	case !ok:
		return Pattern{}, &Problem{What: "cannot be " + Quote(text), Nearest: u.nearInterval(text)}
	case i.max < u.least:
		return Pattern{}, &Problem{What: fmt.Sprintf("is below %d", u.least/hundred), Expected: u.expected}
	case i.min > i.max:
		what := fmt.Sprintf("goes down from %s to %s", u.show(i.min), u.show(i.max))
		return Pattern{}, &Problem{What: what, Expected: "the smaller " + u.noun + " first"}
	}
	p := Text(text)
	p.bounds = &i
	return p, nil
}

// interval reads the forms of an interval. What it returns may hold no number at all.
func (u unit) interval(text string) (interval, bool) {
	if low, high, isRange := strings.Cut(text, ".."); isRange {
		a, errA := u.parse(strings.TrimSpace(low))
		b, errB := u.parse(strings.TrimSpace(high))
		return interval{a, b}, errA == nil && errB == nil
	}
	text = strings.TrimSpace(text)
	digits := strings.TrimLeft(text, "<>=")
	n, err := u.parse(strings.TrimSpace(digits))
	if err != nil {
		return interval{}, false
	}
	switch strings.TrimSuffix(text, digits) {
	case "":
		return interval{n, n}, true
	case "<":
		return interval{0, n - u.step}, true
	case "<=":
		return interval{0, n}, true
	case ">":
		return interval{n + u.step, maxNumber}, true
	case ">=":
		return interval{n, maxNumber}, true
	}
	return interval{}, false
}

// nearInterval mends "=> 1000", "== 150", "100-200", "1,000" and their like.
func (u unit) nearInterval(text string) string {
	mended := strings.NewReplacer(",", "", "_", "", "=>", ">=", "=<", "<=", "==", "", "...", "..", "…", "..", "–", "..", "-", "..").Replace(text)
	mended = strings.TrimSpace(strings.TrimPrefix(mended, "="))
	if _, ok := u.interval(mended); !ok || mended == text {
		return ""
	}
	return Quote(mended)
}

// Rate holds when more than so many requests came in the time before.
type Rate struct {
	Limit  int
	Window time.Duration
}

// MaxRate bounds how many requests are remembered.
const MaxRate = 10_000

// RatePattern is how a rate is written, as a regular expression.
const RatePattern = `^\s*(>=?)\s*([0-9]{1,5})\s*/\s*(s|m)\s*$`

// ParseRate reads "> 5/s".
func ParseRate(text string) (Rate, *Problem) {
	m := regexp.MustCompile(RatePattern).FindStringSubmatch(text)
	if m == nil {
		return Rate{}, &Problem{What: "cannot be " + Quote(text), Nearest: nearRate(text)}
	}
	more, err := strconv.Atoi(m[2])
	if m[1] == ">=" {
		more--
	}
	if err != nil || more < 0 || more > MaxRate {
		return Rate{}, &Problem{What: "cannot be " + Quote(text)}
	}
	return Rate{more, map[string]time.Duration{"s": time.Second, "m": time.Minute}[m[3]]}, nil
}

// String writes a rate as it is read.
func (r Rate) String() string {
	return fmt.Sprintf("> %d/%s", r.Limit, map[time.Duration]string{time.Second: "s", time.Minute: "m"}[r.Window])
}

// nearRate mends 5, 5/s, "> 5", "> 5/sec" and "> 5 per second".
func nearRate(s string) string {
	m := regexp.MustCompile(`^\s*(?:>=?|=>)?\s*([0-9]{1,5})\s*(?:/|per)?\s*(?:(s|m)[a-z]*)?\s*$`).FindStringSubmatch(strings.ToLower(s))
	if m == nil {
		return ""
	}
	return Quote("> " + m[1] + "/" + cmp.Or(m[2], "s"))
}
