package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/scenarios"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

// bannerTemplate has the text of banners. What is not indented is wrapped.
//
//go:embed banner.tmpl
var bannerTemplate string

// bannerWidth is how many columns the sentences of a banner have.
const bannerWidth = 110

// banner is what a person reads first of a simulator: its addresses and credentials, and
// what decides the results. It is read from the running world, so that it is true whether a
// flag, a setting or a scenario has set it.
type banner struct {
	BaseURL, ControlURL             string
	Proxy                           string // HOST:PORT of the proxy, "" for none
	Key, Secret, Shortcode, Passkey string
	Scenario, File, Description     string   // "" for none; File is that of a scenario that is watched
	Preset, PresetDescription       string   // "" for none
	Rules                           []string // whose rules decide, the first first
	Frozen, Strict                  bool
	Speed                           float64
	ThinkTime                       string // until a customer answers
	Quiet                           bool

	Gateway, Admin, Inbox, Data string // of up, "" for a simulator alone; Admin is "" when it is off
	Temporary                   bool   // whether Data is deleted
	Till                        string // that the gateway collects for; "" for the paybill

	now time.Time
	env *env // prints the commands
}

// banner reads the default world of sim, which runs.
func (f worldFlags) banner(e *env, sim *simapp.App, quiet bool) banner {
	w, _ := sim.Worlds().Get(defaultWorld) // it always exists
	world, clock := w.Info(), w.Clock()
	b := banner{
		BaseURL: cmp.Or(strings.TrimRight(f.PublicURL, "/"), world.BaseURL), ControlURL: sim.ControlURL(), Proxy: sim.ProxyAddr(),
		Key: world.ConsumerKey, Secret: world.ConsumerSecret, Shortcode: world.Shortcode, Passkey: world.Passkey,
		Frozen: clock.Frozen(), Speed: clock.Speed(), Quiet: quiet, now: clock.Now(), env: e,
	}
	for _, s := range w.Domain().Settings() {
		switch s.Name {
		case "think_time":
			b.ThinkTime = s.Value
		case "strict_callbacks":
			b.Strict = s.Value != "off"
		}
	}
	if s, ok := w.Loaded(); ok && f.Scenario != "" {
		b.Scenario, b.Description = s.Name, s.Description
		if isOrdinary(s.File) {
			b.File = s.File
		}
		if parsed, err := language().Parse(s.File, []byte(s.Source), loadIncluded); err == nil && parsed.Rules() > 0 {
			b.Rules = append(b.Rules, "the scenario's rules")
		}
	}
	if preset, err := scenarios.Parse(language(), f.Preset); f.Preset != "" && err == nil {
		b.Preset, b.PresetDescription = preset.Name, preset.Description
		if preset.Rules() > 0 {
			b.Rules = append(b.Rules, "the preset's rules")
		}
	}
	return b
}

func (b banner) String() string {
	name := "simulator"
	if b.Gateway != "" {
		name = "up"
	}
	var text, wrapped strings.Builder
	err := template.Must(template.New("").Funcs(template.FuncMap{
		"version": func() string { return version }, "shell": shellQuote, "oneLine": oneLine, "join": strings.Join, "duration": durationText,
		"localKey": func() string { return localKey }, "webhookSecret": localPartner().WebhookSecret, "phone": daraja.SandboxMSISDN.Digits,
		"column": func(s string) string { return fmt.Sprintf("%-24s", s) },
		"indent": func(s string) string { return strings.ReplaceAll(wrap(s, bannerWidth-2), "\n", "\n  ") },
	}).Parse(bannerTemplate)).ExecuteTemplate(&text, name, b)
	if err != nil {
		return err.Error() + "\n"
	}
	for line := range strings.Lines(text.String()) {
		if !strings.HasPrefix(line, " ") {
			line = wrap(line, bannerWidth) + "\n"
		}
		wrapped.WriteString(line)
	}
	return wrapped.String()
}

// OtherControl reports whether commands need the address of the control port.
func (b banner) OtherControl() bool { return b.ControlURL != defaultControlURL }

// AdvanceClock is the command that moves the clock until a customer has answered.
func (b banner) AdvanceClock() string {
	by := 5 * time.Second
	if d, err := time.ParseDuration(b.ThinkTime); err == nil {
		by = max(by, d+time.Second)
	}
	return clientFlags{controlFlags{Control: b.ControlURL}, defaultWorld}.hint(b.env, "clock", "advance", by.String())
}

// ListPartners is a command that uses the administration.
func (b banner) ListPartners() string {
	return adminFlags{AdminURL: b.Admin, Data: b.Data}.hint(b.env, "gateway", "partner", "list")
}

// RunApp is a command that runs an app which has Safaricom's hosts built in.
func (b banner) RunApp() string {
	return b.env.hint([]flagValue{{"--proxy-addr", b.Proxy, "DARAJABOX_PROXY_ADDR", simapp.DefaultProxyAddr}}, "env") + " -- your-app"
}

// Timestamp is that of the printed push.
func (b banner) Timestamp() string { return daraja.Timestamp(b.now) }

func (b banner) Password() string { return daraja.Password(b.Shortcode, b.Passkey, b.Timestamp()) }

// durationText is a duration in words; what is none stays as it is.
func durationText(s string) string {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil || d < time.Second:
		return s
	case d == time.Second:
		return "1 second"
	default:
		return fmt.Sprintf("%g seconds", d.Seconds())
	}
}

// wrap breaks a text between words into lines of at most width characters.
func wrap(s string, width int) string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(oneLine(s)) {
		if line != "" && utf8.RuneCountInString(line+" "+word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return strings.Join(append(lines, line), "\n")
}

// bannerWriter keeps a banner apart from lines for programs.
func (f activityFlags) bannerWriter(e *env) io.Writer {
	if f.Output == "json" {
		return e.stderr
	}
	return e.stdout
}
