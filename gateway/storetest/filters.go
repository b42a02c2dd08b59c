package storetest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

func filterTests() []test {
	return []test{
		{"payments are filtered by every field", filtersPayments},
		{"erased payments can be left out", filtersErased},
		{"deliveries are filtered by every field", filtersDeliveries},
		{"the payments of a phone in a time are counted", countsPayments},
		{"payments that were refused before the prompt are not counted", countsNoRefused},
		{"a limit on the payments of a phone is exact", countsExactly},
		{"the backlog is what is due", countsBacklog},
	}
}

func filtersPayments(b *bench) {
	one := b.insert(gateway.Payment{State: gateway.Paid})
	two := b.insertNext(gateway.Payment{Partner: "other"})
	three := b.insertNext(gateway.Payment{})
	for name, tt := range map[string]struct {
		f    gateway.PaymentFilter
		want []int64
	}{
		"nothing": {gateway.PaymentFilter{}, []int64{one, two, three}},
		"partner": {gateway.PaymentFilter{Partner: "acme"}, []int64{one, three}},
		"state":   {gateway.PaymentFilter{State: gateway.Pending}, []int64{two, three}},
		"phone":   {gateway.PaymentFilter{Phone: "254708374149"}, []int64{one, two, three}},
		"other":   {gateway.PaymentFilter{Phone: "254708374140"}, nil},
		"before":  {gateway.PaymentFilter{Before: start}, nil},
		"later":   {gateway.PaymentFilter{Before: in(time.Microsecond)}, []int64{one, two, three}},
		"after":   {gateway.PaymentFilter{After: one}, []int64{two, three}},
		"limit":   {gateway.PaymentFilter{Limit: 2}, []int64{one, two}},
		"all":     {gateway.PaymentFilter{Partner: "acme", State: gateway.Pending, After: one, Limit: 5}, []int64{three}},
	} {
		var got []int64
		b.view(func(tx gateway.Tx) error {
			ps, err := tx.Payments(tt.f)
			for _, p := range ps {
				got = append(got, p.ID)
			}
			return err
		})
		if !slices.Equal(got, tt.want) {
			b.Errorf("%s: payments %v, want %v", name, got, tt.want)
		}
	}
}

func filtersErased(b *bench) {
	b.insert(gateway.Payment{ErasedAt: start})
	whole := b.insert(gateway.Payment{})
	b.view(func(tx gateway.Tx) error {
		ps, err := tx.Payments(gateway.PaymentFilter{Unerased: true})
		if len(ps) != 1 || ps[0].ID != whole {
			b.Errorf("unerased: %d payments", len(ps))
		}
		return err
	})
}

func filtersDeliveries(b *bench) {
	one := b.insertDelivery(start)
	b.clock.Advance(time.Millisecond)
	two := b.insertDelivery(start)
	b.update(func(tx gateway.Tx) error {
		d, err := tx.Delivery(one)
		if err != nil {
			return err
		}
		d.State, d.DueAt, d.Partner = gateway.DeliveryExhausted, time.Time{}, "other"
		return tx.SaveDelivery(d)
	})
	for name, tt := range map[string]struct {
		f    gateway.DeliveryFilter
		want []int64
	}{
		"nothing": {gateway.DeliveryFilter{}, []int64{one, two}},
		"partner": {gateway.DeliveryFilter{Partner: "other"}, []int64{one}},
		"state":   {gateway.DeliveryFilter{State: gateway.DeliveryDue}, []int64{two}},
		"after":   {gateway.DeliveryFilter{After: one}, []int64{two}},
		"limit":   {gateway.DeliveryFilter{Limit: 1}, []int64{one}},
	} {
		var got []int64
		b.view(func(tx gateway.Tx) error {
			ds, err := tx.Deliveries(tt.f)
			for _, d := range ds {
				got = append(got, d.ID)
			}
			return err
		})
		if !slices.Equal(got, tt.want) {
			b.Errorf("%s: deliveries %v, want %v", name, got, tt.want)
		}
	}
}

func countsPayments(b *bench) {
	b.insert(gateway.Payment{})
	b.insert(gateway.Payment{})
	for _, tt := range []struct {
		phone    daraja.MSISDN
		from, to time.Time
		want     int
	}{
		{"254708374149", start, start, 2}, {"254708374149", in(-time.Hour), in(time.Hour), 2}, {"254708374140", start, in(time.Hour), 0},
		{"254708374149", in(time.Microsecond), in(time.Hour), 0}, {"254708374149", in(-time.Hour), in(-time.Microsecond), 0},
	} {
		b.view(func(tx gateway.Tx) error {
			got, err := tx.PaymentsBetween(tt.phone, tt.from, tt.to)
			if got != tt.want {
				b.Errorf("%d payments from %v to %v, want %d", got, tt.from, tt.to, tt.want)
			}
			return err
		})
		if got := b.paymentsBetween(tt.phone, tt.from, tt.to); got != tt.want {
			b.Errorf("in an update: %d payments from %v to %v, want %d", got, tt.from, tt.to, tt.want)
		}
	}
}

