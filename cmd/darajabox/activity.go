package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/inbox"
	"github.com/darajabox/darajabox/internal/activity"
	"github.com/darajabox/darajabox/simulator"
	simapp "github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/journal"
)

// activityFlags choose what is printed while services run.
type activityFlags struct {
	Quiet  bool   `help:"Print no lines about requests, callbacks and webhooks." short:"q"`
	Output string `help:"Form of the lines about requests, callbacks and webhooks: text for people, json for programs, an object on each line; the rest is then printed to standard error." enum:"text,json" default:"text" short:"o"`
}

// linesHelp explains the lines that up and simulator print.
func linesHelp() string {
	return `Each request, callback and webhook is printed as a line: its time, its kind, the payment's reference, amount and phone (the last four digits), and the result in words; a refusal with its reason. The time is that of the simulator's clock in East Africa Time (EAT, UTC+3), for webhooks too; with --frozen, --speed or --at it is not the time of the machine. The lines are for people and may change: scripts take --output json, an object on each line. --quiet turns them off.`
}

// defaultWorld is the simulator's world that is there from the start.
const defaultWorld = "default"

// reporter prints what simulator and inbox report. Its printer makes one event at a
// time, so payments needs no lock.
type reporter struct {
	printer  *activity.Printer
	payments payments
}

// newReporter makes a reporter, or nil when the lines are turned off.
func (f activityFlags) newReporter(e *env) *reporter {
	if f.Quiet {
		return nil
	}
	return &reporter{printer: activity.NewPrinter(activity.Config{
		Out: e.stdout, JSON: f.Output == "json", Today: time.Now(), After: time.After,
	})}
}

// start begins to print, what was reported before included.
func (r *reporter) start(e *env) {
	if r != nil {
		_ = r.printer.Start(e.ctx) // it does not fail
	}
}

// flushWithin is how long a terminal may take for the last lines.
const flushWithin = 2 * time.Second

// stop prints what is left.
func (r *reporter) stop() {
	if r == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushWithin)
	defer cancel()
	_ = r.printer.Stop(ctx) // it does not fail
}

// records takes the records of the simulator's journals; nil takes none.
func (r *reporter) records() func(simapp.Record) {
	if r == nil {
		return nil
	}
	return func(kept simapp.Record) {
		r.printer.Add(func() activity.Event { return r.event(kept) })
	}
}

// reportWebhook takes a webhook, and the CheckoutRequestID that it names.
type reportWebhook func(e activity.Event, checkoutID string)

// webhooks takes those of the inbox. Their time is that of the simulator's clock, so
// that the screen has one clock; their reference is that of the push that they are
// about.
func (r *reporter) webhooks(sim *simapp.App) reportWebhook {
	if r == nil {
		return func(activity.Event, string) {}
	}
	world, _ := sim.Worlds().Get(defaultWorld) // it is always there
	return func(e activity.Event, checkoutID string) {
		e.At = world.Clock().Now()
		r.printer.Add(func() activity.Event {
			e.Reference = r.payments.find(defaultWorld, checkoutID).reference
			return e
		})
	}
}

// reviews takes payments that need a person's review; nil takes none.
func (r *reporter) reviews(sim *simapp.App) func(gwapp.Review) {
	if r == nil {
		return nil
	}
	world, _ := sim.Worlds().Get(defaultWorld) // it is always there
	return func(p gwapp.Review) {
		e := activity.Event{
			At: world.Clock().Now(), Kind: activity.KindReview, Reference: p.Reference, Amount: p.Amount, Phone: p.Phone,
			Result: "needs a review, no webhook is sent", TransactionID: strconv.FormatInt(p.TransactionID, 10), Reason: p.Reason,
		}
		r.printer.Add(func() activity.Event { return e })
	}
}

// elsewhere takes the gateway's attempts at webhooks that the inbox does not take, which
// reports those that it takes.
func (report reportWebhook) elsewhere(inboxURL string) func(gwapp.WebhookAttempt) {
	return func(a gwapp.WebhookAttempt) {
		if toInbox(a.URL, inboxURL) {
			return
		}
		e, checkoutID := inbox.Event(a.Body)
		e.URL, e.Status, e.Error = a.URL, a.Status, a.Error
		if a.Number > 1 {
			e.Attempt = a.Number
		}
		report(e, checkoutID)
	}
}

// toInbox reports whether a webhook's URL is one that the inbox takes.
func toInbox(webhookURL, inboxURL string) bool {
	u, err := url.Parse(webhookURL)
	return err == nil && inbox.Takes(u.Path) && sameServer(webhookURL, inboxURL)
}

