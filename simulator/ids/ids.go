// Package ids makes a simulator's identifiers, receipts and random draws: in Daraja's
// formats, and the same from the same seed.
package ids

import (
	"hash/fnv"
	"maps"
	"strconv"
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
	times         counters
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
	for _, t := range []*counters{&c.requests, &c.tokens, &c.times, &c.conversations, &c.draws, &c.payments} {
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

// RequestID names a request, or the refusal of one: the id of a node, which is a UUIDv4
// without its first group, hhhh-4hhh-[89ab]hhh-hhhhhhhhhhhh, with a decimal counter glued on. The nodes are a few constants of the seed. The counter grows
// by one a second through the year, and by what the stream draws: it depends on the requests
// of others only where two would have the same, once in some hundred millions.
func (g *Generator) RequestID(l Stream, t time.Time) string {
	date := g.requests.next(l, t.UnixNano())
	draw := splitmix.Mix(g.seed ^ splitmix.Mix(uint64(l)+g.requests.epoch) ^ splitmix.Mix(uint64(date)))
	counter := (draw>>32)%requestSpread + secondOfYear(time.Unix(0, date))
	given := g.given.claim(nodeCounter{uint32(draw % requestNodes), uint32(counter)})
	node := splitmix.Mix(g.seed ^ splitmix.Mix(uint64(given.node)+1))
	id := append(appendDigits(make([]byte, 0, 40), node, base36[:16], 4), "-4"...)
	id = append(appendDigits(id, node>>16, base36[:16], 3), '-', "89ab"[node>>62])
	id = append(appendDigits(id, node>>28, base36[:16], 3), '-')
	id = appendDigits(id, splitmix.Mix(node), base36[:16], 12)
	return string(strconv.AppendUint(id, uint64(given.counter), 10))
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

// UniqueTime is t in EAT, rounded down to step, or some steps later: it is another one at each
// call for m.
func (g *Generator) UniqueTime(m daraja.MSISDN, t time.Time, step time.Duration) time.Time {
	return time.Unix(0, g.times.nextStep(NewStream("", m), t.UnixNano(), int64(step))).In(daraja.EAT())
}

// ConversationID names a request whose result comes later: AG_, the date, a node, and in
// base 36 the milliseconds since midnight in EAT and six characters of chance. A second
// one of a stream within a millisecond is dated a millisecond later.
func (g *Generator) ConversationID(l Stream, t time.Time) string {
	at := g.conversations.next(l, t.UnixMilli())
	return conversationID(l, at, splitmix.Mix(g.seed^splitmix.Mix(uint64(l)+g.conversations.epoch)^splitmix.Mix(uint64(at))))
}

// ConversationOf is the ConversationID of a payment that no initiator asked for. It follows
// from the id of the payment and its time alone, so that it need not be kept.
func ConversationOf(payment string, t time.Time) string {
	l := NewStream("conversation", payment)
	return conversationID(l, t.UnixMilli(), splitmix.Mix(uint64(l)))
}

// conversationID is the ConversationID of a stream, of a time in milliseconds and of chance.
func conversationID(l Stream, at int64, chance uint64) string {
	local := time.UnixMilli(at).In(daraja.EAT())
	millis := secondOfDay(local)*1000 + uint64(local.Nanosecond())/uint64(time.Millisecond)
	id := append(local.AppendFormat(make([]byte, 0, 40), "AG_20060102"), "_010010"...)
	id = appendDigits(id, uint64(l)%shards, base36[:10], 2)
	return string(appendDigits(appendDigits(id, millis, base36, 6), chance, base36, 6))
}
