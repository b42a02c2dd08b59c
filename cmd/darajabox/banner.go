package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/scenarios"
	simapp "github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// bannerWidth is how many columns the sentences of a banner have.
const bannerWidth = 110

// testPhone is the number that the printed commands use.
const testPhone = string(daraja.SandboxMSISDN)

// worldFacts are what a banner says of the simulator: how it is reached, and what
// decides what happens there. They are those of the running world, so that they are
// true whether a flag, a setting or a scenario has set them.
type worldFacts struct {
	baseURL, controlURL             string
	key, secret, shortcode, passkey string
	scenario, file, description     string   // "" for none; file is that of a scenario that is watched
	preset, presetDescription       string   // "" for none
	rules                           []string // whose rules decide, the first first
	frozen, strict                  bool
	speed                           float64
	thinkTime                       string // until a customer answers
	now                             time.Time
	quiet                           bool
	env                             *env // prints the commands
}

// facts are those of sim, which runs.
func (f worldFlags) facts(e *env, sim *simapp.App, quiet bool) worldFacts {
	w, _ := sim.Worlds().Get(defaultWorld) // it is always there
	info, clock := w.Info(), w.Clock()
	facts := worldFacts{
		baseURL: cmp.Or(strings.TrimRight(f.PublicURL, "/"), info.BaseURL), controlURL: sim.ControlURL(),
		key: info.ConsumerKey, secret: info.ConsumerSecret, shortcode: info.Shortcode, passkey: info.Passkey,
		frozen: clock.Frozen(), speed: clock.Speed(), now: clock.Now(), quiet: quiet, env: e,
	}
	for _, s := range w.Domain().Settings() {
		switch s.Name {
		case "think_time":
			facts.thinkTime = s.Value
		case "strict_callbacks":
			facts.strict = s.Value == "on"
		}
	}
	if s, ok := w.Loaded(); ok && f.Scenario != "" {
		facts.scenario, facts.description = s.Name, s.Description
		if isOrdinary(s.File) {
			facts.file = s.File
		}
		if parsed, err := scenario.ParseWith(s.File, []byte(s.Source), loadIncluded); err == nil && parsed.Rules() > 0 {
			facts.rules = append(facts.rules, "the scenario's rules")
		}
	}
	if preset, err := scenarios.Parse(f.Preset); f.Preset != "" && err == nil {
		facts.preset, facts.presetDescription = preset.Name, preset.Description
		if preset.Rules() > 0 {
			facts.rules = append(facts.rules, "the preset's rules")
		}
	}
	return facts
}

// decides says what happens to a payment, and why.
func (f worldFacts) decides() string {
	var b strings.Builder
	if f.scenario != "" {
		name := f.scenario
		if f.file != "" {
			name += " (" + f.file + ", read again when it changes)"
		}
		b.WriteString(active("Scenario", name, f.description))
	}
	if f.preset != "" {
		b.WriteString(active("Preset", f.preset, f.presetDescription))
	}
	pays := "any other pays after " + spoken(f.thinkTime)
	if f.frozen {
		pays += " of the simulator's clock"
	}
	rules := "The phone number decides what happens: "
	if len(f.rules) > 0 {
		rules = "First " + strings.Join(f.rules, ", then ") + " decide. Where none applies, the phone number decides: "
		pays += " if the wallet holds enough"
	}
	b.WriteString(wrapped(rules + "254700001032 cancels, 254700002001 enters a wrong PIN, 254700000001 has too little money; " + pays + "."))
	return b.String() + f.clock()
}

// clock says how the time goes where it does not go as on the wall.
func (f worldFacts) clock() string {
	switch {
	case f.frozen:
		return "\nThe simulator's clock is frozen. After a push nothing happens until you move it:\n\n  " + f.advance() + "\n"
	case f.speed != 1:
		return "\n" + wrapped(fmt.Sprintf("The simulator's clock runs %g times as fast as real time.", f.speed))
	default:
		return ""
	}
}

// advance is the command that moves the clock until a customer has answered.
func (f worldFacts) advance() string {
	by := 5 * time.Second
	if d, err := time.ParseDuration(f.thinkTime); err == nil {
		by = max(by, d+time.Second)
	}
	return clientFlags{controlFlags{Control: f.controlURL}, defaultWorld}.hint(f.env, "clock", "advance", by.String())
}

// below says where to look next.
func (f worldFacts) below(what string) string {
	before := ""
	if f.controlURL != defaultControlURL {
		before = "Commands such as pay, payments and phone look for the control port elsewhere. In the shell where you use them:\n\n  export DARAJABOX_CONTROL=" + f.controlURL + "\n\n"
	}
	text := "Open the console at " + f.controlURL + " to act as the customer and to see every request. "
	if f.quiet {
		return before + wrapped(text+"Nothing more is printed here (--quiet). Ctrl-C stops.")
	}
	return before + wrapped(text+what+" are printed below, with the time of the simulator's clock in EAT (UTC+3). Ctrl-C stops.")
}

