package simulator

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// ActionKind is what a person does with a phone.
type ActionKind string

// What a person can do.
const (
	ActionPIN      ActionKind = "pin"       // enters Action.PIN, or the right one when it is empty
	ActionWrongPIN ActionKind = "wrong_pin" // enters a wrong PIN
	ActionCancel   ActionKind = "cancel"
	ActionIgnore   ActionKind = "ignore" // lets the prompt time out
	ActionOff      ActionKind = "off"
	ActionOn       ActionKind = "on"
)

// Action is something that a person does with a phone.
type Action struct {
	Kind ActionKind
	PIN  string
}

// Why a person can't do something.
var (
	ErrNoPrompt = errors.New("no prompt is open on this phone")
	ErrPhoneOff = errors.New("this phone is switched off")
	ErrPIN      = errors.New("a PIN is four digits")
)

// Act does what a person does with a phone, attended or not. A prompt whose result
// was decided by the queue, the scenario or the number goes its way whatever the
// person does, and counts as none: ErrNoPrompt. A phone that is switched off loses
// the prompt that it shows; the prompt then times out.
func (w *World) Act(m daraja.MSISDN, a Action) error {
	if a.Kind == ActionPIN && a.PIN != "" && !validPIN(a.PIN) {
		return ErrPIN
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Now()
	c := w.customer(m)
	switch a.Kind {
	case ActionOff, ActionOn:
		w.power(c, a.Kind == ActionOff, now)
		return nil
	case ActionPIN, ActionWrongPIN, ActionCancel, ActionIgnore:
		return w.answer(c, a, now)
	default:
		return fmt.Errorf("%.40q is nothing that a person does with a phone", string(a.Kind))
	}
}

func validPIN(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 4
}

// power switches a phone off or on.
func (w *World) power(c *customer, off bool, now time.Time) {
	if c.off == off {
		return
	}
	c.off = off
	if p := c.prompt; off && p != nil && p.answerable() {
		p.open.course = lost
		w.arm(p, now, w.untilTimeout(p, now))
	}
	w.tell(EventPhone, c.number, "")
}

// answer does what a person does with an open prompt.
func (w *World) answer(c *customer, a Action, now time.Time) error {
	p := c.prompt
	switch {
	case c.off:
		return ErrPhoneOff
	case p == nil || !p.shown():
		return ErrNoPrompt
	case !p.answerable():
		return fmt.Errorf("%w for a person to answer: %s decides the outcome of %s", ErrNoPrompt, p.by, p.checkoutID)
	}
	if p.by == "" {
		p.by = byPerson
	}
	switch {
	case a.Kind == ActionCancel:
		w.conclude(p, c, daraja.ResultCancelled, "", now)
	case a.Kind == ActionIgnore:
		p.open.course = ignored
		w.arm(p, now, w.untilTimeout(p, now))
		w.tell(EventPhone, c.number, p.checkoutID)
	case a.Kind == ActionWrongPIN || a.PIN != "" && c.PIN != "" && a.PIN != c.PIN:
		w.wrongPIN(p, c, now)
	default:
		if !c.locked {
			c.wrong = 0
		}
		var code daraja.ResultCode
		code, p.why = w.nature(p, c, now)
		w.conclude(p, c, code, "", now)
	}
	return nil
}

// wrongPIN counts a wrong PIN. The prompt stays open while there are tries left.
func (w *World) wrongPIN(p *prompt, c *customer, now time.Time) {
	wasLocked := c.locked
	c.wrong++
	c.locked = c.locked || w.opt.pinLock > 0 && c.wrong >= w.opt.pinLock
	p.open.tries++
	switch {
	case wasLocked:
		w.conclude(p, c, resultPINLocked, "", now)
	case p.open.tries >= w.opt.wrongPINTries:
		w.conclude(p, c, resultWrongPIN, "", now)
	default:
		w.tell(EventPhone, c.number, p.checkoutID)
	}
}

// Attend puts a phone into a person's hands until leave is called: nature waits for
// the person until prompt_timeout. Several may hold one phone; nature goes on, from
// then, when the last one leaves. It survives resets.
func (w *World) Attend(m daraja.MSISDN) (leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attended[m]++
	if w.attended[m] == 1 {
		w.takeUp(w.customer(m), w.clock.Now())
	}
	return sync.OnceFunc(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.attended[m]--
		if w.attended[m] == 0 {
			delete(w.attended, m)
			w.putDown(w.customer(m), w.clock.Now())
		}
	})
}

// takeUp makes nature wait for the person.
func (w *World) takeUp(c *customer, now time.Time) {
	if p := c.prompt; p != nil && p.answerable() && p.open.course == natural {
		p.open.course = waiting
		w.arm(p, now, w.untilTimeout(p, now))
	}
	w.tell(EventPhone, c.number, "")
}

// putDown lets nature go on.
func (w *World) putDown(c *customer, now time.Time) {
	if p := c.prompt; p != nil && p.open.course == waiting {
		p.open.course = natural
		w.arm(p, now, w.opt.thinkTime)
	}
	w.tell(EventPhone, c.number, "")
}
