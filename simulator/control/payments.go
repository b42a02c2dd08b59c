package control

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/condition"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of a page of payments.
const (
	defaultPayments = 50
	maxPayments     = 500
)

func newPaymentView(p simulator.Payment, record uint64) client.Payment {
	v := client.Payment{
		ID: p.ID, Record: record, At: p.OpenedAt.In(daraja.EAT()), Phone: p.Phone.Digits(), Name: p.Name,
		Shortcode: p.Shortcode, AmountCents: int64(p.Amount), Reference: p.Reference, Status: p.Status, StatusText: p.StatusText,
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
func newRefusedView(rec journal.Record) client.Payment {
	v := client.Payment{
		Record: rec.Seq, At: rec.At, EndedAt: &rec.At, Phone: rec.Phone, Shortcode: rec.Shortcode, Reference: rec.Reference,
		Status: simulator.PaymentRefused, StatusText: refusalText(rec), DecidedBy: rec.By,
	}
	if m, err := daraja.NormaliseMSISDN(rec.Phone); err == nil {
		v.Phone = m.Digits()
	}
	if refusal, ok := daraja.ParseError(rec.Status, rec.Response); ok { // another answer says nothing
		v.ResultDesc = refusal.Message
	}
	if amount, err := daraja.ParseMoney(rec.Amount); err == nil {
		v.AmountCents = int64(amount)
	}
	return v
}

// refusalText is why a push was refused, in words.
func refusalText(rec journal.Record) string {
	return cmp.Or(rec.Reason, rec.Error, fmt.Sprintf("answered with HTTP %d", rec.Status))
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
	_, err = fmt.Sscanf(text, "%d.%d", &c.payment, &c.record)
	if err != nil || c.String() != text {
		return c, refuseField("before", " is %.40q; it must be the next of an earlier page", text)
	}
	return c, nil
}

func readPaymentQuery(values url.Values) (q paymentQuery, err error) {
	q = paymentQuery{status: simulator.PaymentStatus(values.Get("status")), limit: defaultPayments}
	if q.status != "" && !slices.Contains(simulator.PaymentStatuses(), q.status) {
		return q, refuseField("status", " is %.40q; %s", string(q.status), listStatuses(string(q.status)))
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

// listStatuses names them all, and the one that was probably meant.
func listStatuses(word string) string {
	var names []string
	for _, s := range simulator.PaymentStatuses() {
		names = append(names, string(s))
	}
	return "there are " + strings.Join(names, ", ") + didYouMean(word, names)
}

// payments lists pushes, the newest first: those that were accepted come from the
// world, those that were refused from the journal.
func (s *server) payments(w World, r *http.Request) (any, error) {
	q, err := readPaymentQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	var accepted []simulator.Payment
	if q.wantsAccepted() {
		accepted = w.Domain().Payments(simulator.PaymentFilter{Status: q.status, Phone: q.phone, Before: q.before.payment, Limit: q.limit + 1})
	}
	page, next := mergePayments(q, accepted, findPushes(w, q, accepted))
	return client.Payments{Payments: page, Next: next}, nil
}

// pushes are the journal's part of a page.
type pushes struct {
	first   uint64            // the newest record that was looked at
	records map[string]uint64 // of accepted pushes, by CheckoutRequestID
	refused []journal.Record  // newest first
}

// findPushes looks for the records of a page's accepted pushes and for refused ones,
// and stops when it has enough of both.
func findPushes(w World, q paymentQuery, accepted []simulator.Payment) pushes {
	found := pushes{records: make(map[string]uint64, len(accepted))}
	wanted := make(map[string]bool, len(accepted))
	for _, p := range accepted {
		wanted[p.ID] = true
	}
	products := w.Domain().Catalogue()
	prompts := slices.DeleteFunc(products.APIs(), func(api simulator.API) bool { return !products.Prompts(api) })
	m := journal.MatchFields("kind", string(journal.KindRequest), "method", http.MethodPost)
	m.Tests = append(m.Tests, condition.In(condition.KeyAPI, prompts))
	if q.phone != "" {
		m.Tests = append(m.Tests, condition.Any("phone", condition.Text(q.phone.Digits())))
	}
	if !q.wantsAccepted() {
		m.Tests = append(m.Tests, condition.Any("payment", condition.Absent()))
	}
	f := journal.Filter{Match: m, Before: q.before.record, Newest: true}
	w.Journal().Walk(f, func(rec journal.Record) bool {
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
func mergePayments(q paymentQuery, accepted []simulator.Payment, found pushes) (page []client.Payment, next string) {
	page = []client.Payment{}
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
			page, at.payment, accepted = append(page, newPaymentView(p, found.records[p.ID])), p.Number, accepted[1:]
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
		if record, ok := f.records[p.ID]; ok {
			return record > refused.Seq
		}
	}
	return false
}

// payment is one push with all that happened to it.
func (s *server) payment(w World, r *http.Request) (any, error) {
	id := mux.Vars(r)["id"]
	if seq, err := strconv.ParseUint(id, 10, 64); err == nil {
		return refusedPayment(w, seq)
	}
	p, ok := w.Domain().Payment(id)
	if !ok {
		return nil, refuse(http.StatusNotFound, "there is no payment %.80q; it was never made here, or there was a reset since", id)
	}
	timeline, record := newTimeline(w, p)
	return client.PaymentDetail{Payment: newPaymentView(p, record), Timeline: timeline}, nil
}

// refusedPayment is a push that was refused, by its record.
func refusedPayment(w World, seq uint64) (any, error) {
	rec, ok := w.Journal().Get(seq)
	if !ok || rec.Kind != journal.KindRequest || !w.Domain().Catalogue().Prompts(rec.API) || rec.Payment != "" {
		return nil, refuse(http.StatusNotFound, "record %d of the journal is no push that was refused", seq)
	}
	return client.PaymentDetail{Payment: newRefusedView(rec), Timeline: []client.TimelineEvent{newTimelineEvent(w, rec)}}, nil
}
