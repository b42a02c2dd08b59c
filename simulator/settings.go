package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Names of the settings. Each is a point where the real Daraja was seen to behave
// in more than one way, or where a test needs it to misbehave.
const (
	SettingExpiresIn       = "expires_in"
	SettingInvalidate      = "token_invalidation"
	SettingWrongMethod     = "wrong_method"
	SettingCheckoutMillis  = "checkout_id_millis"
	SettingPendingQuery    = "pending_query"
	SettingQueryTypo       = "query_typo"
	SettingCallbackAmount  = "callback_amount"
	SettingCallbackBalance = "callback_balance"
	SettingCallbackCopies  = "callback_copies"
	SettingStrictCallbacks = "strict_callbacks"
	SettingSameAmount      = "same_amount_guard"
	SettingThinkTime       = "think_time"
	SettingPromptTimeout   = "prompt_timeout"
	SettingWrongPINTries   = "wrong_pin_tries"
	SettingPINLock         = "pin_lock"
	SettingDialect         = "dialect"
)

const (
	on  = "on"
	off = "off"
)

// Setting is a switch of a world.
type Setting struct {
	Name    string
	Default string
	Allowed []string // nil where Form says what is taken
	Form    string   // for a person: "a duration from 0s to 10m"
	Doc     string

	check func(string) error
}

// Settings lists every setting there is.
func Settings() []Setting {
	return []Setting{
		{Name: SettingExpiresIn, Default: "string", Allowed: []string{"string", "number"},
			Doc: "type of expires_in in a token's JSON"},
		{Name: SettingInvalidate, Default: off, Allowed: []string{off, on},
			Doc: "a new token makes the app's earlier ones invalid"},
		{Name: SettingWrongMethod, Default: "405.001", Allowed: []string{"405.001", "404.001.04"},
			Doc: "error for the wrong verb on a known path"},
		{Name: SettingCheckoutMillis, Default: "3", Allowed: []string{"3", "1"},
			Doc: "digits of milliseconds in a CheckoutRequestID: production's 3, the sandbox's 1"},
		{Name: SettingPendingQuery, Default: "4999", Allowed: []string{"4999", "500"},
			Doc: "query of an open prompt: 200 with ResultCode 4999, or 500.001.1001"},
		{Name: SettingQueryTypo, Default: on, Allowed: []string{on, off},
			Doc: "the wire's \"successsfully\" in the query's ResponseDescription"},
		{Name: SettingCallbackAmount, Default: "1.00", Allowed: []string{"1.00", "1"},
			Doc: "form of Amount in callbacks"},
		{Name: SettingCallbackBalance, Default: "no-value", Allowed: []string{"no-value", "absent"},
			Doc: "the item Balance in callbacks"},
		{Name: SettingCallbackCopies, Default: "1", Form: "a number from 1 to 50", check: checkNumber(1, 50),
			Doc: "how often each callback is sent"},
		{Name: SettingStrictCallbacks, Default: off, Allowed: []string{off, on},
			Doc: "refuse the callback URLs that Safaricom refuses: http, localhost, addresses, forbidden words"},
		{Name: SettingSameAmount, Default: off, Allowed: []string{off, on},
			Doc: "result 17 for the same amount from the same customer within two minutes"},
		{Name: SettingThinkTime, Default: "2s", Form: "a duration from 0s to 10m", check: checkDuration(0, 10*time.Minute),
			Doc: "how long a customer takes, unless a scenario says otherwise"},
		{Name: SettingPromptTimeout, Default: "60s", Form: "a duration from 1s to 10m", check: checkDuration(time.Second, 10*time.Minute),
			Doc: "how long a prompt stays open on a phone that a person holds"},
		{Name: SettingWrongPINTries, Default: "1", Form: "a number from 1 to 10", check: checkNumber(1, 10),
			Doc: "wrong PINs that end a prompt with 2001"},
		{Name: SettingPINLock, Default: "3", Form: "a number from 0 to 100", check: checkNumber(0, 100),
			Doc: "wrong PINs in a row after which a customer's PIN is locked and everything ends with 8006; 0 is never"},
		{Name: SettingDialect, Default: string(daraja.DialectDaraja), Allowed: dialects(),
			Doc: "whose texts the result codes have"},
	}
}

func dialects() []string {
	var names []string
	for _, d := range daraja.Dialects() {
		names = append(names, string(d))
	}
	return names
}

func checkNumber(from, to int) func(string) error {
	return func(v string) error {
		if n, err := strconv.Atoi(v); err != nil || n < from || n > to {
			return fmt.Errorf("not a number from %d to %d", from, to)
		}
		return nil
	}
}

