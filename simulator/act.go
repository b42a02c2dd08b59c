package simulator

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// PhoneActionKind is what a person does with a phone.
type PhoneActionKind string

// What a person can do.
const (
	ActionPIN      PhoneActionKind = "pin"       // enters PhoneAction.PIN, or the right one when it is empty
	ActionWrongPIN PhoneActionKind = "wrong_pin" // enters a wrong PIN
	ActionCancel   PhoneActionKind = "cancel"
	ActionIgnore   PhoneActionKind = "ignore" // lets the prompt time out
	ActionOff      PhoneActionKind = "off"
	ActionOn       PhoneActionKind = "on"
)

// PhoneAction is something that a person does with a phone.
type PhoneAction struct {
	Kind PhoneActionKind
	PIN  string
}

// Why a person can't do something.
var (
	ErrNoPrompt = errors.New("no prompt is open on this phone")
	ErrPhoneOff = errors.New("this phone is switched off")
	ErrPIN      = errors.New("a PIN is four digits")
)

// Act does what a person does with a phone, attended or not. A prompt whose result
// was decided by the queue, the scenario or the number cannot be answered: ErrNoPrompt.
// A phone that is switched off loses the prompt that it shows; the prompt then times out.
func (w *World) Act(m daraja.MSISDN, a PhoneAction) error {
	if a.Kind == ActionPIN && a.PIN != "" && !validPIN(a.PIN) {
		return ErrPIN
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Now()
	c := w.customer(m)
	switch a.Kind {
	case ActionOff, ActionOn:
		w.setPower(c, a.Kind == ActionOff, now)
		return nil
	case ActionPIN, ActionWrongPIN, ActionCancel, ActionIgnore:
		return w.answerPrompt(c, a, now)
	default:
		return fmt.Errorf("%.40q is nothing that a person does with a phone", string(a.Kind))
	}
}

func validPIN(s string) bool { return len(s) == 4 && strings.Trim(s, "0123456789") == "" }

// setPower switches a phone off or on.
func (w *World) setPower(c *customer, off bool, now time.Time) {
	if c.off == off {
		return
	}
	c.off = off
	if p := c.prompt; off && p != nil && p.answerable() {
		p.open.disposition = phoneSwitchedOff
		w.schedulePromptEnd(p, now, w.untilTimeout(p, now))
	}
	w.notify(EventPhone, c.number, "")
}

// answerPrompt does what a person does with an open prompt.
func (w *World) answerPrompt(c *customer, a PhoneAction, now time.Time) error {
	p := c.prompt
	switch {
	case c.off:
		return ErrPhoneOff
	case p == nil || !p.shown():
		return ErrNoPrompt
	case !p.answerable():
		return fmt.Errorf("%w for a person to answer: %s decides the outcome of %s", ErrNoPrompt, p.By, p.ID)
	}
	p.By = bothDecided(p.open.outcome.By, byPerson)
	switch {
	case a.Kind == ActionCancel:
		w.endPrompt(p, PromptResult{Result: daraja.ResultCancelled}, now)
	case a.Kind == ActionIgnore:
		p.open.disposition = leftUnanswered
		w.schedulePromptEnd(p, now, w.untilTimeout(p, now))
		w.notify(EventPhone, c.number, p.ID)
	case a.Kind == ActionWrongPIN || a.PIN != "" && c.PIN != "" && a.PIN != c.PIN:
		w.enterWrongPIN(p, c, now)
	default:
		if !c.locked {
			c.wrong = 0
		}
		w.endPrompt(p, w.defaultResult(p, now), now)
	}
	return nil
}

// enterWrongPIN counts a wrong PIN. The prompt stays open while there are tries left.
func (w *World) enterWrongPIN(p *prompt, c *customer, now time.Time) {
	wasLocked, pinLock := c.locked, w.settings.number(SettingPINLock)
	c.wrong++
	c.locked = c.locked || pinLock > 0 && c.wrong >= pinLock
	p.open.tries++
	switch {
	case wasLocked:
		w.endPrompt(p, PromptResult{Result: resultPINLocked}, now)
	case p.open.tries >= w.settings.number(SettingWrongPINTries):
		w.endPrompt(p, PromptResult{Result: resultWrongPIN}, now)
	default:
		w.notify(EventPhone, c.number, p.ID)
	}
}

// Attend puts a phone into a person's hands until leave is called: its prompts wait for the
// person until prompt_timeout. Several may hold one phone; when the last one leaves, the
// customer answers after think_time. It survives resets.
func (w *World) Attend(m daraja.MSISDN) (leave func()) {
	hold := func(n int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.addPhoneHolder(m, n)
	}
	hold(1)
	return sync.OnceFunc(func() { hold(-1) })
}

// maxAttended bounds the phones that SetAttended holds.
const maxAttended = 10_000

// SetAttended holds a phone as Attend does, or leaves it. It fails when too many are held.
func (w *World) SetAttended(m daraja.MSISDN, attend bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch held := w.attended[m]; {
	case held == attend:
	case held:
		delete(w.attended, m)
		w.addPhoneHolder(m, -1)
	case len(w.attended) >= maxAttended:
		return fmt.Errorf("%d phones are attended; leave one first", maxAttended)
	default:
		w.attended[m] = true
		w.addPhoneHolder(m, 1)
	}
	return nil
}

// addPhoneHolder counts who holds a phone. The caller holds mu.
func (w *World) addPhoneHolder(m daraja.MSISDN, n int) {
	before := w.phoneHolders[m]
	w.phoneHolders[m] += n
	if before > 0 && w.phoneHolders[m] > 0 {
		return
	}
	if w.phoneHolders[m] == 0 {
		delete(w.phoneHolders, m)
	}
	c := w.customer(m)
	if c.prompt != nil {
		w.followPhoneHolder(c.prompt, w.clock.Now())
	}
	w.notify(EventPhone, m, "")
}

// followPhoneHolder makes an open prompt wait for the person who holds the phone, or no
// longer when the person has left. It reports whether that changed its end.
func (w *World) followPhoneHolder(p *prompt, now time.Time) bool {
	switch held := w.phoneHolders[p.Phone] > 0; {
	case held && p.answerable() && p.open.disposition == defaultOutcome:
		p.open.disposition = awaitsPerson
		w.schedulePromptEnd(p, now, w.untilTimeout(p, now))
	case !held && p.open.disposition == awaitsPerson:
		p.open.disposition = defaultOutcome
		w.schedulePromptEnd(p, now, w.settings.duration(SettingThinkTime))
	default:
		return false
	}
	return true
}
