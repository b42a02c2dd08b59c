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

// buffered is how many events a terminal may be behind.
const buffered = 1024

// settle is how long events wait for others that happened before them: a webhook may
// be reported before the callback that it follows.
const settle = 100 * time.Millisecond

// Config is what a Printer is made of. All fields but JSON must be set.
type Config struct {
	Out   io.Writer
	JSON  bool                                   // prints objects instead of lines
	Today time.Time                              // the day that lines are of; another day is named
	After func(d time.Duration) <-chan time.Time // time.After
}

// Printer prints events in the background. Adding one never waits: what a slow
// terminal has no room for is left out, and how much that was is printed instead.
type Printer struct {
	config  Config
	events  chan func() Event
	missed  atomic.Int64
	ending  chan struct{} // closed by Stop
	ended   chan struct{} // closed when nothing is printed any more
	end     func()
	started sync.Once
	day     string // of the line before; a change is printed
}

// NewPrinter makes a printer that prints once it is started.
func NewPrinter(c Config) *Printer {
	p := &Printer{
		config: c, day: dayOf(c.Today), events: make(chan func() Event, buffered), ending: make(chan struct{}), ended: make(chan struct{}),
	}
	p.end = sync.OnceFunc(func() { close(p.ending) })
	return p
}

// Add has an event printed. The functions are called one at a time, in their order, in
// the background. Those that come before Start are kept for it; after Stop nothing is
// printed.
func (p *Printer) Add(event func() Event) {
	select {
	case p.events <- event:
	default:
		p.missed.Add(1)
	}
}

// Start begins to print.
func (p *Printer) Start(context.Context) error {
	p.started.Do(func() { go p.print() })
	return nil
}

// Stop prints what was added, and returns when that is done or ctx ends, as it does
// with a terminal that takes no more.
func (p *Printer) Stop(ctx context.Context) error {
	p.end()
	p.started.Do(func() { close(p.ended) }) // it never began
	select {
	case <-p.ended:
	case <-ctx.Done():
	}
	return nil
}

func (p *Printer) print() {
	defer close(p.ended)
	for {
		batch, more := p.collect()
		slices.SortStableFunc(batch, inOrder)
		for _, e := range batch {
			p.write(e)
		}
		if !more {
			p.writeMissed()
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
	settled := p.config.After(settle)
	for len(batch) < buffered {
		select {
		case event := <-p.events:
			batch = append(batch, event())
		case <-settled:
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

// inOrder compares two events by their time. A webhook is after a callback of the same
// instant, as there are on a frozen clock.
func inOrder(a, b Event) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	return cmp.Compare(rank(a), rank(b))
}

func rank(e Event) int {
	if e.Kind == KindWebhook || e.Kind == KindReview {
		return 1
	}
	return 0
}

// write prints an event. A terminal that is closed is no reason to stop anything.
func (p *Printer) write(e Event) {
	p.writeMissed()
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

// writeMissed tells how many events were left out.
func (p *Printer) writeMissed() {
	n := p.missed.Swap(0)
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