// sameServer reports whether two URLs reach the same server on this machine.
func sameServer(a, b string) bool {
	u, errA := url.Parse(a)
	v, errB := url.Parse(b)
	if errA != nil || errB != nil || u.Port() != v.Port() {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == v.Hostname() || u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// event is a record as it is printed.
func (r *reporter) event(kept simapp.Record) activity.Event {
	e := activity.Event{
		At: kept.At, Record: kept.Seq, Reference: kept.Reference, Amount: kept.Amount, Phone: kept.Phone, Status: kept.Status,
		ErrorCode: kept.ErrorCode, Reason: kept.Reason, Error: kept.Error, By: kept.By, Faults: kept.Faults,
	}
	if kept.World != defaultWorld {
		e.World = kept.World
	}
	switch kept.Kind {
	case journal.KindCallback:
		e.Kind, e.URL, e.Amount = activity.KindCallback, kept.URL, r.payments.find(kept.World, kept.Payment).amount
		setCallbackResult(&e, kept)
	case journal.KindAction:
		e.Kind, e.Result, e.Reason = activity.KindAction, kept.Reason, ""
	default:
		r.setRequestResult(&e, kept)
	}
	return e
}

// setRequestResult says what was asked, and how it was answered.
func (r *reporter) setRequestResult(e *activity.Event, kept simapp.Record) {
	e.Result = "accepted"
	switch kept.API {
	case simulator.APISTKPush:
		e.Kind = activity.KindPush
		r.payments.add(kept)
	case simulator.APISTKQuery:
		e.Kind = activity.KindQuery
		p := r.payments.find(kept.World, kept.Payment)
		e.Reference, e.Amount, e.Phone = p.reference, p.amount, p.phone
		e.Result, e.ResultCode = queryResult(kept.Response)
	case simulator.APIOAuth:
		e.Kind, e.Result = activity.KindToken, "issued"
	default:
		e.Kind = activity.KindRequest
	}
	refusal, known := daraja.ParseError(kept.Status, kept.Response)
	switch {
	case known && refusal.IsStillProcessing() && kept.API == simulator.APISTKQuery:
		e.Result, e.ErrorCode, e.Reason = activity.ResultWords(string(daraja.ResultProcessing), ""), "", ""
	case kept.Status == 0:
		e.Result = "not answered"
	case kept.Status/100 != 2:
		e.Result = activity.Refused
		if known {
			e.Reason = cmp.Or(e.Reason, refusal.Message)
		}
	}
}

// queryResult is what the answer to a query says.
func queryResult(response []byte) (words, code string) {
	var answer struct {
		ResultCode daraja.ResultCode
		ResultDesc string
	}
	if json.Unmarshal(response, &answer) != nil || answer.ResultCode == "" {
		return "answered", ""
	}
	return activity.ResultWords(string(answer.ResultCode), answer.ResultDesc), string(answer.ResultCode)
}

// setCallbackResult says what a callback tells, and what happened to it.
func setCallbackResult(e *activity.Event, kept simapp.Record) {
	var body struct {
		Body struct {
			STKCallback struct {
				ResultCode daraja.ResultCode
				ResultDesc string
			} `json:"stkCallback"`
		}
	}
	e.Result = "the body is malformed"
	if json.Unmarshal(kept.Request, &body) == nil && body.Body.STKCallback.ResultCode != "" {
		told := body.Body.STKCallback
		e.ResultCode, e.Result = string(told.ResultCode), activity.ResultWords(string(told.ResultCode), told.ResultDesc)
	}
	if callback, err := daraja.DecodeSTKCallback(kept.Request); err == nil && callback.Payment != nil {
		e.Receipt = callback.Payment.Receipt
	}
	e.Error = strings.TrimPrefix(strings.TrimPrefix(e.Error, "dial: "), "connect: ")
	if kept.Dropped {
		e.URL, e.Error = "", "not sent: dropped on purpose"
	}
}

// maxPayments bounds the pushes that are remembered for the lines that follow them.
const maxPayments = 10_000

// payment is what a push said of it.
type payment struct{ reference, amount, phone string }

// payments are the latest pushes. The zero value has none.
type payments struct {
	byID  map[string]payment
	order []string // of their keys
}

func (p *payments) add(kept simapp.Record) {
	if kept.Payment == "" {
		return
	}
	if p.byID == nil {
		p.byID = make(map[string]payment)
	}
	key := paymentKey(kept.World, kept.Payment)
	if _, known := p.byID[key]; !known {
		p.order = append(p.order, key)
	}
	p.byID[key] = payment{kept.Reference, kept.Amount, kept.Phone}
	if len(p.order) > maxPayments {
		delete(p.byID, p.order[0])
		p.order = p.order[1:]
	}
}

// find is the payment of a CheckoutRequestID, or nothing.
func (p *payments) find(world, checkoutID string) payment {
	return p.byID[paymentKey(world, checkoutID)]
}

func paymentKey(world, checkoutID string) string { return world + "/" + checkoutID }
