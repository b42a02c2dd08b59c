package simulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/condition"
)

// Queued is an outcome that waits for the next request that fits. The first one in
// order of queueing wins.
type Queued struct {
	ID      int
	API     API                 // "" is any; Catalogue.DefaultAPI when Outcome has a result
	When    condition.Condition // what else the request must be
	Times   int                 // how many requests it is for; 0 is 1
	Outcome Outcome
	Then    json.RawMessage // Outcome as it was asked for, in the language of scenarios; only shown
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
	if err := w.catalogue.checkQueued(q); err != nil {
		return Queued{}, fmt.Errorf("queueing an outcome: %w", err)
	}
	if q.Times == 0 {
		q.Times = 1
	}
	if o := q.Outcome; q.API == "" && (o.concernsPayment() || o.Reply == (ReplyFaults{By: o.Reply.By})) {
		q.API = w.catalogue.DefaultAPI()
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

func (c *Catalogue) checkQueued(q Queued) error {
	op := c.operations[q.API]
	switch {
	case q.API == APIUnknown:
		return fmt.Errorf("nothing can be queued for paths that Daraja does not have")
	case q.API != "" && op == nil:
		return fmt.Errorf("%.40q is no api; there are %s", string(q.API), wordList(c.apis, "and"))
	}
	if code := q.Outcome.Result; code != "" && op != nil && op.HasResult() {
		if _, own := op.results[code]; !own && slices.ContainsFunc(c.results, func(r daraja.Result) bool { return r.Code == code }) {
			return fmt.Errorf("%s does not end with result %s; that is of another api", q.API, code)
		}
	}
	for _, key := range condition.FieldKeys() {
		if op != nil && q.When.Has(key) && !op.Matches(KeyOf(key)) {
			return fmt.Errorf("a request to %s has no %s", q.API, key)
		}
	}
	if missing, known := c.MissingFault(q.API, q.Outcome.Callback.Faults); op != nil && missing != "" {
		return fmt.Errorf("a callback of %s has no %s; of its own it has %s", q.API, missing, cmp.Or(strings.Join(known, ", "), "nothing"))
	}
	if q.Times < 0 || q.Times > maxTimes {
		return fmt.Errorf("times is %d, it must be from 1 to %d", q.Times, maxTimes)
	}
	return nil
}

// Queued lists the queue, with the uses that each outcome has left.
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

// find returns the first outcome that fits r, and its id, from 1; 0 when none fits.
func (q *queue) find(r *Request) (o Outcome, id int) {
	if len(q.waiting) == 0 {
		return Outcome{}, 0
	}
	s := Subject{Request: *r}
	for _, one := range q.waiting {
		if (one.API == "" || one.API == r.API) && one.When.Holds(&s) {
			return one.Outcome, one.ID
		}
	}
	return Outcome{}, 0
}

// consume counts a use of a queued outcome; after the last one it leaves the queue.
func (q *queue) consume(id int) {
	i := slices.IndexFunc(q.waiting, func(one Queued) bool { return one.ID == id })
	if i < 0 {
		return
	}
	if q.waiting[i].Times--; q.waiting[i].Times == 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
}
