package control

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// timelineEvent is one line of a payment's timeline.
type timelineEvent struct {
	At     time.Time `json:"at"`
	Text   string    `json:"text"`
	Record uint64    `json:"record"` // the journal's number; 0 for what only the world knows
	Kind   string    `json:"kind"`   // request, prompt, callback, query, action or sms
}

// Kinds of happenings that are no kinds of records.
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
func newTimeline(w World, p simulator.Payment) (all []timelineEvent, push uint64) {
	records := paymentRecords(w.Journal(), p)
	shown := timelineEvent{At: p.At.In(daraja.EAT()), Text: "prompt on the phone of " + p.Name, Kind: kindPrompt}
	ended := endOf(w, p)
	all = []timelineEvent{}
	if len(records) == 0 || !isPush(records[0]) {
		all = append(all, shown)
	}
	for _, rec := range records {
		if len(ended) > 0 && afterEnd(rec, p) {
			all, ended = append(all, ended...), nil
		}
		all = append(all, newTimelineEvent(rec))
		if isPush(rec) {
			push = rec.Seq
			all = append(all, shown)
		}
	}
	return append(all, ended...), push
}

func isPush(rec journal.Record) bool {
	return rec.Kind == journal.KindRequest && rec.API == simulator.APISTKPush
}

// afterEnd reports whether a record is of something that came after the prompt had
// ended. Of a callback that is so always; a person's answer is on record just after
// the end that it leads to.
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
func endOf(w World, p simulator.Payment) []timelineEvent {
	if p.EndedAt.IsZero() {
		return nil
	}
	text := fmt.Sprintf("prompt ended: %s (result %s)", p.StatusText, p.Result)
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	if p.By != "" {
		text += ", decided by " + p.By
	}
	at := p.EndedAt.In(daraja.EAT())
	end := []timelineEvent{{At: at, Text: text, Kind: kindPrompt}}
	for _, m := range w.Domain().Phone(p.Phone).Messages {
		if m.Payment == p.CheckoutRequestID {
			end = append(end, timelineEvent{At: m.At.In(daraja.EAT()), Text: "SMS to the customer: " + m.Text, Kind: kindSMS})
		}
	}
	return end
}

// paymentRecords are the records of a payment, and of what the person at the phone did
// while its prompt was open, oldest first.
func paymentRecords(j *journal.Journal, p simulator.Payment) []journal.Record {
	var all []journal.Record
	j.Walk(journal.Filter{Payment: p.CheckoutRequestID}, func(rec journal.Record) bool {
		all = append(all, rec)
		return len(all) < maxTimeline
	})
	if len(all) == 0 || !isPush(all[0]) {
		return all
	}
	firstCallback := slices.IndexFunc(all, func(rec journal.Record) bool { return rec.Kind == journal.KindCallback })
	for _, action := range phoneActions(j, p, all[0].Seq) {
		at := slices.IndexFunc(all, func(rec journal.Record) bool { return rec.Seq > action.Seq })
		if at < 0 {
			at = len(all)
		}
		if firstCallback >= 0 && at > firstCallback { // what came of the action was on record first
			at = firstCallback
		}
		if all = slices.Insert(all, at, action); firstCallback >= 0 {
			firstCallback++
		}
	}
	return all
}

// phoneActions are what was done with the phone from a push until its prompt ended, or until
// the next push that got through.
func phoneActions(j *journal.Journal, p simulator.Payment, push uint64) []journal.Record {
	var all []journal.Record
	j.Walk(journal.Filter{Phone: p.Phone.Digits(), After: push}, func(rec journal.Record) bool {
		if isPush(rec) && rec.Payment != "" {
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
func newTimelineEvent(rec journal.Record) timelineEvent {
	h := timelineEvent{At: rec.At, Record: rec.Seq, Kind: string(rec.Kind)}
	switch {
	case rec.Kind == journal.KindAction:
		h.Text = rec.Reason
	case rec.Kind == journal.KindCallback:
		h.Text = callbackText(rec)
	case rec.API == simulator.APISTKQuery:
		h.Kind, h.Text = kindQuery, "status query: "+answerText(rec)
	case rec.Payment == "":
		h.Text = "push refused: " + refusalText(rec)
	default:
		h.Text = "push accepted, " + answerText(rec)
	}
	if len(rec.Faults) > 0 {
		h.Text += " (on purpose: " + strings.Join(rec.Faults, ", ") + ")"
	}
	return h
}

// answerText is how a request was answered.
func answerText(rec journal.Record) string {
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
	case rec.API == simulator.APISTKQuery && json.Unmarshal(rec.Response, &result) == nil && result.Code != "":
		text += ", result " + string(result.Code)
	}
	return text
}

// callbackText is what became of an attempt to deliver a callback.
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
