package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/suggest"
)

// Names of the kernel's settings; products have more. Each is a point where the real
// Daraja was seen to behave in more than one way, or where a test needs it to misbehave.
const (
	SettingWrongMethod     = "wrong_method"
	SettingUnknownPath     = "unknown_path"
	SettingCallbackCopies  = "callback_copies"
	SettingStrictCallbacks = "strict_callbacks"
	SettingSameAmount      = "same_amount_guard"
	SettingThinkTime       = "think_time"
	SettingPromptTimeout   = "prompt_timeout"
	SettingWrongPINTries   = "wrong_pin_tries"
	SettingPINLock         = "pin_lock"
	SettingDialect         = "dialect"
	SettingTokenProducts   = "token_products"
	SettingLateResult      = "late_result"
	SettingMisspeltKeys    = "misspelt_keys"
)

// Dialects: the APIs whose texts the result codes can have.
const (
	DialectDaraja = "daraja"
	DialectMalipo = "malipo" // the Malipo gateway
)

const (
	on      = "on"
	off     = "off"
	refused = "refused"
)

// Setting is a switch of a world.
type Setting struct {
	Name    string
	Default string
	Allowed []string // nil where Form says what is taken
	Form    string   // for a person: "a duration from 0s to 10m"
	Doc     string

	takes func(string) bool // nil takes Allowed
}

// Settings lists every setting there is: the kernel's, then those of the products.
func (c *Catalogue) Settings() []Setting { return slices.Clone(c.settings) }

func kernelSettings() []Setting {
	return slices.Concat([]Setting{
		{Name: SettingWrongMethod, Default: "405.001", Allowed: []string{"405.001", "404.001.04"},
			Doc: "error for the wrong verb on a known path"},
		{Name: SettingUnknownPath, Default: "empty", Allowed: []string{"empty", "404.001.01"},
			Doc: "answer to a path without a simulated API, / among them: 404 without a body as captured, or the error of the documentation"},
		Setting{Name: SettingCallbackCopies, Default: "1",
			Doc: "how often each callback is sent"}.Number(1, 50),
		{Name: SettingStrictCallbacks, Default: off, Allowed: []string{off, "sandbox", "production", on},
			Doc: "refuse the callback URLs that Safaricom refuses: localhost, addresses, forbidden words; in production also http, ngrok and request bins. on is production"},
		{Name: SettingSameAmount, Default: off, Allowed: []string{off, on},
			Doc: "result 17 for the same amount from the same customer within two minutes"},
		Setting{Name: SettingThinkTime, Default: "2s",
			Doc: "how long a customer takes, unless a scenario says otherwise"}.Duration(0, 10*time.Minute),
		Setting{Name: SettingPromptTimeout, Default: "60s",
			Doc: "how long a prompt stays open on a phone that a person holds"}.Duration(time.Second, 10*time.Minute),
		Setting{Name: SettingWrongPINTries, Default: "1",
			Doc: "wrong PINs that end a prompt with 2001"}.Number(1, 10),
		Setting{Name: SettingPINLock, Default: "3",
			Doc: "wrong PINs in a row after which a customer's PIN is locked and everything ends with 8006; 0 is never"}.Number(0, 100),
		{Name: SettingDialect, Default: DialectDaraja, Allowed: []string{DialectDaraja, DialectMalipo},
			Doc: "whose texts the result codes have"},
		{Name: SettingMisspeltKeys, Default: refused, Allowed: []string{refused, accepted},
			Doc: "a field whose name Daraja misspells, such as RecieverIdentifierType, under its right spelling"},
		Setting{Name: SettingQueueTimeout, Default: "5m",
			Doc: "a request with a ResultURL whose result takes longer ends at its QueueTimeOutURL"}.Duration(time.Second, 24*time.Hour),
		{Name: SettingLateResult, Default: off, Allowed: []string{off, on},
			Doc: "a request that takes longer than queue_timeout is done all the same, and its result comes to ResultURL after the message to QueueTimeOutURL"},
		{Name: SettingTokenProducts, Default: "issue", Allowed: []string{"issue", "live"},
			Doc: "an access token is for the products that its app had when the token was issued, or for those that the app has now"},
	}, limitSettings(), tariffSettings(), initiatorSettings())
}

