package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of a page of payments.
const (
	defaultPayments = 50
	maxPayments     = 500
)

// paymentView is a push and how it stands: one that was accepted, or one that was refused.
type paymentView struct {
	ID          string                  `json:"id"`     // the CheckoutRequestID; "" for a push that was refused
	Record      uint64                  `json:"record"` // the journal's number of the push; 0 when it has it no more
	At          time.Time               `json:"at"`
	EndedAt     *time.Time              `json:"ended_at"`
	Phone       string                  `json:"phone"`
	Name        string                  `json:"name"`
	Shortcode   string                  `json:"shortcode"`
	AmountCents daraja.Money            `json:"amount_cents"`
	Reference   string                  `json:"reference"`
	Status      simulator.PaymentStatus `json:"status"`
	StatusText  string                  `json:"status_text"`
	ResultCode  string                  `json:"result_code"`
	ResultDesc  string                  `json:"result_desc"`
	Receipt     string                  `json:"receipt"`
	DecidedBy   string                  `json:"decided_by"`
}

func newPaymentView(p simulator.Payment, record uint64) paymentView {
	v := paymentView{
		ID: p.CheckoutRequestID, Record: record, At: p.At.In(daraja.EAT()), Phone: p.Phone.Digits(), Name: p.Name,
		Shortcode: p.Shortcode, AmountCents: p.Amount, Reference: p.Reference, Status: p.Status, StatusText: p.StatusText,
		ResultCode: string(p.Result), ResultDesc: p.Desc, Receipt: p.Receipt, DecidedBy: p.By,
	}
	if !p.EndedAt.IsZero() {
		ended := p.EndedAt.In(daraja.EAT())
		v.EndedAt = &ended
	}
	return v
}

// newRefusedView is a push that was refused, as the journal has it. Its fields are what
// the request said, as far as that can be read.
func newRefusedView(rec journal.Record) paymentView {
	v := paymentView{
		Record: rec.Seq, At: rec.At, EndedAt: &rec.At, Phone: rec.Phone, Shortcode: rec.Shortcode, Reference: rec.Reference,
		Status: simulator.PaymentRefused, StatusText: refusalText(rec), ResultDesc: darajaMessage(rec), DecidedBy: rec.By,
	}
	if m, err := daraja.NormaliseMSISDN(rec.Phone); err == nil {
		v.Phone = m.Digits()
	}
	if amount, err := daraja.ParseMoney(rec.Amount); err == nil {
		v.AmountCents = amount
	}
	return v
}

// refusalText is why a push was refused, in words.
func refusalText(rec journal.Record) string {
	switch {
	case rec.Reason != "":
		return rec.Reason
	case rec.Error != "":
		return rec.Error
	default:
		return fmt.Sprintf("answered with HTTP %d", rec.Status)
	}
}

// darajaMessage is what Daraja's own refusal says, "" when the answer is another.
func darajaMessage(rec journal.Record) string {
	var envelope daraja.Envelope
	if json.Unmarshal(rec.Response, &envelope) != nil {
		return ""
	}
	return envelope.ErrorMessage
}

// paymentQuery is what a list of payments is asked for.
type paymentQuery struct {
	status simulator.PaymentStatus
	phone  daraja.MSISDN
	limit  int
	before paymentCursor
}

func (q paymentQuery) wantsAccepted() bool { return q.status != simulator.PaymentRefused }

func (q paymentQuery) wantsRefused() bool {
	return q.status == "" || q.status == simulator.PaymentRefused
}

// paymentCursor is where a page begins: before a payment's number and before a record's.
// 0 is from the newest.
type paymentCursor struct{ payment, record uint64 }

func (c paymentCursor) String() string { return fmt.Sprintf("%d.%d", c.payment, c.record) }

func parsePaymentCursor(text string) (c paymentCursor, err error) {
	if text == "" {
		return c, nil
	}
	payment, record, _ := strings.Cut(text, ".")
	var errPayment, errRecord error
	c.payment, errPayment = strconv.ParseUint(payment, 10, 64)
	c.record, errRecord = strconv.ParseUint(record, 10, 64)
	if errPayment != nil || errRecord != nil {
		return c, refuseField("before", " is %.40q; it must be the next of an earlier page", text)
	}
	return c, nil
}

func readPaymentQuery(values url.Values) (q paymentQuery, err error) {
	q = paymentQuery{status: simulator.PaymentStatus(values.Get("status")), limit: defaultPayments}
	if q.status != "" && !slices.Contains(simulator.PaymentStatuses(), q.status) {
		return q, refuseField("status", " is %.40q; %s", string(q.status), statusesThereAre(string(q.status)))
	}
	if text := values.Get("phone"); text != "" {
		if q.phone, err = phoneNumber(text); err != nil {
			return q, err
		}
	}
	if text := values.Get("limit"); text != "" {
		if q.limit, err = strconv.Atoi(text); err != nil || q.limit < 1 || q.limit > maxPayments {
			return q, refuseField("limit", " is %.40q; it must be a number from 1 to %d", text, maxPayments)
		}
	}
	q.before, err = parsePaymentCursor(values.Get("before"))
	return q, err
}