// Only a refusal of the first push is known to have made no prompt. Whatever else
// happens to a payment, its customer may have been prompted.
func countsNoRefused(b *bench) {
	for _, tt := range []struct {
		name   string
		change func(p *gateway.Payment)
		want   int
	}{
		{"open", func(p *gateway.Payment) { p.State = gateway.Pending }, 1},
		{"without a clear answer", func(p *gateway.Payment) { p.State = gateway.Unknown }, 1},
		{"failed by a callback", func(p *gateway.Payment) { p.State, p.ResultCode = gateway.Failed, "1032" }, 1},
		{"paid", func(p *gateway.Payment) { p.State, p.Receipt = gateway.Paid, "RKT7S9T2UB" }, 1},
		{"refused at the second push", func(p *gateway.Payment) { p.State, p.Pushes, p.Refusal = gateway.Failed, 2, "no" }, 1},
		{"refused at the first push", func(p *gateway.Payment) { p.State, p.Refusal = gateway.Failed, "no" }, 0},
	} {
		id := b.insert(gateway.Payment{State: gateway.Sending, Pushes: 1})
		if n := b.paymentsSince(start); n != 1 {
			b.Errorf("%s: %d payments are counted before the answer", tt.name, n)
		}
		b.update(func(tx gateway.Tx) error {
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			tt.change(p)
			return tx.SavePayment(p)
		})
		if n := b.paymentsSince(start); n != tt.want {
			b.Errorf("%s: %d payments are counted, want %d", tt.name, n, tt.want)
		}
		b.update(func(tx gateway.Tx) error { // out of the way of the next
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			p.Phone = "254700000000"
			return tx.SavePayment(p)
		})
	}
	b.restart()
	if n := b.paymentsSince(start); n != 0 {
		b.Errorf("%d payments are counted of a phone that has none", n)
	}
}

// paymentsSince counts the payments of the phone that complete gives.
func (b *bench) paymentsSince(at time.Time) int {
	b.Helper()
	return b.paymentsBetween("254708374149", at, at.Add(time.Hour))
}

// paymentsBetween counts the payments of a phone as an order does.
func (b *bench) paymentsBetween(phone daraja.MSISDN, from, to time.Time) (n int) {
	b.Helper()
	b.update(func(tx gateway.Tx) (err error) {
		n, err = tx.PaymentsBetween(phone, from, to)
		return err
	})
	return n
}

// A limit that is counted with PaymentsBetween in the transaction that inserts holds,
// however many do it at once.
func countsExactly(b *bench) {
	const most, all = 5, 50
	errOver := errors.New("over the limit")
	var inserting sync.WaitGroup
	var inserted atomic.Int64
	for range all {
		inserting.Go(func() {
			err := b.Update(b.ctx, func(tx gateway.Tx) error {
				n, err := tx.PaymentsBetween("254708374149", start, in(time.Hour))
				if err != nil {
					return err
				}
				if n >= most {
					return errOver
				}
				return tx.InsertPayment(complete(&gateway.Payment{}))
			})
			switch {
			case err == nil:
				inserted.Add(1)
			case !errors.Is(err, errOver):
				b.Error(err)
			}
		})
	}
	inserting.Wait()
	if inserted.Load() != most {
		b.Errorf("%d payments passed a limit of %d", inserted.Load(), most)
	}
}

func countsBacklog(b *bench) {
	b.insert(gateway.Payment{DueAt: in(time.Minute)})
	b.insert(gateway.Payment{DueAt: in(time.Hour)})
	b.insertDelivery(in(time.Second))
	for _, tt := range []struct {
		now  time.Time
		want gateway.Backlog
	}{
		{start, gateway.Backlog{}},
		{in(time.Second), gateway.Backlog{Deliveries: 1, Oldest: in(time.Second)}},
		{in(time.Hour), gateway.Backlog{Payments: 2, Deliveries: 1, Oldest: in(time.Second)}},
	} {
		b.view(func(tx gateway.Tx) error {
			got, err := tx.Backlog(tt.now)
			same(b, got, tt.want)
			return err
		})
	}
}
