package control

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

const (
	maxReplay       = journal.MaxLimit // records that a stream sends at once
	maxStreamPhones = 20               // phones that one stream attends

	eventPayment = "payment"
)

const eventClock simulator.EventKind = "clock" // a clock was moved

// stream sends the events of a world to one caller.
type stream struct {
	world   World
	out     *deadlineWriter
	records *journal.Follower
	events  <-chan simulator.Event
}

// errStreamEnds says that nothing more comes, since the world was deleted or the server
// stops.
var errStreamEnds = errors.New("the stream ends")

// events is a stream of server-sent events: the journal as it grows, and what changes on
// the phones.
func (s *server) events(w World, r *http.Request) (any, error) {
	phones, err := phonesToAttend(r)
	if err != nil {
		return nil, err
	}
	after, err := lastEventID(r)
	if err != nil {
		return nil, err
	}
	select {
	case s.streams <- struct{}{}:
	default:
		return nil, refuse(http.StatusServiceUnavailable, "%d streams of events are open, which is the most; close one first", MaxStreams)
	}
	return response{kind: "text/event-stream", stream: func(out *deadlineWriter) error {
		defer func() { <-s.streams }()
		for _, m := range phones {
			defer w.Domain().Attend(m)()
		}
		records, stop := w.Journal().Follow(after)
		defer stop()
		events, unsubscribe := w.Subscribe()
		defer unsubscribe()
		st := &stream{world: w, out: out, records: records, events: events}
		err := st.write("retry: 1000\n\n")
		for err == nil {
			if err = st.sendRecords(); err == nil {
				err = st.next(r.Context(), s.Ping)
			}
		}
		if errors.Is(err, errStreamEnds) {
			return nil
		}
		return err
	}}, nil
}

// phonesToAttend reads which phones a stream attends.
func phonesToAttend(r *http.Request) ([]daraja.MSISDN, error) {
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

// lastEventID is the number of the record that a caller saw last; without one, the caller
// gets the records from now on.
func lastEventID(r *http.Request) (uint64, error) {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		return math.MaxUint64, nil
	}
	seq, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return 0, refuse(http.StatusBadRequest, "Last-Event-ID %.40q is not the number of a record", id)
	}
	return seq, nil
}

// next waits for a change and sends it, or a sign of life when there is none for a while.
func (st *stream) next(ctx context.Context, ping time.Duration) error {
	idle, cancel := context.WithTimeout(ctx, ping)
	defer cancel()
	select {
	case <-st.records.Changed:
		return nil
	case e, open := <-st.events:
		if !open {
			return errStreamEnds
		}
		return st.sendEvent(e) //nolint:contextcheck // a write has a time of its own
	case <-idle.Done():
		if ctx.Err() != nil {
			return errStreamEnds
		}
		return st.write(": ping\n\n") //nolint:contextcheck // a write has a time of its own
	}
}

// recordLine is a record without its bodies, which are asked for one by one.
type recordLine struct {
	journal.Record

	Request  *struct{} `json:"request,omitempty"`
	Response *struct{} `json:"response,omitempty"`
}

// sendRecords sends the new records, and how many there were before them that can no
// longer be sent.
func (st *stream) sendRecords() error {
	records, lost := st.records.Next(maxReplay)
	if lost > 0 {
		if err := st.send("lost", "", map[string]uint64{"records": lost}); err != nil {
			return err
		}
	}
	for rec := range records {
		if err := st.send("record", strconv.FormatUint(rec.Seq, 10), recordLine{Record: rec}); err != nil {
			return err
		}
		if isPush(st.world, rec) && rec.Method == http.MethodPost {
			if err := st.sendPayment(rec.Payment, rec.Phone); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendPayment says that a push was accepted or refused, or that its prompt ended. id is ""
// for a push that was refused.
func (st *stream) sendPayment(id, phone string) error {
	return st.send(eventPayment, "", map[string]string{"id": id, "phone": phone})
}

func (st *stream) sendEvent(e simulator.Event) error {
	err := st.send(string(e.Kind), "", struct {
		Phone   string    `json:"phone"`
		Payment string    `json:"payment"`
		At      time.Time `json:"at"`
	}{e.Phone.Digits(), e.Payment, e.At.In(daraja.EAT())})
	if err == nil && e.Kind == simulator.EventPromptEnded {
		err = st.sendPayment(e.Payment, e.Phone.Digits())
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
	return st.write("event: " + kind + "\n" + id + "data: " + string(body) + "\n\n")
}

func (st *stream) write(text string) error {
	if _, err := st.out.Write([]byte(text)); err != nil {
		return err
	}
	return st.out.Flush()
}
