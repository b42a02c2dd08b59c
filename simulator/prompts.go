package simulator

import (
	"cmp"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// prompt is an STK push on a customer's phone. Once it has ended it does not change.
type prompt struct {
	push
	merchantID string
	checkoutID string
	openedAt   time.Time
	by         string  // who decided; "" is nature
	open       *opened // nil once it has ended

	result  daraja.ResultCode
	desc    string
	why     string // what the result does not say, for a person; "" for most
	endedAt time.Time
	receipt string // of a success
}

// opened is what a prompt has until it ends.
type opened struct {
	outcome Outcome
	org     string // name of who asks
	tooLong bool   // its text does not fit on a handset
	wrong   bool   // PartyB is not the shortcode's

	course course
	tries  int // wrong PINs
	endsAt time.Time
	turn   int // of the plan that is in force
	stop   func() bool
}

// course is the way that an open prompt takes when nobody interferes.
type course int

const (
	decided     course = iota // by the queue, the scenario or the number, whatever the person does
	natural                   // the customer answers after the think time
	waiting                   // a person holds the phone; nobody answers by himself
	ignored                   // a person lets it time out
	unreachable               // the phone was off when it came
	lost                      // the phone was switched off while it was open
)

// unreachableWait is how soon M-PESA says that a phone cannot be reached
// (reference: timings).
const unreachableWait = 3 * time.Second

// shown reports whether the handset has p on its screen.
func (p *prompt) shown() bool {
	return p.open != nil && !p.open.tooLong && !p.open.wrong && p.open.course != unreachable && p.open.course != lost
}

// answerable reports whether what a person does makes a difference to p.
func (p *prompt) answerable() bool { return p.shown() && p.open.course != decided }

// choose sets the course of a new prompt and returns how long it takes.
func (w *World) choose(p *prompt, c *customer) time.Duration {
	o := p.open
	wait := w.opt.thinkTime
	if o.outcome.After != nil {
		wait = *o.outcome.After
	}
	o.course = natural
	switch {
	case o.outcome.Result != "":
		o.course = decided
	case o.wrong || o.tooLong: // no phone is asked
	case c.off:
		o.course = unreachable
		if o.outcome.After == nil {
			wait = unreachableWait
		}
	case w.attended[p.phone] > 0 && !o.outcome.Callback.BeforeAck:
		o.course, wait = waiting, w.opt.promptTimeout
	}
	return wait
}

// arm makes p end by itself after wait, in place of what was planned before.
func (w *World) arm(p *prompt, now time.Time, wait time.Duration) {
	o := p.open
	if o.stop != nil {
		o.stop()
	}
	o.turn++
	o.endsAt = now.Add(wait)
	if w.stopped {
		return
	}
	turn := o.turn
	o.stop = w.clock.AfterFunc(wait, p.checkoutID, func() { w.expire(p, o, turn) })
}

// expire ends p, unless something else was planned meanwhile, or it has ended, or the
// world was reset.
func (w *World) expire(p *prompt, o *opened, turn int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.open == o && o.turn == turn && !w.stopped {
		w.end(p, w.clock.Now())
	}
}

// untilTimeout is how long p may still stay open.
func (w *World) untilTimeout(p *prompt, now time.Time) time.Duration {
	return max(0, w.opt.promptTimeout-now.Sub(p.openedAt))
}

// disarm takes back what is planned for every open prompt.
func (w *World) disarm() {
	for _, p := range w.openPrompts() {
		w.cancel(p)
	}
}

func (w *World) cancel(p *prompt) {
	p.open.turn++
	if p.open.stop != nil {
		p.open.stop()
	}
}

// drop forgets a prompt that there is no room for: when it is open, it never ends.
func (w *World) drop(p *prompt) {
	if p.open == nil {
		return
	}
	w.cancel(p)
	if c, known := w.customers.get(p.phone); known && c.prompt == p {
		c.prompt = nil
	}
	w.tell(EventPromptEnded, p.phone, p.checkoutID)
}

// openPrompts lists the prompts that are open, in order of their ids.
func (w *World) openPrompts() []*prompt {
	var open []*prompt
	for _, p := range w.prompts.byKey {
		if p.open != nil {
			open = append(open, p)
		}
	}
	slices.SortFunc(open, func(a, b *prompt) int { return cmp.Compare(a.checkoutID, b.checkoutID) })
	return open
}
