package activity

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// buffered is how many events a terminal may be behind.
const buffered = 1024

// Printer prints events in the background. Adding one never waits: what a slow
// terminal has no room for is left out, and how much that was is printed instead.
type Printer struct {
	out     io.Writer
	json    bool
	events  chan func() Event
	missed  atomic.Int64
	ending  chan struct{} // closed by Stop
	ended   chan struct{} // closed when nothing is printed any more
	end     func()
	started sync.Once
	day     string // of the line before; a change is printed
}

// NewPrinter makes a printer that prints once it is started, as JSON or for a person.
// today is the day that a person takes the times to be of; another day is named.
func NewPrinter(out io.Writer, asJSON bool, today time.Time) *Printer {
	p := &Printer{
		out: out, json: asJSON, day: dayOf(today),
		events: make(chan func() Event, buffered), ending: make(chan struct{}), ended: make(chan struct{}),
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
		select {
		case event := <-p.events:
			p.write(event())
		case <-p.ending:
			for len(p.events) > 0 {
				p.write((<-p.events)())
			}
			p.writeMissed()
			return
		}
	}
}

// write prints an event. A terminal that is closed is no reason to stop anything.
func (p *Printer) write(e Event) {
	p.writeMissed()
	if p.json {
		_, _ = p.out.Write(e.JSON())
		return
	}
	text := e.Line()
	if day := dayOf(e.At); day != p.day {
		text = day + "\n" + text
		p.day = day
	}
	_, _ = io.WriteString(p.out, text)
}

// writeMissed tells how many events were left out.
func (p *Printer) writeMissed() {
	n := p.missed.Swap(0)
	switch {
	case n == 0:
	case p.json:
		_, _ = fmt.Fprintf(p.out, `{"kind":"missed","missed":%d}`+"\n", n)
	default:
		_, _ = fmt.Fprintf(p.out, "(%d lines are left out here: the terminal was too slow. The journal has them.)\n", n)
	}
}

// dayOf is the date of t in East Africa.
func dayOf(t time.Time) string { return t.In(daraja.EAT()).Format("Mon 2 Jan 2006, MST") }