// Number is s with the whole numbers from least to most.
func (s Setting) Number(least, most int) Setting {
	s.Form = fmt.Sprintf("a number from %d to %d", least, most)
	s.takes = func(v string) bool { n, err := strconv.Atoi(v); return err == nil && n >= least && n <= most }
	return s
}

// Duration is s with the durations from least to most.
func (s Setting) Duration(least, most time.Duration) Setting {
	s.Form = fmt.Sprintf("a duration from %s to %s", shortDuration(least), shortDuration(most))
	s.takes = func(v string) bool { d, err := time.ParseDuration(v); return err == nil && d >= least && d <= most }
	return s
}

// shortDuration is 2h and not 2h0m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// Check returns why value is not one of s, or nil.
func (s Setting) Check(value string) error {
	switch {
	case s.takes != nil && s.takes(value) || slices.Contains(s.Allowed, value):
		return nil
	case s.takes != nil:
		return fmt.Errorf("setting %s: %.60q is not %s%s", s.Name, value, s.Form, s.example(value))
	}
	return fmt.Errorf("setting %s: %.60q is not one of %s%s", s.Name, value, strings.Join(s.Allowed, ", "), suggestion(value, s.Allowed))
}

// example shows a number without a unit as a duration, where s is one.
func (s Setting) example(value string) string {
	if _, err := strconv.ParseUint(value, 10, 32); err != nil || !s.takes(value+"s") {
		return ""
	}
	return fmt.Sprintf(", such as %ss", value)
}

// CheckSettings returns the first fault in names and values, or nil.
func (c *Catalogue) CheckSettings(values map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		s, ok := find(c.settings, func(s Setting) bool { return s.Name == name })
		if !ok {
			known := names(c.settings, func(s Setting) string { return s.Name })
			return fmt.Errorf("unknown setting %.60q; there are %s%s", name, strings.Join(known, ", "), suggestion(name, known))
		}
		if err := s.Check(values[name]); err != nil {
			return err
		}
	}
	return nil
}

// suggestion asks "did you mean" for the word nearest to a misspelt one, or else for the
// only one whose first part, before a _, is near; "" when none is.
func suggestion(word string, words []string) string {
	near := suggest.Nearest(word, words)
	if near == "" {
		byPart := make(map[string][]string)
		for _, w := range words {
			part, _, _ := strings.Cut(w, "_")
			byPart[part] = append(byPart[part], w)
		}
		if found := byPart[suggest.Nearest(word, slices.Sorted(maps.Keys(byPart)))]; len(found) == 1 {
			near = found[0]
		}
	}
	if near == "" {
		return ""
	}
	return "; did you mean " + near + "?"
}

// settingValues are the values of all settings, which have been checked.
type settingValues map[string]string

// newSettingValues merges layers over the defaults, the last one winning.
func (c *Catalogue) newSettingValues(layers ...map[string]string) (settingValues, error) {
	v := make(settingValues, len(c.settings))
	for _, s := range c.settings {
		v[s.Name] = s.Default
	}
	for _, layer := range layers {
		if err := c.CheckSettings(layer); err != nil {
			return nil, err
		}
		maps.Copy(v, layer)
	}
	return v, nil
}

func (v settingValues) isOn(name string) bool { return v[name] == on }

func (v settingValues) number(name string) int {
	n, _ := strconv.Atoi(v[name])
	return n
}

func (v settingValues) duration(name string) time.Duration {
	d, _ := time.ParseDuration(v[name])
	return d
}

func (v settingValues) money(name string) daraja.Money {
	m, _ := daraja.ParseMoney(v[name])
	return m
}

func (v settingValues) dialect() string { return v[SettingDialect] }

func (v settingValues) urlRules() daraja.URLRules {
	switch v[SettingStrictCallbacks] {
	case "sandbox":
		return daraja.URLSandbox
	case "production", on:
		return daraja.URLProduction
	}
	return daraja.URLAny
}
