package activity

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// maxQueued is how many events wait for a slow terminal.
const maxQueued = 1024

// sortWindow is how long events wait for others that happened before them: a webhook may
// be reported before the callback that it follows.
const sortWindow = 100 * time.Millisecond

// Config is what a Printer is made of. All fields but JSON must be set.
type Config struct {
	Out   io.Writer
	JSON  bool                                   // prints objects instead of lines
	Today time.Time                              // the day that lines are of; another day is named
	After func(d time.Duration) <-chan time.Time // time.After
}

// Printer prints events in the background. Adding one never waits: events that a slow
// terminal has no room for are dropped, and their number is printed instead.
type Printer struct {
	config     Config
	events     chan func() Event
	dropped    atomic.Int64
	start, end sync.Once
	ending     chan struct{} // closed by Stop
	ended      chan struct{} // closed when printing has ended
	day        string        // of the line before; a change is printed
}

// NewPrinter makes a printer that prints once it is started.
func NewPrinter(c Config) *Printer {
	return &Printer{
		config: c, day: dayOf(c.Today), events: make(chan func() Event, maxQueued), ending: make(chan struct{}), ended: make(chan struct{}),
	}
}

// Add queues an event for printing. The functions are called one at a time, in their order,
// in the background. Those that come before Start are kept for it; after Stop nothing is
// printed.
func (p *Printer) Add(event func() Event) {
	select {
	case p.events <- event:
	default:
		p.dropped.Add(1)
	}
}

// Start begins to print.
func (p *Printer) Start() { p.start.Do(func() { go p.print() }) }

// Stop prints what was added, and returns when that is done or ctx ends, as it does
// with a terminal that takes no more.
func (p *Printer) Stop(ctx context.Context) {
	p.end.Do(func() { close(p.ending) })
	p.start.Do(func() { close(p.ended) }) // it never began
	select {
	case <-p.ended:
	case <-ctx.Done():
	}
}

func (p *Printer) print() {
	defer close(p.ended)
	for {
		batch, more := p.collect()
		slices.SortStableFunc(batch, byTime)
		for _, e := range batch {
			p.write(e)
		}
		if !more {
			p.writeDropped()
			return
		}
	}
}

// collect waits for an event and for those that come soon after it, and reports
// whether more may come.
func (p *Printer) collect() (batch []Event, more bool) {
	select {
	case event := <-p.events:
		batch = append(batch, event())
	case <-p.ending:
	}
	windowEnd := p.config.After(sortWindow)
	for len(batch) < maxQueued {
		select {
		case event := <-p.events:
			batch = append(batch, event())
		case <-windowEnd:
			return batch, true
		case <-p.ending:
			for len(p.events) > 0 {
				batch = append(batch, (<-p.events)())
			}
			return batch, false
		}
	}
	return batch, true
}

// byTime compares two events. A webhook or a review is after a callback of the same time,
// as events have on a frozen clock.
func byTime(a, b Event) int {
	order := map[string]int{KindWebhook: 1, KindReview: 1}
	return cmp.Or(a.At.Compare(b.At), order[a.Kind]-order[b.Kind])
}

// write prints an event. A terminal that is closed is no reason to stop anything.
func (p *Printer) write(e Event) {
	p.writeDropped()
	if p.config.JSON {
		_, _ = p.config.Out.Write(e.JSON())
		return
	}
	text := e.Line()
	if day := dayOf(e.At); day != p.day {
		text = day + "\n" + text
		p.day = day
	}
	_, _ = io.WriteString(p.config.Out, text)
}

// writeDropped prints how many events were dropped.
func (p *Printer) writeDropped() {
	n := p.dropped.Swap(0)
	switch {
	case n == 0:
	case p.config.JSON:
		_, _ = fmt.Fprintf(p.config.Out, `{"kind":"missed","missed":%d}`+"\n", n)
	default:
		_, _ = fmt.Fprintf(p.config.Out, "(%d lines are left out here: the terminal was too slow. The journal has them.)\n", n)
	}
}

// dayOf is the date of t in East Africa.
func dayOf(t time.Time) string { return t.In(daraja.EAT()).Format("Mon 2 Jan 2006, MST") }
