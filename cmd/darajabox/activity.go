package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/activity"
	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/inbox"
	"github.com/darajabox/darajabox/simulator"
	simapp "github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/all"
)

type activityFlags struct {
	Quiet  bool   `help:"Print no lines about requests, callbacks and webhooks." short:"q"`
	Output string `help:"Form of the lines about requests, callbacks and webhooks: text for people, json for programs, an object on each line; the rest is then printed to standard error." enum:"text,json" default:"text" short:"o"`
}

const defaultWorld = "default"

// reporter prints what simulator and inbox report; nil prints nothing. Its printer makes
// one event at a time, so pushes needs no lock.
type reporter struct {
	products *simulator.Catalogue
	printer  *activity.Printer
	pushes   pushes
}

func (f activityFlags) newReporter(e *env) *reporter {
	if f.Quiet {
		return nil
	}
	return &reporter{products: all.Catalogue(), printer: activity.NewPrinter(activity.Config{
		Out: e.stdout, JSON: f.Output == "json", Today: time.Now(), After: time.After,
	})}
}

// start begins to print, what was reported before included.
func (r *reporter) start() {
	if r != nil {
		r.printer.Start()
	}
}

func (r *reporter) stop() {
	if r == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second) // a terminal may read slowly
	defer cancel()
	r.printer.Stop(ctx)
}

// add reports an event, which is made when it is printed.
func (r *reporter) add(event func() activity.Event) {
	if r != nil {
		r.printer.Add(event)
	}
}

// record reports a record of the simulator's journals.
func (r *reporter) record(record simapp.Record) {
	r.add(func() activity.Event { return r.event(record) })
}

// now is the time of the simulator's clock, which all lines have.
func now(sim *simapp.App) time.Time {
	world, _ := sim.Worlds().Get(defaultWorld) // it always exists
	return world.Clock().Now()
}

// reportWebhook reports a webhook, and the CheckoutRequestID that it names.
type reportWebhook func(e activity.Event, checkoutID string)

// webhooks reports those of the inbox with the reference of their push.
func (r *reporter) webhooks(sim *simapp.App) reportWebhook {
	return func(e activity.Event, checkoutID string) {
		e.At = now(sim)
		r.add(func() activity.Event {
			e.Reference = r.pushes.find(defaultWorld, checkoutID).Reference
			return e
		})
	}
}

// reviews reports payments that need a person's review.
func (r *reporter) reviews(sim *simapp.App) func(gwapp.Review) {
	return func(p gwapp.Review) {
		e := activity.Event{
			At: now(sim), Kind: activity.KindReview, Reference: p.Reference, Amount: p.Amount, Phone: p.Phone,
			Result: "needs a review, no webhook is sent", TransactionID: strconv.FormatInt(p.TransactionID, 10), Reason: p.Reason,
		}
		r.add(func() activity.Event { return e })
	}
}

// exceptInbox reports attempts at webhooks but those to the inbox, which reports them itself.
func (report reportWebhook) exceptInbox(inboxURL string) func(gwapp.WebhookAttempt) {
	return func(a gwapp.WebhookAttempt) {
		if toInbox(a.URL, inboxURL) {
			return
		}
		e, checkoutID := inbox.DescribeWebhook(a.Body)
		e.URL, e.Status, e.Error = a.URL, a.Status, a.Error
		if a.Number > 1 {
			e.Attempt = a.Number
		}
		report(e, checkoutID)
	}
}

// toInbox reports whether a URL is one of the inbox, under any name of this machine.
func toInbox(webhookURL, inboxURL string) bool {
	u, errU := url.Parse(webhookURL)
	in, errIn := url.Parse(inboxURL)
	if errU != nil || errIn != nil || u.Port() != in.Port() || !inbox.IsWebhookPath(u.Path) {
		return false
	}
	return u.Hostname() == in.Hostname() || hosts.IsLoopback(u.Hostname())
}

func (r *reporter) event(record simapp.Record) activity.Event {
	e := activity.Event{
		At: record.At, Record: record.Seq, Reference: record.Reference, Amount: record.Amount, Phone: record.Phone, Status: record.Status,
		ErrorCode: record.ErrorCode, Reason: record.Reason, Error: record.Error, By: record.By, Faults: record.Faults,
	}
	if record.World != defaultWorld {
		e.World = record.World
	}
	switch record.Kind {
	case journal.KindCallback:
		e.Kind, e.URL, e.Amount = activity.KindCallback, record.URL, r.pushes.find(record.World, record.Payment).Amount
		r.setCallbackResult(&e, record)
	case journal.KindAction:
		e.Kind, e.Result, e.Reason = activity.KindAction, record.Reason, ""
	default:
		r.setRequestResult(&e, record)
	}
	return e
}