// push is a token request and a push for sh, as an app sends them.
func (f worldFacts) push() string {
	stamp := daraja.Timestamp(f.now)
	callback := "http://127.0.0.1:3000/callback"
	if f.strict {
		callback = "https://your-app.example/callback"
	}
	body := fmt.Sprintf(`{"BusinessShortCode":%s,"Password":%q,"Timestamp":%q,"TransactionType":%q,"Amount":150,"PartyA":%s,"PartyB":%s,"PhoneNumber":%s,"CallBackURL":%q,"AccountReference":"INV-1","TransactionDesc":"Payment"}`,
		f.shortcode, daraja.Password(f.shortcode, f.passkey, stamp), stamp, daraja.CustomerPayBillOnline, testPhone, f.shortcode, testPhone, callback)
	return fmt.Sprintf(`  TOKEN=$(curl -sS -u %s %s |
    sed -E 's/.*"access_token": *"([^"]+)".*/\1/')
  curl -sS %s -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' -d %s
`,
		shellQuote(f.key+":"+f.secret), shellQuote(f.baseURL+daraja.TokenPath+"?grant_type=client_credentials"),
		shellQuote(f.baseURL+daraja.STKPushPath), shellQuote(body))
}

// spoken is a duration in words; what is none stays as it is.
func spoken(s string) string {
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

// active names a scenario or preset, its description below.
func active(kind, name, description string) string {
	line := kind + " " + oneLine(name) + " is active"
	if description == "" {
		return line + ".\n"
	}
	folded := strings.TrimSpace(fold(oneLine(description), bannerWidth-2))
	return line + ":\n  " + strings.ReplaceAll(folded, "\n", "\n  ") + "\n"
}

func wrapped(s string) string { return fold(oneLine(s), bannerWidth) }

// fold breaks a text between words into lines of at most width characters.
func fold(s string, width int) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(s) {
		n := len([]rune(word))
		switch {
		case column == 0:
		case column+1+n > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String() + "\n"
}

// bannerTo is where a banner does not mix with lines for programs.
func (f activityFlags) bannerTo(e *env) io.Writer {
	if f.Output == "json" {
		return e.stderr
	}
	return e.stdout
}

// simulatorBanner is what a person reads first of a simulator that runs alone.
func simulatorBanner(f worldFacts) string {
	return fmt.Sprintf(`darajabox %s, the simulator

  base URL         %s
  consumer key     %s
  consumer secret  %s
  shortcode        %s
  passkey          %s
  control          %-24s console in the browser; the control API at /docs

Get a token and send a push:

%s
%s
%s
%s
`, version, f.baseURL, f.key, f.secret, f.shortcode, f.passkey, f.controlURL, f.push(),
		wrapped("Password is base64 of shortcode, passkey and Timestamp. The callback goes to CallBackURL: put your app's URL there."),
		f.decides(), f.below("Requests and callbacks"))
}

// upBanner is what a person reads first of `up`.
type upBanner struct {
	worldFacts
	gateway, admin, inbox, data, note string // admin is "" when it is off
	till                              string // that the gateway collects for; "" for the paybill
}

// String lays it out.
func (b upBanner) String() string {
	return fmt.Sprintf(`darajabox %s

  simulator  %-24s Daraja's API: consumer key %s, consumer secret %s, shortcode %s,
             %-24s passkey %s
  control    %-24s console in the browser; the control API at /docs
  gateway    %-24s payment API, X-API-KEY: %s%s
  admin      %s
  inbox      %-24s plays your shop: takes the gateway's webhooks
  webhooks   signed with %s
  data       %s, %s

Make a payment:

  curl -sS %s/api/v1/mpesa/stk_push -H 'X-API-KEY: %s' -H 'Content-Type: application/json' -d '{"phone":"%s","amount":150,"reference":"INV-1","callback_url":"%s/webhook"}'

%s
%s
`, version, b.baseURL, b.key, b.secret, b.shortcode, "", b.passkey, b.controlURL, b.gateway, localKey, b.collects(), b.adminRow(), b.inbox,
		localPartner().WebhookSecret(), b.data, b.note, b.gateway, localKey, testPhone, b.inbox,
		b.decides()+b.strictness(), b.below("Requests, callbacks and webhooks"))
}

// collects names the till that is paid.
func (b upBanner) collects() string {
	if b.till == "" {
		return ""
	}
	return "; collects for till " + b.till
}

// adminRow is the address of administration and a command that uses it.
func (b upBanner) adminRow() string {
	if b.admin == "" {
		return "off"
	}
	return fmt.Sprintf("%-24s %s", b.admin, adminFlags{AdminURL: b.admin, Data: b.data}.hint(b.env, "gateway", "partner", "list"))
}

// strictness says that strict callback URLs leave out this gateway's own.
func (b upBanner) strictness() string {
	if !b.strict {
		return ""
	}
	return "\n" + wrapped("Strict callbacks are on: the simulator refuses this gateway's callback URL ("+cmp.Or(b.gateway, "http")+
		"), as Safaricom would, so the payment above is refused.")
}
