package sqlite

import (
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// memory is what the writer knows of rows without asking SQLite. This process alone
// writes, and one goroutine of it, so what that one has read or written last is what
// the tables say. A payment is written, and read again a moment later, four times on
// its way; with the row at hand it is not searched for, and what has not changed of it
// is not written.
//
// It runs ahead of the commit: when anything is rolled back, all is forgotten.
type memory struct {
	payments   recent[int64, gateway.Payment]
	pushes     recent[string, gateway.Push]
	deliveries recent[int64, gateway.Delivery]
	endpoints  recent[target, gateway.Endpoint] // by partner and whole URL
	last       *gateway.Callback                // the end of the raw log, its ID and Hash; nil when it is not known

	savedEndpoints []target // since the last commit
}

// forget keeps in mind that an endpoint may have been saved: of those that share a
// commit, another may stay.
func (m *memory) forget() { *m = memory{savedEndpoints: m.savedEndpoints} }

// mostRecent is how many rows of a kind are remembered, and up to as many older ones:
// some 30 MB in all. A customer answers a prompt within half a minute, mostly.
const mostRecent = 8192

// recent keeps the rows that were put into it last. What it gives and takes is a copy;
// the bytes of a body are shared, and nobody changes them in place.
type recent[K comparable, V any] struct{ young, old map[K]*V }

// get returns a row, or nil.
func (r *recent[K, V]) get(k K) *V {
	v := r.young[k]
	if v == nil {
		v = r.old[k]
	}
	if v == nil {
		return nil
	}
	c := *v
	return &c
}

func (r *recent[K, V]) put(k K, v V) {
	if len(r.young) >= mostRecent {
		r.old, r.young = r.young, nil
	}
	if r.young == nil {
		r.young = make(map[K]*V)
	}
	r.young[k] = &v
}

func (r *recent[K, V]) drop(k K) {
	delete(r.young, k)
	delete(r.old, k)
}

// As the tables give them back, times are UTC and cut to the microsecond.

func storedPayment(p gateway.Payment) gateway.Payment {
	cutTimes(&p.TransactedAt, &p.ReviewAt, &p.ErasedAt, &p.DueAt, &p.InquiryAt, &p.CreatedAt, &p.UpdatedAt)
	return p
}

func storedPush(p gateway.Push) gateway.Push {
	cutTimes(&p.CreatedAt, &p.Inquiry.DueAt)
	return p
}

func storedDelivery(d gateway.Delivery) gateway.Delivery {
	if len(d.Body) == 0 {
		d.Body = nil
	}
	cutTimes(&d.DueAt, &d.CreatedAt, &d.UpdatedAt)
	return d
}

func cutTimes(times ...*time.Time) {
	for _, t := range times {
		*t = cut(*t)
	}
}

// cut is what instant leaves of a time.
func cut(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}
