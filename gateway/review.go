package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ReviewKind says in one word why a payment waits for a person.
type ReviewKind string

// Kinds of reviews.
const (
	ReviewContradiction ReviewKind = "contradiction" // what M-PESA sent contradicts the order
	ReviewNoResult      ReviewKind = "no_result"     // no callback came and no query gave a result
	ReviewUnknownPush   ReviewKind = "unknown_push"  // the push has no clear answer and no CheckoutRequestID to query
	ReviewSettled       ReviewKind = "settled"       // the payment is settled, and more came: a second receipt, or another result
)

// ReviewKinds lists every kind.
func ReviewKinds() []ReviewKind {
	return []ReviewKind{ReviewContradiction, ReviewNoResult, ReviewUnknownPush, ReviewSettled}
}

// ReviewKind returns the kind of an open review of a payment in s.
func (s State) ReviewKind() ReviewKind {
	switch s {
	case Review:
		return ReviewContradiction
	case Unresolved:
		return ReviewNoResult
	case Paid, Failed, PresumedFailed:
		return ReviewSettled
	default:
		return ReviewUnknownPush
	}
}

// unknownPushReason is why a payment in Unknown waits for a person, and one that has come from
// there to Confirming.
const unknownPushReason = "M-PESA did not clearly answer the push and gave no CheckoutRequestID, so no query can ask about it"

// WhyReview returns why p waits, or waited, for a person; "" for a payment that has no
// reason.
func (p *Payment) WhyReview() string {
	switch {
	case p.ReviewReason != "" || p.ReviewAt.IsZero() || p.State.ReviewKind() != ReviewUnknownPush:
		return p.ReviewReason
	case p.State == Confirming:
		return unconfirmedClaim(p.Claimed) + ", and " + unknownPushReason
	default:
		return unknownPushReason
	}
}

// needsPerson reports whether p waits for a person.
func (p *Payment) needsPerson() bool {
	switch p.State {
	case Review, Unresolved:
		return true
	case Paid, Failed, PresumedFailed:
		return p.ReviewReason != ""
	case Unknown:
		return p.CheckoutRequestID == "" // no query can ask about it
	case Confirming: // of an unknown push; before the answer to a push it is not listed
		return p.CheckoutRequestID == "" && !p.ReviewAt.IsZero()
	default:
		return false
	}
}

