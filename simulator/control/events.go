package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

const (
	maxReplay  = journal.MaxLimit // records that a stream catches up with after Last-Event-ID
	bellBuffer = 16               // changes of a clock that a stream may be behind

	maxStreamPhones = 20 // phones that one stream attends

	eventClock simulator.EventKind = "clock" // a clock was moved
)

// eventPayment says that a push was accepted or refused, or that its prompt ended.
const eventPayment = "payment"

// errStreamEnds is the end of a stream that is nobody's fault.
var errStreamEnds = errors.New("the stream ends")

// stream is one listener of a world's events.
type stream struct {
	out     *steady
	records <-chan journal.Record
	events  <-chan simulator.Event
	bells   <-chan simulator.Event
	last    uint64 // the latest record that was sent
	heard   uint64 // the latest record that came by subscription
	caught  uint64 // up to this one records were sent from the journal itself
}

// events is a stream of server-sent events: the journal as it grows, and what
// changes on the phones.
func (s *server) events(w World, r *http.Request) (response, error) {
	attend, err := attendedBy(r)
	if err != nil {
		return response{}, err
	}
	since, resume, err := lastEventID(r)
	if err != nil {
		return response{}, err
	}
	select {
	case s.streams <- struct{}{}:
	default:
		return response{}, refuse(http.StatusServiceUnavailable, "%d streams of events are open, which is the most; close one first", MaxStreams)
	}
	patiently(r)
	return response{kind: "text/event-stream", stream: func(out *steady) error {
		defer func() { <-s.streams }()
		for _, m := range attend {
			defer w.Domain().Attend(m)()
		}
		err := s.follow(r.Context(), w, out, since, resume)
		if errors.Is(err, errStreamEnds) {
			return nil
		}
		return err
	}}, nil
}

