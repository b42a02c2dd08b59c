// Package ids makes a simulator's identifiers, receipts and random draws: in Daraja's
// formats, and the same from the same seed.
package ids

import (
	"fmt"
	"hash/fnv"
	"maps"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/splitmix"
)

// Generator makes identifiers in Daraja's formats, and random draws, from a seed. What it
// gives follows from the seed, the stream, the time, and how often that stream was asked
// for at that instant: never from other streams. So concurrent clients get the same
// identifiers in every run, in whatever order they arrive. Only receipts, of which there
// are few to a second, and the counters of requests make way for each other.
//
// It is not safe for concurrent use.
type Generator struct {
	seed          uint64
	requests      counters
	tokens        counters
	checkouts     counters
	conversations counters
	draws         counters
	payments      counters
	receipts      receipts
	given         givenCounters
}

// New returns the identifiers of a seed.
func New(seed int64) *Generator {
	g := &Generator{}
	g.Reseed(seed)
	return g
}

// Reseed takes another seed from now on.
func (g *Generator) Reseed(seed int64) { g.seed = splitmix.Mix(uint64(seed)) }

// RestartDraws makes draws start again as those of a new Generator. Identifiers
// do not, so that none is given twice.
func (g *Generator) RestartDraws() { g.draws = counters{} }

// Clone returns an independent copy.
func (g *Generator) Clone() *Generator {
	c := *g
	for _, t := range []*counters{&c.requests, &c.tokens, &c.checkouts, &c.conversations, &c.draws, &c.payments} {
		*t = t.clone()
	}
	c.given = givenCounters{maps.Clone(g.given.latest), g.given.earlier}
	return &c
}

// Stream is a random stream: what is drawn for one API and phone, consumer key or body.
type Stream uint64

// NewStream is the stream of a kind and of one thing of that kind.
func NewStream[T ~string | ~[]byte](kind string, what T) Stream {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind + "\xff" + string(what))) // no byte of text between them, so that "ab" "c" is not "a" "bc"
	return Stream(splitmix.Mix(h.Sum64()))
}

// Draw returns a uniformly distributed uint64.
func (g *Generator) Draw(l Stream, t time.Time) uint64 {
	return splitmix.Mix(g.seed ^ splitmix.Mix(uint64(l)^uint64(g.draws.next(l, t.UnixNano()))))
}

// requestNodes is how many nodes of the gateway answer, requestSpread how far the counters
// of requests at one instant lie apart, and maxGiven how many counters are remembered twice.
const (
	requestNodes  = 8
	requestSpread = 40_000_000
	maxGiven      = 100_000
)

// nodeCounter is what makes a RequestID: a node and its counter.
type nodeCounter struct{ node, counter uint32 }

// givenCounters are the latest counters that were given out, so that none is given twice.
type givenCounters struct{ latest, earlier map[nodeCounter]bool }

// claim returns the first free counter of a node from one on.
func (g *givenCounters) claim(c nodeCounter) nodeCounter {
	for g.latest[c] || g.earlier[c] {
		c.counter++
	}
	if g.latest == nil || len(g.latest) >= maxGiven {
		g.latest, g.earlier = make(map[nodeCounter]bool), g.latest
	}
	g.latest[c] = true
	return c
}

// RequestID is a MerchantRequestID, OriginatorConversationID or requestId: the id of a
// node, which is a UUIDv4 without its first group, hhhh-4hhh-[89ab]hhh-hhhhhhhhhhhh, with
// a decimal counter glued on. The nodes are a few constants of the seed. The counter grows
// by one a second through the year, and by what the stream draws: it depends on the requests
// of others only where two would have the same, once in some hundred millions.
func (g *Generator) RequestID(l Stream, t time.Time) string {
	date := g.requests.next(l, t.UnixNano())
	draw := splitmix.Mix(g.seed ^ splitmix.Mix(uint64(l)+g.requests.epoch) ^ splitmix.Mix(uint64(date)))
	counter := (draw>>32)%requestSpread + secondOfYear(time.Unix(0, date))
	given := g.given.claim(nodeCounter{uint32(draw % requestNodes), uint32(counter)})
	node := splitmix.Mix(g.seed ^ splitmix.Mix(uint64(given.node)+1))
	low := splitmix.Mix(node)
	return fmt.Sprintf("%04x-4%03x-%c%03x-%012x%d",
		node&0xffff, node>>16&0xfff, "89ab"[node>>62], node>>28&0xfff, low&(1<<48-1), given.counter)
}

// secondOfYear counts the seconds of the year in EAT, from 1.
func secondOfYear(t time.Time) uint64 {
	t = t.In(daraja.EAT())
	return uint64(t.YearDay()-1)*24*60*60 + secondOfDay(t) + 1
}

func secondOfDay(t time.Time) uint64 { return uint64(t.Hour()*3600 + t.Minute()*60 + t.Second()) }

// Token is an access token: 28 letters and digits.
func (g *Generator) Token(l Stream, t time.Time) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	n := g.tokens.next(l, t.UnixNano())
	state := splitmix.Mix(g.seed ^ splitmix.Mix(uint64(l)+g.tokens.epoch) ^ splitmix.Mix(uint64(n)))
	var b [28]byte
	for i := range b {
		state = splitmix.Mix(state)
		b[i] = alphabet[state%uint64(len(alphabet))]
	}
	return string(b[:])
}

// CheckoutRequestID names the prompt sent to m at t. A second one within the smallest
// step that shows is dated that step later.
func (g *Generator) CheckoutRequestID(t time.Time, m daraja.MSISDN, tenths bool) string {
	step := time.Millisecond
	if tenths {
		step = 100 * time.Millisecond
	}
	n := g.checkouts.next(NewStream("", m), t.Truncate(step).UnixNano()/int64(step))
	return CheckoutRequestID(time.Unix(0, n*int64(step)), m, tenths)
}

// CheckoutRequestID is the name of a prompt sent to m at t: ws_CO_, the date and time
// in EAT with milliseconds, and the national number. With tenths the milliseconds
// are cut to one digit, as the sandbox does since August 2026.
func CheckoutRequestID(t time.Time, m daraja.MSISDN, tenths bool) string {
	t = t.In(daraja.EAT())
	millis := fmt.Sprintf("%03d", t.Nanosecond()/int(time.Millisecond))
	if tenths {
		millis = millis[:1]
	}
	return "ws_CO_" + t.Format("02012006150405") + millis + m.National()
}

// ConversationID names a request whose result comes later: AG_, the date, a node, and in
// base 36 the milliseconds since midnight in EAT and six characters of chance. A second
// one of a stream within a millisecond is dated a millisecond later.
func (g *Generator) ConversationID(l Stream, t time.Time) string {
	at := g.conversations.next(l, t.UnixMilli())
	chance := splitmix.Mix(g.seed ^ splitmix.Mix(uint64(l)+g.conversations.epoch) ^ splitmix.Mix(uint64(at)))
	local := time.UnixMilli(at).In(daraja.EAT())
	millis := secondOfDay(local)*1000 + uint64(local.Nanosecond())/uint64(time.Millisecond)
	tail := strings.ToLower(base36(millis, 6) + base36(chance, 6))
	return fmt.Sprintf("AG_%s_010010%02d%s", local.Format("20060102"), uint64(l)%shards, tail)
}