// reviewMark is a digest of what a person decides about: since when p waits, its state,
// result, receipt and reason, and what callbacks of its pushes have M-PESA asked about. It
// has 8 hex digits, and is "" while p does not wait.
func (p *Payment) reviewMark(pushes []Push) string {
	if p.ReviewAt.IsZero() {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d %q %q %q %q", p.ReviewAt.UnixMicro(), p.State, p.ResultCode, p.Receipt, p.WhyReview())
	for _, push := range pushes {
		q := push.Inquiry
		fmt.Fprintf(h, "\n%d %q %t %t", push.Questions, q.Claimed, q.Money, q.Proven)
		if q.AnyClaim && !q.Money {
			fmt.Fprint(h, " a claim")
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}

// updateReview opens or closes the review of p after an event. It reports whether the
// event gives a new reason for one; before is the reason that stood until then.
func (p *Payment) updateReview(before string) (opened bool) {
	if !p.needsPerson() {
		p.ReviewAt = time.Time{}
		return false
	}
	if p.ReviewAt.IsZero() {
		p.ReviewAt = p.UpdatedAt
		return true
	}
	return p.ReviewReason != before
}

// ReviewSummary is how many payments of a kind wait for a person.
type ReviewSummary struct {
	Kind   ReviewKind
	Open   int
	Oldest time.Time // since when the first of them waits; zero when none does
}

// OpenReviews summarises what waits for a person, each kind once, in the order of
// ReviewKinds.
func (d Desk) OpenReviews(ctx context.Context) ([]ReviewSummary, error) {
	var counts []StateCount
	err := d.Store.View(ctx, func(tx Tx) (err error) {
		counts, err = tx.OpenReviews()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting open reviews: %w", err)
	}
	all := make([]ReviewSummary, len(ReviewKinds()))
	for i, kind := range ReviewKinds() {
		s := ReviewSummary{Kind: kind}
		for _, c := range counts {
			if c.State.ReviewKind() != kind {
				continue
			}
			s.Open += c.Count
			if s.Oldest.IsZero() || c.Oldest.Before(s.Oldest) {
				s.Oldest = c.Oldest
			}
		}
		all[i] = s
	}
	return all, nil
}

// ReviewFilter picks payments that wait for a person. A zero field lets all through.
type ReviewFilter struct {
	Partner string
	Kind    ReviewKind
	After   int64 // ids greater than this
	Limit   int   // most rows; 0 is MaxPage
}

// ReviewFile is a payment that waits for a person.
type ReviewFile struct {
	Payment *Payment
	Mark    string // of what it says, see Resolution.Seen
}

// Reviews lists the payments that wait for a person, the oldest payment first. The
// error has CodeInvalid for a filter that makes no sense.
func (d Desk) Reviews(ctx context.Context, f ReviewFilter) (list []ReviewFile, err error) {
	filter := PaymentFilter{Partner: f.Partner, InReview: true, After: f.After}
	if filter.States, err = f.Kind.states(); err != nil {
		return nil, err
	}
	if filter.Limit, err = page(f.Limit); err != nil {
		return nil, err
	}
	err = d.Store.View(ctx, func(tx Tx) error {
		list = nil // it may run twice
		found, err := tx.Payments(filter)
		if err != nil {
			return err
		}
		ids := make([]int64, len(found))
		for i, p := range found {
			ids[i] = p.ID
		}
		pushes, err := tx.PushesOfAll(ids...)
		if err != nil {
			return err
		}
		of := make(map[int64][]Push, len(found))
		for _, push := range pushes {
			of[push.PaymentID] = append(of[push.PaymentID], push)
		}
		for _, p := range found {
			list = append(list, ReviewFile{p, p.reviewMark(of[p.ID])})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing open reviews: %w", err)
	}
	return list, nil
}

// states lists the states of a kind; "" is every kind, and no state.
func (k ReviewKind) states() (states []State, err error) {
	if k == "" {
		return nil, nil
	}
	if !slices.Contains(ReviewKinds(), k) {
		return nil, Invalidf("%.40q is no kind of review; there are %s", string(k), wordsOf(ReviewKinds()))
	}
	for _, s := range States() {
		if s.ReviewKind() == k {
			states = append(states, s)
		}
	}
	return states, nil
}

// Statuses lists what partners can see of a payment.
func Statuses() []Status {
	return []Status{StatusPending, StatusSuccessful, StatusFailed, StatusReview}
}

// TransactionFilter picks payments of one partner. A zero field lets all through.
type TransactionFilter struct {
	Status Status // StatusReview is everything that waits for a person, whatever its own status
	After  int64  // ids greater than this
	Limit  int    // most rows; 0 is MaxPage
}

// filter is f in terms of the store.
func (f TransactionFilter) filter(partner string) (PaymentFilter, error) {
	out := PaymentFilter{Partner: partner, After: f.After, Limit: f.Limit}
	switch {
	case f.Status == "":
	case f.Status == StatusReview:
		out.InReview = true
	case slices.Contains(Statuses(), f.Status):
		for _, s := range States() {
			if s.Status() == f.Status {
				out.States = append(out.States, s)
			}
		}
	default:
		return out, Invalidf("status must be %s", strings.ReplaceAll(wordsOf(Statuses()), ", ", " or "))
	}
	return out, nil
}

// TransactionFile is a payment and its webhooks.
type TransactionFile struct {
	Payment  *Payment
	Webhooks []*Delivery
}

// Transactions lists a partner's payments, by id. The error has CodeInvalid for a
// filter that makes no sense.
func (g *Gateway) Transactions(ctx context.Context, partner Partner, f TransactionFilter) (list []TransactionFile, err error) {
	filter, err := f.filter(partner.Name)
	if err != nil {
		return nil, err
	}
	if filter.Limit, err = page(f.Limit); err != nil {
		return nil, err
	}
	err = g.Store.View(ctx, func(tx Tx) error {
		list = nil // it may run twice
		found, err := tx.Payments(filter)
		if err != nil {
			return err
		}
		ids := make([]int64, len(found))
		for i, p := range found {
			ids[i] = p.ID
		}
		ds, err := tx.DeliveriesOf(ids...)
		if err != nil {
			return err
		}
		of := make(map[int64][]*Delivery, len(found))
		for _, d := range ds {
			of[d.PaymentID] = append(of[d.PaymentID], d)
		}
		for _, p := range found {
			list = append(list, TransactionFile{p, of[p.ID]})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing the transactions of %q: %w", partner.Name, err)
	}
	return list, nil
}

// wantsReviews reports whether a partner gets webhooks with status review.
func (g *Gateway) wantsReviews(tx Tx, name string) (bool, error) {
	if slices.Contains(g.ReviewPartners, name) {
		return true, nil
	}
	partner, err := tx.Partner(name)
	if errors.Is(err, ErrNotFound) { // a partner of the configuration
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the settings of partner %q: %w", name, err)
	}
	return partner.ReviewWebhooks, nil
}

// tellsReview reports whether the partner gets a webhook with status review: it wants
// them, p has just come into review, and none was made for p before.
func (g *Gateway) tellsReview(tx Tx, p *Payment, from State) (bool, error) {
	if p.State.Status() != StatusReview || from.Status() == StatusReview {
		return false, nil
	}
	wants, err := g.wantsReviews(tx, p.Partner)
	if !wants || err != nil {
		return false, err
	}
	ds, err := tx.DeliveriesOf(p.ID)
	if err != nil {
		return false, fmt.Errorf("reading the webhooks of payment %d: %w", p.ID, err)
	}
	return !slices.ContainsFunc(ds, tellsOfReview), nil
}
