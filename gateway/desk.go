package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Desk is where the people who run the gateway look things up, of all partners.
type Desk struct {
	Store           Store
	ReferenceLength int // that of the Gateway
}

// MaxPage bounds a page of a list.
const MaxPage = 1000

// maxCallbacksShown bounds the callbacks of a payment that are shown. One who knows the
// token of a push can send any number.
const maxCallbacksShown = 100

// PaymentFile is a payment and what happened to it.
type PaymentFile struct {
	Payment      *Payment
	Reference    string // as it goes to M-PESA with the present ReferenceLength; "" once erased
	Pushes       []Push
	Callbacks    []CallbackSummary // the newest hundred, by id
	AllCallbacks int               // how many there are
	Deliveries   []*Delivery

	Mark        string           // of what its open review says, see Resolution.Seen; "" when it has none
	Resolutions []ResolutionNote // what people decided
}

// CallbackSummary is a callback without its body, as lists show it.
type CallbackSummary struct {
	ID         int64
	Remote     string // where it came from
	Verdict    string
	Size       int // of the body in bytes; 0 once it is erased
	ReceivedAt time.Time
}

// maxAttemptsShown bounds the attempts of a delivery that are shown. A partner can have any
// number made, by sending it again.
const maxAttemptsShown = 100

// DeliveryFile is a delivery and its attempts.
type DeliveryFile struct {
	Delivery *Delivery
	Attempts []Attempt // the newest hundred, by number; Delivery.Attempts is how many there are
}

// Payments lists what a filter lets through, by id. A Limit of 0 is MaxPage. The error
// has CodeInvalid for a filter that makes no sense.
func (d Desk) Payments(ctx context.Context, f PaymentFilter) (list []*Payment, err error) {
	if f.State != "" && !slices.Contains(States(), f.State) {
		return nil, Invalidf("%.40q is no state of a payment; there are %s", f.State, wordsOf(States()))
	}
	if f.Limit, err = page(f.Limit); err != nil {
		return nil, err
	}
	err = d.Store.View(ctx, func(tx Tx) (err error) {
		list, err = tx.Payments(f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing payments: %w", err)
	}
	return list, nil
}

// wordsOf lists words for a person.
func wordsOf[W ~string](all []W) string {
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}

// Payment gathers what is known of a payment. The error has CodeNotFound when there is
// none.
func (d Desk) Payment(ctx context.Context, id int64) (f PaymentFile, err error) {
	var entries []Callback
	err = d.Store.View(ctx, func(tx Tx) (err error) {
		return firstError(
			func() error { f.Payment, err = tx.Payment(id); return err },
			func() error { f.Pushes, err = tx.PushesOf(id); return err },
			func() error { f.Callbacks, f.AllCallbacks, err = tx.NewestCallbacks(id, maxCallbacksShown); return err },
			func() error { entries, err = tx.Entries(id); return err },
			func() error { f.Deliveries, err = tx.DeliveriesOf(id); return err },
		)
	})
	if errors.Is(err, ErrNotFound) {
		return PaymentFile{}, &Error{Code: CodeNotFound, Message: fmt.Sprintf("there is no payment %d", id)}
	}
	if err != nil {
		return PaymentFile{}, fmt.Errorf("reading payment %d: %w", id, err)
	}
	if f.Payment.ErasedAt.IsZero() || f.Payment.Reference != "" {
		f.Reference = sentReference(f.Payment, d.ReferenceLength)
	}
	f.Mark, f.Resolutions = f.Payment.reviewMark(f.Pushes), resolutions(entries)
	return f, nil
}

// Deliveries lists what a filter lets through, by id. A Limit of 0 is MaxPage. The
// error has CodeInvalid for a filter that makes no sense.
func (d Desk) Deliveries(ctx context.Context, f DeliveryFilter) (list []*Delivery, err error) {
	states := []DeliveryState{DeliveryDue, DeliveryDone, DeliveryExhausted}
	if f.State != "" && !slices.Contains(states, f.State) {
		return nil, Invalidf("%.40q is no state of a delivery; there are %s", f.State, wordsOf(states))
	}
	if f.Limit, err = page(f.Limit); err != nil {
		return nil, err
	}
	err = d.Store.View(ctx, func(tx Tx) (err error) {
		list, err = tx.Deliveries(f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing deliveries: %w", err)
	}
	return list, nil
}

// Delivery gathers what is known of a delivery. The error has CodeNotFound when there
// is none.
func (d Desk) Delivery(ctx context.Context, id int64) (DeliveryFile, error) {
	return d.deliveryOf(ctx, "", id)
}

// deliveryOf is Delivery for a partner, to whom another's does not exist; partner "" is
// whoever runs the gateway.
func (d Desk) deliveryOf(ctx context.Context, partner string, id int64) (f DeliveryFile, err error) {
	err = d.Store.View(ctx, func(tx Tx) (err error) {
		return firstError(
			func() error { f.Delivery, err = ownDelivery(tx, partner, id); return err },
			func() error { f.Attempts, err = tx.NewestAttempts(id, maxAttemptsShown); return err },
		)
	})
	if err != nil {
		return DeliveryFile{}, wrapUnlessTold(err, "reading webhook %d", id)
	}
	return f, nil
}

// page is how much a list shows.
func page(limit int) (int, error) {
	if limit < 0 || limit > MaxPage {
		return 0, Invalidf("limit is from 1 to %d", MaxPage)
	}
	if limit == 0 {
		return MaxPage, nil
	}
	return limit, nil
}
