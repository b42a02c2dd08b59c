package harness

import (
	"fmt"
	"strconv"
	"strings"
)

// scenarioFile is what the steps of a scenario make of M-PESA, in the language of
// the simulator's scenario files.
type scenarioFile struct {
	name      string
	settings  []string
	customers []string
	rules     []*rule
}

// rule is what becomes of one customer's prompts. Empty parts are left out.
type rule struct {
	phone    string
	result   string
	desc     string
	after    string
	callback []string
}

func (f *scenarioFile) set(name, value string) {
	f.settings = append(f.settings, name+": "+strconv.Quote(value))
}

func (f *scenarioFile) balance(phone string, shillings int) {
	f.customers = append(f.customers, fmt.Sprintf("{phone: %q, balance: %d}", phone, shillings))
}

// rule returns the rule of a phone, a new one when there is none.
func (f *scenarioFile) rule(phone string) *rule {
	for _, r := range f.rules {
		if r.phone == phone {
			return r
		}
	}
	r := &rule{phone: phone}
	f.rules = append(f.rules, r)
	return r
}

// String is the file, or "" when there is nothing to say.
func (f *scenarioFile) String() string {
	if len(f.settings)+len(f.customers)+len(f.rules) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "name: %q\n", f.name)
	if len(f.settings)+len(f.customers) > 0 {
		b.WriteString("world:\n")
	}
	if len(f.settings) > 0 {
		fmt.Fprintf(&b, "  settings: {%s}\n", strings.Join(f.settings, ", "))
	}
	if len(f.customers) > 0 {
		fmt.Fprintf(&b, "  customers: [%s]\n", strings.Join(f.customers, ", "))
	}
	if len(f.rules) > 0 {
		b.WriteString("rules:\n")
	}
	for _, r := range f.rules {
		fmt.Fprintf(&b, "  - when: {phone: %q}\n    then: {%s}\n", r.phone, r.then())
	}
	return b.String()
}

func (r *rule) then() string {
	var parts []string
	for _, p := range []struct{ key, value string }{{"result", r.result}, {"desc", r.desc}, {"after", r.after}} {
		if p.value != "" {
			parts = append(parts, fmt.Sprintf("%s: %q", p.key, p.value))
		}
	}
	if len(r.callback) > 0 {
		parts = append(parts, "callback: {"+strings.Join(r.callback, ", ")+"}")
	}
	return strings.Join(parts, ", ")
}
