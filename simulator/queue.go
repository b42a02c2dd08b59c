package simulator

import (
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/daraja"
)

// Queued is an outcome that waits for the next request that fits. The first one in
// order of queueing wins.
type Queued struct {
	ID        int
	API       API           // "" is any; stkpush when Outcome says what becomes of a prompt
	Phone     daraja.MSISDN // "" is any
	Reference string        // "" is any
	Times     int           // how many requests it is for; 0 is 1
	Outcome   Outcome
}

// maxTimes bounds Queued.Times.
const maxTimes = 1_000_000

// queue holds outcomes that were queued by hand.
type queue struct {
	id      int // of the latest
	waiting []Queued
}

// Enqueue queues an outcome and returns it with its ID and defaults.
func (w *World) Enqueue(q Queued) (Queued, error) {
	if err := q.check(); err != nil {
		return Queued{}, fmt.Errorf("queueing an outcome: %w", err)
	}
	if q.Times == 0 {
		q.Times = 1
	}
	if o := q.Outcome; q.API == "" && (o.concernsPrompt() || o.Reply == (Reply{By: o.Reply.By})) {
		q.API = APISTKPush
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue.waiting) >= maxQueued {
		return Queued{}, fmt.Errorf("queueing an outcome: %d wait already; empty the queue first", maxQueued)
	}
	w.queue.id++
	q.ID = w.queue.id
	q.Outcome.Rule = q.ID
	if q.Outcome.By == "" {
		q.Outcome.By = fmt.Sprintf("queued outcome %d", q.ID)
	}
	w.queue.waiting = append(w.queue.waiting, q)
	return q, nil
}

func (q Queued) check() error {
	switch q.API {
	case "", APIOAuth, APISTKPush, APISTKQuery:
	case APIUnknown:
		return fmt.Errorf("nothing can be queued for paths that Daraja does not have")
	default:
		return fmt.Errorf("%.40q is no api; there are %s, %s and %s", string(q.API), APIOAuth, APISTKPush, APISTKQuery)
	}
	if q.API == APIOAuth && (q.Phone != "" || q.Reference != "") {
		return fmt.Errorf("a request for a token has no phone and no reference")
	}
	if q.Phone != "" {
		if _, err := daraja.ParseMSISDN(q.Phone.Digits()); err != nil {
			return err
		}
	}
	if q.Times < 0 || q.Times > maxTimes {
		return fmt.Errorf("times is %d, it must be from 1 to %d", q.Times, maxTimes)
	}
	if len(q.Reference) > maxReference {
		return fmt.Errorf("the reference is over %d bytes", maxReference)
	}
	return nil
}

// maxReference bounds the reference that something can be queued for.
const maxReference = 1_000

// Queued lists what waits, with how often each is still good for.
func (w *World) Queued() []Queued {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.queue.waiting)
}

// ClearQueue empties the queue.
func (w *World) ClearQueue() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue.waiting = nil
}

// find returns the first outcome that fits r.
func (q *queue) find(r Request) (Outcome, bool) {
	for _, one := range q.waiting {
		if (one.API == "" || one.API == r.API) && (one.Phone == "" || one.Phone == r.Phone) &&
			(one.Reference == "" || one.Reference == r.Reference) {
			return one.Outcome, true
		}
	}
	return Outcome{}, false
}

// use takes one off what an outcome is still good for.
func (q *queue) use(id int) {
	i := slices.IndexFunc(q.waiting, func(one Queued) bool { return one.ID == id })
	if i < 0 {
		return
	}
	if q.waiting[i].Times--; q.waiting[i].Times == 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
}
