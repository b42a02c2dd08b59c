package control

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Kinds of timeline events that are no kinds of records.
const (
	kindPrompt = "prompt"
	kindQuery  = "query"
	kindSMS    = "sms"
)

// maxTimeline bounds a timeline, for clients that query without end.
const maxTimeline = 500

// newTimeline is what happened to a payment, oldest first, and the record of its push.
// What the journal has comes in its order; what only the world knows is put where it
// belongs among that.
func newTimeline(w World, p simulator.Payment) (all []client.TimelineEvent, push uint64) {
	records := paymentRecords(w, p)
	shown := client.TimelineEvent{At: p.OpenedAt.In(daraja.EAT()), Text: "prompt on the phone of " + p.Name, Kind: kindPrompt}
	ended := endOf(w, p)
	all = []client.TimelineEvent{}
	if len(records) == 0 || !isPush(w, records[0]) {
		all = append(all, shown)
	}
	for _, rec := range records {
		if len(ended) > 0 && afterEnd(rec, p) {
			all, ended = append(all, ended...), nil
		}
		all = append(all, newTimelineEvent(w, rec))
		if isPush(w, rec) {
			push = rec.Seq
			all = append(all, shown)
		}
	}
	return append(all, ended...), push
}

func isPush(w World, rec journal.Record) bool {
	return rec.Kind == journal.KindRequest && w.Domain().Catalogue().Prompts(rec.API)
}

// afterEnd reports whether a record is of something after the end of the prompt. A
// callback always is; a person's answer is on record just after the end that it causes.
func afterEnd(rec journal.Record, p simulator.Payment) bool {
	switch rec.Kind {
	case journal.KindCallback:
		return true
	case journal.KindAction:
		return rec.Payment != ""
	case journal.KindRequest:
	}
	return rec.At.After(p.EndedAt)
}

// endOf is the end of a payment and the messages that it brought; nothing while it is
// open.
func endOf(w World, p simulator.Payment) []client.TimelineEvent {
	if p.EndedAt.IsZero() {
		return nil
	}
	text := fmt.Sprintf("prompt ended: %s (result %s)", p.StatusText, p.Result)
	if p.Why != "" {
		text += ": " + p.Why
	}
	if p.By != "" {
		text += ", decided by " + p.By
	}
	at := p.EndedAt.In(daraja.EAT())
	end := []client.TimelineEvent{{At: at, Text: text, Kind: kindPrompt}}
	for _, m := range w.Domain().PaymentMessages(p) {
		end = append(end, client.TimelineEvent{At: m.At.In(daraja.EAT()), Text: "SMS to the customer: " + m.Text, Kind: kindSMS})
	}
	return end
}

// paymentRecords are the records of a payment, and of what the person at the phone did
// while its prompt was open, oldest first.
func paymentRecords(w World, p simulator.Payment) []journal.Record {
	var all []journal.Record
	w.Journal().Walk(journal.Filter{Match: journal.MatchFields("payment", p.ID)}, func(rec journal.Record) bool {
		all = append(all, rec)
		return len(all) < maxTimeline
	})
	if len(all) == 0 || !isPush(w, all[0]) {
		return all
	}
	end := slices.IndexFunc(all, func(rec journal.Record) bool { return rec.Kind == journal.KindCallback })
	if end < 0 {
		end = len(all)
	}
	before := append(slices.Clone(all[:end]), phoneActions(w, p, all[0].Seq)...) // the effect of an action may be on record first
	slices.SortStableFunc(before, func(a, b journal.Record) int { return cmp.Compare(a.Seq, b.Seq) })
	return append(before, all[end:]...)
}

// phoneActions are what was done with the phone from a push until its prompt ended, or until
// the next push that got through.
func phoneActions(w World, p simulator.Payment, push uint64) []journal.Record {
	var all []journal.Record
	w.Journal().Walk(journal.Filter{Match: journal.MatchFields("phone", p.Phone.Digits()), After: push}, func(rec journal.Record) bool {
		if isPush(w, rec) && rec.Payment != "" {
			return false
		}
		atOnce := p.EndedAt.IsZero() || rec.At.Sub(p.EndedAt) < time.Second // on record just after its effect
		if rec.Kind == journal.KindAction && rec.Payment == "" && strings.HasPrefix(rec.URL, "/phones/") && atOnce {
			all = append(all, rec)
		}
		return len(all) < maxTimeline
	})
	return all
}

// newTimelineEvent is a record in words.
func newTimelineEvent(w World, rec journal.Record) client.TimelineEvent {
	h := client.TimelineEvent{At: rec.At, Record: rec.Seq, Kind: string(rec.Kind)}
	switch {
	case rec.Kind == journal.KindAction:
		h.Text = rec.Reason
	case rec.Kind == journal.KindCallback:
		h.Text = callbackText(rec)
	case w.Domain().Catalogue().AsksAboutPayment(rec.API):
		h.Kind, h.Text = kindQuery, "status query: "+answerText(w, rec)
	case rec.Payment == "" && rec.Status/100 == 2: // a rule has answered
		h.Text = fmt.Sprintf("push answered with HTTP %d, not carried out: %s", rec.Status, refusalText(rec))
	case rec.Payment == "":
		h.Text = "push refused: " + refusalText(rec)
	default:
		h.Text = "push accepted, " + answerText(w, rec)
	}
	if len(rec.Faults) > 0 {
		h.Text += " (on purpose: " + strings.Join(rec.Faults, ", ") + ")"
	}
	return h
}

// answerText is how a request was answered.
func answerText(w World, rec journal.Record) string {
	if rec.Status == 0 {
		return "no answer: " + rec.Error
	}
	text := fmt.Sprintf("answered with HTTP %d", rec.Status)
	var result struct {
		Code daraja.ResultCode `json:"ResultCode"`
	}
	switch {
	case rec.ErrorCode != "":
		text += ", " + rec.ErrorCode
	case w.Domain().Catalogue().AsksAboutPayment(rec.API) && json.Unmarshal(rec.Response, &result) == nil && result.Code != "":
		text += ", result " + string(result.Code)
	}
	return text
}

// callbackText is the result of an attempt to deliver a callback.
func callbackText(rec journal.Record) string {
	switch {
	case rec.Dropped:
		return "callback lost on purpose; it was for " + rec.URL
	case rec.Status == 0:
		return "callback to " + rec.URL + " failed: " + rec.Error
	default:
		return fmt.Sprintf("callback to %s answered with HTTP %d", rec.URL, rec.Status)
	}
}