// statusesThereAre names them all, and the one that was probably meant.
func statusesThereAre(word string) string {
	var names []string
	for _, s := range simulator.PaymentStatuses() {
		names = append(names, string(s))
	}
	text := "there are " + strings.Join(names, ", ")
	if near := simulator.Nearest(word, names); near != "" {
		text += "; did you mean " + near + "?"
	}
	return text
}

// payments lists pushes, the newest first: those that were accepted come from the
// world, those that were refused from the journal.
func (s *server) payments(w World, r *http.Request) (response, error) {
	q, err := readPaymentQuery(r.URL.Query())
	if err != nil {
		return response{}, err
	}
	var accepted []simulator.Payment
	if q.wantsAccepted() {
		accepted = w.Domain().Payments(simulator.PaymentFilter{Status: q.status, Phone: q.phone, Before: q.before.payment, Limit: q.limit + 1})
	}
	page, next := mergePayments(q, accepted, findPushes(w.Journal(), q, accepted))
	return response{body: struct {
		Payments []paymentView `json:"payments"`
		Next     string        `json:"next"` // before of the next page; "" at the end
	}{page, next}}, nil
}

// pushes are the journal's part of a page.
type pushes struct {
	first   uint64            // the newest record that was looked at
	records map[string]uint64 // of accepted pushes, by CheckoutRequestID
	refused []journal.Record  // newest first
}

// findPushes looks for the records of a page's accepted pushes and for refused ones,
// and stops when it has enough of both.
func findPushes(j *journal.Journal, q paymentQuery, accepted []simulator.Payment) pushes {
	found := pushes{records: make(map[string]uint64, len(accepted))}
	wanted := make(map[string]bool, len(accepted))
	for _, p := range accepted {
		wanted[p.CheckoutRequestID] = true
	}
	f := journal.Filter{Kind: journal.KindRequest, API: simulator.APISTKPush, Method: http.MethodPost, Phone: q.phone.Digits(), NoPayment: !q.wantsAccepted(), Before: q.before.record, Newest: true}
	j.Walk(f, func(rec journal.Record) bool {
		found.first = max(found.first, rec.Seq)
		switch {
		case wanted[rec.Payment]:
			found.records[rec.Payment] = rec.Seq
		case rec.Payment == "" && q.wantsRefused():
			found.refused = append(found.refused, rec)
		}
		missing := len(accepted) > len(found.records)
		return len(found.records)+len(found.refused) <= q.limit && (missing || q.wantsRefused())
	})
	return found
}

// mergePayments puts the two kinds into one page, and says where the next one begins.
func mergePayments(q paymentQuery, accepted []simulator.Payment, found pushes) (page []paymentView, next string) {
	page = []paymentView{}
	at := q.before
	if at.payment == 0 && len(accepted) > 0 {
		at.payment = accepted[0].Number + 1
	}
	if at.record == 0 {
		at.record = found.first + 1 // what comes later is no part of the pages after this one
	}
	refused := found.refused
	for len(accepted)+len(refused) > 0 {
		if len(page) == q.limit {
			return page, at.String()
		}
		if len(refused) == 0 || len(accepted) > 0 && found.newer(accepted, refused[0]) {
			p := accepted[0]
			page, at.payment, accepted = append(page, newPaymentView(p, found.records[p.CheckoutRequestID])), p.Number, accepted[1:]
			continue
		}
		page, at.record, refused = append(page, newRefusedView(refused[0])), refused[0].Seq, refused[1:]
	}
	return page, ""
}

// newer reports whether the first of accepted came after a refused push. The journal
// knows; a push that it has no record of is older than all that it has, unless a later
// one shows that its record is still being written.
func (f pushes) newer(accepted []simulator.Payment, refused journal.Record) bool {
	for _, p := range accepted {
		if record, ok := f.records[p.CheckoutRequestID]; ok {
			return record > refused.Seq
		}
	}
	return false
}

// payment is one push with all that happened to it.
func (s *server) payment(w World, r *http.Request) (response, error) {
	id := mux.Vars(r)["id"]
	if seq, err := strconv.ParseUint(id, 10, 64); err == nil {
		return refusedPayment(w, seq)
	}
	p, ok := w.Domain().Payment(id)
	if !ok {
		return response{}, refuse(http.StatusNotFound, "there is no payment %.80q; it was never made here, or there was a reset since", id)
	}
	timeline, record := newTimeline(w, p)
	return response{body: paymentDetail{newPaymentView(p, record), timeline}}, nil
}

// paymentDetail is a payment with what happened, oldest first.
type paymentDetail struct {
	paymentView

	Timeline []timelineEvent `json:"timeline"`
}

// refusedPayment is a push that was refused, by its record.
func refusedPayment(w World, seq uint64) (response, error) {
	rec, ok := w.Journal().Get(seq)
	if !ok || rec.Kind != journal.KindRequest || rec.API != simulator.APISTKPush || rec.Payment != "" {
		return response{}, refuse(http.StatusNotFound, "record %d of the journal is no push that was refused", seq)
	}
	return response{body: paymentDetail{newRefusedView(rec), []timelineEvent{newTimelineEvent(rec)}}}, nil
}
