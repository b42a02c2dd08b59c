package simulator

import (
	"fmt"
	"maps"
	"unicode"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
)

// MaxName is how many characters the name of a customer may have.
const MaxName = 60

// CustomerEdit says what is to change about a customer. What is nil stays as it is.
type CustomerEdit struct {
	Name    *string
	PIN     *string
	Balance *daraja.Money
	On      *bool // whether the phone is switched on

	Registered *bool // whether the number has an M-PESA account
}

// EditCustomer changes a customer, who is added when there is none with this number.
// Either all of the edit is made or, when a field is wrong, nothing; the error then
// begins with the field's name. A new PIN is never locked. It holds until a reset, or
// until a scenario is applied that sets the same customer up.
func (w *World) EditCustomer(m daraja.MSISDN, e CustomerEdit) (Phone, error) {
	if err := e.check(); err != nil {
		return Phone{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.customer(m)
	c.edited = true
	if e.Name != nil {
		c.Name = *e.Name
	}
	if e.PIN != nil {
		c.PIN, c.wrong, c.locked = *e.PIN, 0, false
	}
	if e.Balance != nil {
		w.setBalance(Wallet(m), *e.Balance)
	}
	if e.Registered != nil {
		c.Unregistered = !*e.Registered
	}
	if e.On != nil && *e.On == c.off {
		w.setPower(c, !*e.On, w.clock.Now())
	} else {
		w.notify(EventPhone, c.number, "")
	}
	return w.phoneView(c), nil
}

func (e CustomerEdit) check() error {
	if e.Name != nil {
		if err := checkName(*e.Name); err != nil {
			return err
		}
	}
	if e.PIN != nil && !validPIN(*e.PIN) {
		return fmt.Errorf("pin: it must be four digits")
	}
	if b := e.Balance; b != nil && (*b < 0 || *b > daraja.MaxWallet) {
		return fmt.Errorf("balance_cents is %d; it must be from 0 to %d, since an M-PESA wallet holds at most %s", int64(*b), int64(daraja.MaxWallet), daraja.MaxWallet.Grouped())
	}
	return nil
}

// checkName refuses what would not fit on a screen, or change it.
func checkName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return fmt.Errorf("name is empty; it must have 1 to %d characters", MaxName)
	case n > MaxName:
		return fmt.Errorf("name has %d characters; it must have 1 to %d", n, MaxName)
	case !utf8.ValidString(name):
		return fmt.Errorf("name is not UTF-8")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("name has the character %U, which cannot be printed", r)
		}
	}
	return nil
}

// ChangeSettings changes settings while the world runs, at once: the next request
// meets the new values. They hold until a reset, or until a scenario is applied that
// sets the same setting.
func (w *World) ChangeSettings(values map[string]string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	edited := w.editedSettingsExcept(nil)
	maps.Copy(edited, values)
	settings, err := w.catalogue.newSettingValues(w.base.settings, w.setup.Settings, edited)
	if err != nil {
		return err
	}
	w.settings, w.editedSettings = settings, edited
	w.notify(EventSettings, "", "")
	return nil
}

// editedSettingsExcept is a copy of what was changed by hand, without what a scenario sets.
// The caller holds mu.
func (w *World) editedSettingsExcept(settings map[string]string) map[string]string {
	left := make(map[string]string)
	for name, value := range w.editedSettings {
		if _, set := settings[name]; !set {
			left[name] = value
		}
	}
	return left
}