// attendedBy reads which phones a stream attends.
func attendedBy(r *http.Request) ([]daraja.MSISDN, error) {
	texts := r.URL.Query()["attend"]
	if len(texts) > maxStreamPhones {
		return nil, refuse(http.StatusBadRequest, "attend is given %d times; a stream attends at most %d phones", len(texts), maxStreamPhones)
	}
	var all []daraja.MSISDN
	for _, text := range texts {
		if text == "" {
			continue
		}
		m, err := phoneNumber(text)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// lastEventID reads where a listener was before it lost the connection.
func lastEventID(r *http.Request) (since uint64, resume bool, err error) {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		return 0, false, nil
	}
	if since, err = strconv.ParseUint(id, 10, 64); err != nil {
		return 0, false, refuse(http.StatusBadRequest, "Last-Event-ID %.40q is not the number of a record", id)
	}
	return since, true, nil
}

// follow sends events until the caller leaves or the server stops.
func (s *server) follow(ctx context.Context, w World, out *steady, since uint64, resume bool) error {
	records, noRecords := w.Journal().Subscribe()
	defer noRecords()
	events, noEvents := w.Subscribe()
	defer noEvents()
	bells, noBells := s.bells.listen(w)
	defer noBells()
	st := &stream{out: out, records: records, events: events, bells: bells}
	if err := st.say("retry: 1000\n\n"); err != nil {
		return err
	}
	if resume {
		if err := st.catchUp(w.Journal(), since); err != nil {
			return err
		}
	}
	for {
		if err := st.next(ctx, s.ping); err != nil {
			return err
		}
	}
}

// catchUp sends the records after since. When the journal was emptied meanwhile there
// is nothing to catch up with.
func (st *stream) catchUp(j *journal.Journal, since uint64) error {
	page := j.Find(journal.Filter{After: since, Limit: maxReplay, Newest: true})
	slices.Reverse(page.Records)
	for _, rec := range page.Records {
		st.last = max(st.last, since)
		if err := st.sendAfterGap(rec); err != nil {
			return err
		}
	}
	st.caught = st.last
	return nil
}

// next sends the next event, or a sign of life when there is none for a while.
func (st *stream) next(ctx context.Context, ping time.Duration) error {
	beat, cancel := context.WithTimeout(ctx, ping)
	defer cancel()
	select {
	case rec, open := <-st.records:
		if !open {
			return errStreamEnds
		}
		return st.record(rec)
	case e, open := <-st.events:
		if !open {
			return errStreamEnds
		}
		return st.event(e)
	case e := <-st.bells:
		return st.event(e)
	case <-beat.Done():
		if ctx.Err() != nil {
			return errStreamEnds
		}
		return st.say(": ping\n\n")
	}
}

// record sends a record that came by subscription.
func (st *stream) record(rec journal.Record) error {
	if rec.Seq <= st.heard { // the journal was emptied, or a snapshot restored
		st.last, st.caught = 0, 0
	}
	st.heard = rec.Seq
	if rec.Seq <= st.caught {
		return nil // sent already
	}
	if err := st.sendAfterGap(rec); err != nil {
		return err
	}
	if isPush(rec) && rec.Method == http.MethodPost {
		return st.payment(rec.Payment, rec.Phone)
	}
	return nil
}

// payment tells of a payment that began or ended; id is "" for a push that was refused.
func (st *stream) payment(id, phone string) error {
	return st.send(eventPayment, "", struct {
		ID    string `json:"id"`
		Phone string `json:"phone"`
	}{id, phone})
}

// sendAfterGap tells of the records that were missed since the latest one, too.
func (st *stream) sendAfterGap(rec journal.Record) error {
	if st.last > 0 && rec.Seq > st.last+1 {
		if err := st.lost(rec.Seq - st.last - 1); err != nil {
			return err
		}
	}
	return st.sendRecord(rec)
}

// line is a record without its bodies, which are asked for one by one.
type line struct {
	journal.Record

	Request  *struct{} `json:"request,omitempty"`
	Response *struct{} `json:"response,omitempty"`
}

func (st *stream) sendRecord(rec journal.Record) error {
	st.last = rec.Seq
	return st.send("record", strconv.FormatUint(rec.Seq, 10), line{Record: rec})
}

func (st *stream) lost(n uint64) error {
	return st.send("lost", "", struct {
		Records uint64 `json:"records"`
	}{n})
}

func (st *stream) event(e simulator.Event) error {
	if e.Kind == simulator.EventReset { // the journal counts from 1 again
		st.last, st.heard, st.caught = 0, 0, 0
	}
	err := st.send(string(e.Kind), "", struct {
		Phone   string    `json:"phone"`
		Payment string    `json:"payment"`
		At      time.Time `json:"at"`
	}{e.Phone.Digits(), e.CheckoutRequestID, e.At.In(daraja.EAT())})
	if err == nil && e.Kind == simulator.EventPromptEnded {
		err = st.payment(e.CheckoutRequestID, e.Phone.Digits())
	}
	return err
}

func (st *stream) send(kind, id string, data any) error {
	body, err := daraja.Marshal(data)
	if err != nil {
		return fmt.Errorf("encoding an event: %w", err)
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	return st.say("event: " + kind + "\n" + id + "data: " + string(body) + "\n\n")
}

func (st *stream) say(text string) error {
	if _, err := st.out.Write([]byte(text)); err != nil {
		return errStreamEnds // the caller left
	}
	if err := st.out.Flush(); err != nil {
		return errStreamEnds
	}
	return nil
}

// bells tell streams what was changed through this API and the world itself does not
// tell: its clock was moved, its journal emptied.
type bells struct {
	mu        sync.Mutex
	listeners map[*simulator.World]map[chan simulator.Event]struct{}
}

func (b *bells) listen(w World) (<-chan simulator.Event, func()) {
	c, world := make(chan simulator.Event, bellBuffer), w.Domain()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listeners == nil {
		b.listeners = make(map[*simulator.World]map[chan simulator.Event]struct{})
	}
	if b.listeners[world] == nil {
		b.listeners[world] = make(map[chan simulator.Event]struct{})
	}
	b.listeners[world][c] = struct{}{}
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.listeners[world], c)
		if len(b.listeners[world]) == 0 {
			delete(b.listeners, world)
		}
	}
}

// ring tells of it; a stream that is far behind will be told by what it has not read.
func (b *bells) ring(w World, kind simulator.EventKind) {
	e := simulator.Event{Kind: kind, At: w.Clock().Now()}
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.listeners[w.Domain()] {
		select {
		case c <- e:
		default:
		}
	}
}