// setRequestResult sets the kind of a request and what it was answered.
func (r *reporter) setRequestResult(e *activity.Event, record simapp.Record) {
	e.Kind, e.Result = activity.KindRequest, "accepted"
	op, _ := r.products.Operation(record.API)
	query := r.products.AsksAboutPayment(record.API)
	switch {
	case r.products.Prompts(record.API):
		e.Kind = activity.KindPush
		r.pushes.add(record)
	case op.StartsPayment:
		e.Result = string(record.API) + " accepted"
		r.pushes.add(record)
	case query:
		push := r.pushes.find(record.World, record.Payment)
		e.Kind, e.Reference, e.Amount, e.Phone = activity.KindQuery, push.Reference, push.Amount, push.Phone
		e.Result, e.ResultCode = queryResult(record.Response)
	case op.NoToken:
		e.Kind, e.Result = activity.KindToken, "issued"
	}
	refusal, known := daraja.ParseError(record.Status, record.Response)
	switch {
	case known && refusal.IsStillProcessing() && query:
		e.Result, e.ErrorCode, e.Reason = activity.ResultText(string(daraja.ResultProcessing), ""), "", ""
	case record.Status == 0:
		e.Result = "not answered"
	case record.Status/100 != 2:
		e.Result = activity.Refused
		if known {
			e.Reason = cmp.Or(e.Reason, refusal.Message)
		}
	case record.Reason != "" && !query && !slices.Contains(record.Faults, "carried out all the same"): // of an answer in the place of Daraja's
		e.Result = fmt.Sprintf("replied %d, not carried out", record.Status)
	}
}

// queryResult is the result that the answer to a query has.
func queryResult(response []byte) (text, code string) {
	var answer struct {
		ResultCode daraja.ResultCode
		ResultDesc string
	}
	if json.Unmarshal(response, &answer) != nil || answer.ResultCode == "" {
		return "answered", ""
	}
	return activity.ResultText(string(answer.ResultCode), answer.ResultDesc), string(answer.ResultCode)
}

// setCallbackResult sets the result that a callback has, and how it was delivered.
func (r *reporter) setCallbackResult(e *activity.Event, record simapp.Record) {
	code, desc := journal.FindResult(record.Request)
	known, _ := r.products.Result(record.API, daraja.ResultCode(code))
	switch {
	case code != "" && !r.products.Prompts(record.API):
		e.ResultCode, e.Result = code, string(record.API)+": "+cmp.Or(known.Short, activity.ResultText(code, desc))
	case code != "":
		e.ResultCode, e.Result = code, cmp.Or(known.Short, activity.ResultText(code, desc))
	case !r.products.Prompts(record.API) && (len(record.Request) == 0 || strings.HasPrefix(string(record.Request), "{")):
		e.Result = string(record.API) // its bodies have no result
	default:
		e.Result = "the body is malformed"
	}
	if callback, err := daraja.DecodeSTKCallback(record.Request); err == nil && callback.Payment != nil {
		e.Receipt = callback.Payment.Receipt
	}
	e.Error = strings.TrimPrefix(strings.TrimPrefix(e.Error, "dial: "), "connect: ")
	if record.Dropped {
		e.URL, e.Error = "", "not sent: dropped on purpose"
	}
}

// maxPushes bounds the pushes that are kept for the lines that follow them.
const maxPushes = 10_000

// pushes have the reference, amount and phone of the latest pushes. The zero value has none.
type pushes struct {
	byID  map[pushID]simapp.Record
	order []pushID
}

type pushID struct{ world, checkoutID string }

func (p *pushes) add(record simapp.Record) {
	if record.Payment == "" {
		return
	}
	if p.byID == nil {
		p.byID = make(map[pushID]simapp.Record)
	}
	id := pushID{record.World, record.Payment}
	if _, known := p.byID[id]; !known {
		p.order = append(p.order, id)
	}
	p.byID[id] = simapp.Record{Reference: record.Reference, Amount: record.Amount, Phone: record.Phone}
	if len(p.order) > maxPushes {
		delete(p.byID, p.order[0])
		p.order = p.order[1:]
	}
}

func (p *pushes) find(world, checkoutID string) simapp.Record {
	return p.byID[pushID{world, checkoutID}]
}
