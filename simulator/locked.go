package simulator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/splitmix"
	"github.com/darajabox/darajabox/simulator/ids"
)

// Locked is a world whose lock the caller holds. The operations, jobs and actions of
// products work with it; they keep it no longer than their call.
type Locked World

func (w *World) locked() *Locked { return (*Locked)(w) }

func (l *Locked) world() *World { return (*World)(l) }

// Now is the world's time.
func (l *Locked) Now() time.Time { return l.clock.Now() }

// Setting is the value of a setting, of the kernel or of any product.
func (l *Locked) Setting(name string) string { return l.settings[name] }

// IsOn reports whether a setting is on.
func (l *Locked) IsOn(name string) bool { return l.settings.isOn(name) }

// Duration is the value of a setting that is a duration.
func (l *Locked) Duration(setting string) time.Duration { return l.settings.duration(setting) }

// StateOf is what the product remembers in this world. It is nil for a product without
// NewState.
func (l *Locked) StateOf(product string) State { return l.products[product] }

// Organisation finds an organisation by its shortcode.
func (l *Locked) Organisation(shortcode string) (Organisation, bool) {
	if o := l.world().organisation(shortcode); o != nil {
		return o.Organisation, true
	}
	return Organisation{}, false
}

// Store is the shortcode of the organisation that has a till; "" for none.
func (l *Locked) Store(till string) string {
	for _, store := range slices.Sorted(maps.Keys(l.orgs)) {
		if l.orgs[store].Till == till {
			return store
		}
	}
	return ""
}

// Customer is the customer with a number, who is there from now on.
func (l *Locked) Customer(m daraja.MSISDN) Person {
	c := l.world().customer(m)
	p := c.Person
	p.Balance = l.world().balance(c)
	return p
}

// App finds an app by its consumer key.
func (l *Locked) App(key string) (App, bool) {
	app, ok := l.apps[key]
	return app, ok
}

// NewToken makes an access token for an app. It is valid, unless the outcome of the call
// revokes it at once.
func (l *Locked) NewToken(x *Exchange, app string, lifetime time.Duration) string {
	x.Token = l.ids.Token(x.stream, x.Now)
	if !x.Outcome.Reply.RevokeToken {
		l.tokens.put(x.Token, grant{app: app, expires: x.Now.Add(lifetime), products: l.apps[app].Products})
	}
	return x.Token
}

// RevokeTokens makes all tokens of an app invalid.
func (l *Locked) RevokeTokens(app string) {
	maps.DeleteFunc(l.tokens.byKey, func(_ string, g grant) bool { return g.app == app })
}

// RequestID is an identifier of a call in the form that M-PESA gives all of them.
func (l *Locked) RequestID(x *Exchange) string { return l.ids.RequestID(x.stream, x.Now) }

// ConversationID is an identifier of a call whose result comes later.
func (l *Locked) ConversationID(x *Exchange) string { return l.ids.ConversationID(x.stream, x.Now) }

// UniqueTime is the world's time in EAT, rounded down to step, or some steps later: it is
// another one at each call for a customer, for identifiers that have a time in them.
func (l *Locked) UniqueTime(m daraja.MSISDN, step time.Duration) time.Time {
	return l.ids.UniqueTime(m, l.clock.Now(), step)
}

// ResultText is the text of a result code of an operation, in the dialect that is set.
func (l *Locked) ResultText(api API, code daraja.ResultCode) string {
	result, _ := l.catalogue.Result(api, code)
	return result.Desc(l.settings.dialect())
}

// AnswerText is the text of the result that a call is answered with: as it was decided, or
// else that of the code.
func (l *Locked) AnswerText(x *Exchange, code daraja.ResultCode) string {
	if o := x.Outcome; o.Result == code && (o.Raw || o.Desc != "") {
		return o.Desc
	}
	return l.ResultText(x.API, code)
}

// SeedDraw is a random draw for one thing of a kind that follows from the seed alone: the
// same at every call.
func (l *Locked) SeedDraw(kind, what string) uint64 {
	return splitmix.Mix(splitmix.Mix(uint64(l.seed)) ^ uint64(ids.NewStream(kind, what)))
}

// Schedule schedules a job of a product after a time on the world's clock. Of the jobs of
// one instant, the lowest tie-breaker is done first. Snapshots share data, so it is never
// changed. A job that the product does not have is a mistake in the product: it panics.
func (l *Locked) Schedule(product, name, tieBreaker string, after time.Duration, data any) JobID {
	if l.catalogue.jobs[jobName{product, name}] == nil {
		panic(fmt.Sprintf("the product %s has no job %q", product, name))
	}
	return l.world().schedule(jobName{product, name}, tieBreaker, after, data)
}

// Send makes the faults of a callback's body and hands the callback to the sender. A plan
// without copies takes the setting.
func (l *Locked) Send(c Callback) {
	if raw := c.Plan.Raw; raw != nil && raw.Body != nil {
		c.Body = fill(*raw.Body, c.Body)
	}
	c.Faults = recordOf(l.catalogue.operation(c.API).faults, c.Plan.Faults)
	if c.Plan.Malformed {
		c.Body = c.Body[:len(c.Body)*2/3]
	}
	if c.Plan.Copies == 0 {
		c.Plan.Copies = l.settings.number(SettingCallbackCopies)
	}
	l.sink.ScheduleDelivery(c)
}

// SendSMS sends a customer a message from M-PESA about a payment; "" is about none.
func (l *Locked) SendSMS(m daraja.MSISDN, payment, text string) {
	w := l.world()
	w.sendSMS(w.customer(m), payment, text, l.clock.Now())
}

// Ask sends a callback whose answer matters. The job of the product runs when the answer
// comes, or without one when the deadline passes on the world's clock. Callback.ID is
// unique in the world.
func (l *Locked) Ask(c Callback, product, name string, deadline time.Duration, data any) {
	c.Awaited = l.Schedule(product, name, c.ID, deadline, data)
	l.Send(c)
}

// RecordCallbackReceipt keeps and returns the receipt that a successful callback carries: the
// one of its payment, or an earlier one. The customer's latest counts, or else one that the world's
// callbacks of the latest instant before carried, so that it does not depend on who pays
// first now.
func (l *Locked) RecordCallbackReceipt(earlier bool, phone daraja.MSISDN, receipt string, at time.Time) string {
	c := l.world().customer(phone)
	if earlier {
		receipt = cmp.Or(c.lastReceipt, l.receipts.before(at), receipt)
	}
	c.lastReceipt = receipt
	l.receipts.add(receipt, at)
	return receipt
}

// PartyName is the owner of an account in results: number and name, as 254708374149 - John Doe.
func (l *Locked) PartyName(o Owner) string { return string(o) + " - " + l.world().nameOf(o) }

// BalanceOf is what an account of an organisation holds.
func (l *Locked) BalanceOf(shortcode string, k AccountKind) daraja.Money {
	return l.accounts.balance(OrganisationAccount(shortcode, k))
}
