package simulator

import (
	"cmp"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Prompt is what a product asks of a customer's phone.
type Prompt struct {
	API         API
	ID          string // of the payment
	RequestID   string // of the request
	Phone       daraja.MSISDN
	Amount      daraja.Money
	Shortcode   string
	Reference   string
	CallbackURL string
	Data        any // what the operation needs when the prompt has ended; it is never changed
}

// Screen is what the handset shows of a prompt.
type Screen struct {
	Organisation string // name of who asks
	Text         string
}

// PromptResult is how a prompt ends.
type PromptResult struct {
	Result daraja.ResultCode
	Desc   string // the ResultDesc; "" takes the catalogue's
	Why    string // what the result does not say, for a person and never on the wire
}

// PromptState is a prompt and what is known of it so far.
type PromptState struct {
	Prompt
	OpenedAt time.Time
	By       string // who decided, for a person; "" is the default outcome

	EndedAt time.Time // zero while it is open, as is what follows
	PromptResult
	Receipt string       // of a success
	Query   *QueryResult // what the outcome makes queries say once it has ended; nil says the result
}

// Open reports whether the prompt has no result yet.
func (p PromptState) Open() bool { return p.EndedAt.IsZero() }

// prompt is one in a world. Once it has ended it does not change.
type prompt struct {
	PromptState
	number uint64     // counts a world's prompts from 1
	open   *openState // nil once it has ended
}

// openState is what a prompt has until it ends.
type openState struct {
	outcome Outcome
	screen  Screen
	failure PromptResult // of one that no phone shows; zero for most

	disposition disposition
	tries       int // wrong PINs
	endsAt      time.Time
	job         JobID // that ends it
}

// disposition is how an open prompt ends, unless a person or the world changes it.
type disposition int

const (
	decidedBefore    disposition = iota // by the queue, the scenario or the number, whatever the person does
	defaultOutcome                      // the customer answers after the think time
	awaitsPerson                        // a person holds the phone; the customer does not answer alone
	leftUnanswered                      // a person lets it time out
	phoneWasOff                         // the phone was off when it came
	phoneSwitchedOff                    // the phone was switched off while it was open
)

// unreachableWait is how soon M-PESA says that a phone cannot be reached
// (reference: timings).
const unreachableWait = 3 * time.Second

// OpenPrompt puts a prompt on a customer's phone and schedules its end, which sends the
// callback with the operation's CallbackBody. failure is the result of a prompt that no phone
// shows, or zero: the prompt then ends with it after the time of one that is shown, unless the
// outcome has a result.
func (l *Locked) OpenPrompt(x *Exchange, p Prompt, s Screen, failure PromptResult) {
	w, o := l.world(), x.Outcome
	one := &prompt{
		PromptState: PromptState{Prompt: p, OpenedAt: x.Now, By: o.By, Query: o.Query},
		open:        &openState{outcome: o, screen: s, failure: failure},
	}
	x.ID = p.ID
	if gone, evicted := w.prompts.put(one.ID, one); evicted {
		w.discardPrompt(gone)
	}
	one.number = w.prompts.added
	c := w.customer(p.Phone)
	c.prompt = one
	w.notify(EventPrompt, one.Phone, one.ID)
	wait := w.decideDisposition(one, c)
	if o.Callback.BeforeAck {
		x.endsBeforeAck = one
		return
	}
	w.schedulePromptEnd(one, x.Now, wait)
}

// PromptOn is the id of the prompt that is open on a phone, or "".
func (l *Locked) PromptOn(m daraja.MSISDN) string {
	if p := l.world().customer(m).prompt; p != nil {
		return p.ID
	}
	return ""
}

// PromptOfRequest is the prompt that a request opened, open or ended.
func (l *Locked) PromptOfRequest(requestID string) (PromptState, bool) {
	for _, p := range l.prompts.byKey {
		if p.RequestID == requestID {
			return p.PromptState, true
		}
	}
	return PromptState{}, false
}

// shown reports whether the handset has p on its screen.
func (p *prompt) shown() bool {
	return p.open != nil && p.open.failure.Result == "" && p.open.disposition != phoneWasOff && p.open.disposition != phoneSwitchedOff
}

// answerable reports whether what a person does makes a difference to p.
func (p *prompt) answerable() bool { return p.shown() && p.open.disposition != decidedBefore }

// decideDisposition sets the disposition of a new prompt and returns how long it stays open.
func (w *World) decideDisposition(p *prompt, c *customer) time.Duration {
	o := p.open
	wait := w.settings.duration(SettingThinkTime)
	if o.outcome.After != nil {
		wait = *o.outcome.After
	}
	o.disposition = defaultOutcome
	switch {
	case o.outcome.Result != "":
		o.disposition = decidedBefore
	case o.failure.Result != "": // no phone is asked
	case c.off:
		o.disposition = phoneWasOff
		if o.outcome.After == nil {
			wait = unreachableWait
		}
	case w.phoneHolders[p.Phone] > 0 && !o.outcome.Callback.BeforeAck:
		o.disposition, wait = awaitsPerson, w.settings.duration(SettingPromptTimeout)
	}
	return wait
}

// schedulePromptEnd makes p end by itself after wait, in place of what was scheduled before.
func (w *World) schedulePromptEnd(p *prompt, now time.Time, wait time.Duration) {
	w.cancel(p.open.job)
	p.open.endsAt = now.Add(wait)
	p.open.job = w.schedule(promptEndJob(), p.ID, wait, p.ID)
}

// untilTimeout is how long p may stay open.
func (w *World) untilTimeout(p *prompt, now time.Time) time.Duration {
	return max(0, w.settings.duration(SettingPromptTimeout)-now.Sub(p.OpenedAt))
}

// discardPrompt forgets a prompt that there is no room for. An open one gets no result.
func (w *World) discardPrompt(p *prompt) {
	if p.open == nil {
		return
	}
	w.cancel(p.open.job)
	if c, known := w.customers.get(p.Phone); known && c.prompt == p {
		c.prompt = nil
	}
	w.notify(EventPromptEnded, p.Phone, p.ID)
}

// openPrompts lists the prompts that are open, in order of their ids.
func (w *World) openPrompts() []*prompt {
	var open []*prompt
	for _, p := range w.prompts.byKey {
		if p.open != nil {
			open = append(open, p)
		}
	}
	slices.SortFunc(open, func(a, b *prompt) int { return cmp.Compare(a.ID, b.ID) })
	return open
}