func checkDuration(from, to time.Duration) func(string) error {
	return func(v string) error {
		if d, err := time.ParseDuration(v); err != nil || d < from || d > to {
			return fmt.Errorf("not a duration from %s to %s", from, to)
		}
		return nil
	}
}

// LookupSetting finds a setting by name.
func LookupSetting(name string) (Setting, bool) {
	all := Settings()
	i := slices.IndexFunc(all, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return all[i], true
}

// Check returns why value is not one of s, or nil.
func (s Setting) Check(value string) error {
	if s.check != nil {
		if s.check(value) != nil {
			return fmt.Errorf("setting %s: %.60q is not %s%s", s.Name, value, s.Form, s.example(value))
		}
		return nil
	}
	if !slices.Contains(s.Allowed, value) {
		return fmt.Errorf("setting %s: %.60q is not one of %s%s", s.Name, value, strings.Join(s.Allowed, ", "), suggestion(value, s.Allowed))
	}
	return nil
}

// example shows a number without a unit as a duration, where s is one.
func (s Setting) example(value string) string {
	if _, err := strconv.ParseUint(value, 10, 32); err != nil || s.check(value+"s") != nil {
		return ""
	}
	return fmt.Sprintf(", such as %ss", value)
}

// CheckSettings returns the first fault in names and values, or nil.
func CheckSettings(values map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		s, ok := LookupSetting(name)
		if !ok {
			return fmt.Errorf("unknown setting %.60q; there are %s%s", name, strings.Join(settingNames(), ", "), suggestion(name, settingNames()))
		}
		if err := s.Check(values[name]); err != nil {
			return err
		}
	}
	return nil
}

// suggestion asks for the word that was probably meant; "" when none is near.
func suggestion(word string, words []string) string {
	near := Nearest(word, words)
	if near == "" {
		near = begun(word, words)
	}
	if near == "" {
		return ""
	}
	return "; did you mean " + near + "?"
}

// begun is the one name of words whose first part, before a _, is near to word; "" when
// none is, or several are.
func begun(word string, words []string) string {
	var parts []string
	of := make(map[string][]string)
	for _, w := range words {
		part, _, _ := strings.Cut(w, "_")
		parts = append(parts, part)
		of[part] = append(of[part], w)
	}
	if names := of[Nearest(word, parts)]; len(names) == 1 {
		return names[0]
	}
	return ""
}

func settingNames() []string {
	var names []string
	for _, s := range Settings() {
		names = append(names, s.Name)
	}
	return names
}

// options are a world's settings, read once into the form that the code uses.
type options struct {
	values       map[string]string
	expiresAsInt bool
	invalidate   bool
	tenths       bool
	pendingAs500 bool
	typo         bool
	style        daraja.CallbackStyle
	copies       int
	strict       bool
	sameAmount   bool
	thinkTime    time.Duration

	promptTimeout time.Duration
	wrongPINTries int
	pinLock       int
	dialect       daraja.Dialect
	wrongMethod   string
}

// newOptions merges layers over the defaults, the last one winning.
func newOptions(layers ...map[string]string) (options, error) {
	v := make(map[string]string)
	for _, s := range Settings() {
		v[s.Name] = s.Default
	}
	for _, layer := range layers {
		if err := CheckSettings(layer); err != nil {
			return options{}, err
		}
		maps.Copy(v, layer)
	}
	return options{
		values:       v,
		expiresAsInt: v[SettingExpiresIn] == "number",
		invalidate:   v[SettingInvalidate] == on,
		tenths:       v[SettingCheckoutMillis] == "1",
		pendingAs500: v[SettingPendingQuery] == "500",
		typo:         v[SettingQueryTypo] == on,
		style:        daraja.CallbackStyle{WholeAmount: v[SettingCallbackAmount] == "1", NoBalance: v[SettingCallbackBalance] == "absent"},
		copies:       number(v[SettingCallbackCopies]),
		strict:       v[SettingStrictCallbacks] == on,
		sameAmount:   v[SettingSameAmount] == on,
		thinkTime:    duration(v[SettingThinkTime]),

		promptTimeout: duration(v[SettingPromptTimeout]),
		wrongPINTries: number(v[SettingWrongPINTries]),
		pinLock:       number(v[SettingPINLock]),
		dialect:       daraja.Dialect(v[SettingDialect]),
		wrongMethod:   v[SettingWrongMethod],
	}, nil
}

// number and duration read values that have been checked.
func number(v string) int {
	n, _ := strconv.Atoi(v)
	return n
}

func duration(v string) time.Duration {
	d, _ := time.ParseDuration(v)
	return d
}
